import { describe, expect, test } from 'vitest'
import { seenIn } from '../../../../cli/cost/seen.ts'
import type { LogLine } from '../../../../cli/logs.ts'

let id = 0
const line = (name: string, message: string): LogLine => ({ id: String(id++), at: 0, name, message })
const report = (millis: number) =>
  `REPORT RequestId: 1\tDuration: ${millis} ms\tBilled Duration: ${Math.ceil(millis)} ms\tMemory Size: 256 MB`
const counted = {
  service: 'SQS',
  operation: 'SendMessage',
  target: 'q',
  calls: 1,
  requests: 1,
  entries: 1,
  write: 0,
  read: 0,
}

describe('what functions did', () => {
  test('is read from the lines around their invocations', () => {
    const [seen] = seenIn([
      line('payments-commands', 'START RequestId: 1'),
      line('payments-commands', report(12.5)),
      line('payments-commands', report(7.5)),
    ])
    expect(seen).toMatchObject({ handler: 'payments-commands', invocations: 2, millis: 20 })
  })

  test('is told apart by function', () => {
    expect(
      seenIn([line('b', report(1)), line('a', report(2))]).map(({ handler, millis }) => [handler, millis]),
    ).toEqual([
      ['a', 2],
      ['b', 1],
    ])
  })

  test('has the messages of their batches, one value or many', () => {
    const [seen] = seenIn([
      line('a', '{"_aws":{},"BatchSize":7}'),
      line('a', '{"_aws":{},"BatchSize":[1,2]}'),
      line('a', '{"_aws":{},"MessageTime":400}'),
    ])
    expect(seen).toMatchObject({ received: 10 })
  })

  test('has the calls that they counted', () => {
    const [seen] = seenIn([line('a', JSON.stringify({ counted: [counted], by: 'a' }))])
    expect(seen).toMatchObject({ calls: [counted] })
  })

  test('weighs what they logged, without what counting itself writes', () => {
    const [seen] = seenIn([line('a', 'x'.repeat(74)), line('a', JSON.stringify({ counted: [counted], by: 'a' }))])
    expect(seen).toMatchObject({ logBytes: 100 })
  })

  test('is not disturbed by a line that looks like a document', () => {
    expect(seenIn([line('a', '{not json'), line('a', 'Error: no')])).toMatchObject([{ invocations: 0, calls: [] }])
  })

  test('is nothing where nobody logged', () => {
    expect(seenIn([])).toEqual([])
  })
})
