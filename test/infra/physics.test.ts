import { describe, expect, test } from 'vitest'
import { Schedule } from '../../infra/constructs/schedule.ts'
import { ServiceFunction } from '../../infra/constructs/service-function.ts'
import { StreamHandler } from '../../infra/constructs/stream-handler.ts'
import { Table } from '../../infra/constructs/table.ts'
import { longestWay, outrun } from '../../infra/sagas.ts'
import { days, hours, minutes, seconds } from '../../reactive/time.ts'
import { brokenRules, timings } from '../../reactive/timing.ts'
import { definitions } from '../../sagas/index.ts'
import { emptyStack } from './support/app.ts'
import { nameIn, resourcesOf, templatesOf } from './support/templates.ts'

describe.each([
  ['local', timings.brief],
  ['dev', timings.standard],
] as const)('the times of stage %s', (stage, timing) => {
  const templates = templatesOf(stage)
  const queues = resourcesOf(templates, 'AWS::SQS::Queue').map(({ Properties }) => Properties)
  const queueNamed = (name: string) => queues.find(({ QueueName }) => QueueName === name)
  const functions = resourcesOf(templates, 'AWS::Lambda::Function').map(({ Properties }) => Properties)

  test('hold together', () => {
    expect([...brokenRules(timing), ...outrun(definitions, timing)]).toEqual([])
  })

  test('keep a message hidden for six times as long as its consumer may run', () => {
    const consumed = resourcesOf(templates, 'AWS::Lambda::EventSourceMapping').flatMap(({ stack, Properties }) => {
      const queue = queueNamed(nameIn(templates[stack]!, Properties.EventSourceArn))
      const name = nameIn(templates[stack]!, Properties.FunctionName)
      return queue ? [{ queue, consumer: functions.find(({ FunctionName }) => FunctionName === name)! }] : []
    })
    expect(consumed.length).toBe(queues.length)
    for (const { queue, consumer } of consumed)
      expect(queue.VisibilityTimeout, queue.QueueName).toBeGreaterThanOrEqual(6 * consumer.Timeout)
  })

  test('give a message up only after several receives', () => {
    for (const { RedrivePolicy } of queues.filter(({ RedrivePolicy }) => RedrivePolicy))
      expect(RedrivePolicy.maxReceiveCount).toBe(timing.receives)
  })

  test('keep dead letters for 14 days and everything else for 4', () => {
    for (const { QueueName, MessageRetentionPeriod } of queues)
      expect(MessageRetentionPeriod, QueueName).toBe((QueueName.endsWith('-dead') ? 14 : 4) * 24 * 3_600)
  })

  test('let a partner answer later than its caller waits', () => {
    for (const { FunctionName, Timeout } of functions.filter(({ FunctionName }) => FunctionName.includes('-partners-')))
      expect(Timeout * 1_000, FunctionName).toBeGreaterThanOrEqual(2 * timing.partnerCall + 1_000)
  })

  test('let no API function outlive the 29 s of the gateway', () => {
    for (const { FunctionName, Timeout } of functions.filter(({ FunctionName }) => FunctionName.endsWith('-api')))
      expect(Timeout, FunctionName).toBeLessThan(29)
  })

  test('keep archived events until the deduplication horizon', () => {
    const [archive] = resourcesOf(templates, 'AWS::Events::Archive')
    expect(archive!.Properties.RetentionDays * 86_400_000).toBe(timing.horizon)
  })
})

describe('the longest way of a saga to its pivot', () => {
  const wayOf = (...steps: object[]) => longestWay({ steps } as never, timings.standard)
  const compensable = (...after: number[]) => ({ after, kind: 'compensable' })
  const pivot = (...after: number[]) => ({ after, kind: 'pivot' })

  test.each([
    ['one step', [pivot()], 1],
    ['a chain', [compensable(), compensable(0), pivot(1)], 3],
    ['two that run side by side', [compensable(), compensable(), pivot(0, 1)], 2],
    ['a diamond', [compensable(), compensable(0), compensable(0), pivot(1, 2)], 3],
    ['a long and a short branch', [compensable(), compensable(0), compensable(), pivot(1, 2)], 3],
    ['what comes after the pivot', [pivot(), { after: [0], kind: 'retriable' }], 1],
  ])('of %s', (_, its, length) => {
    expect(wayOf(...its)).toBe(length * timings.standard.stepDeadline)
  })

  test('counts the deadline of a step that has its own, the patience of a word, and no pause', () => {
    const word = { after: [0], kind: 'signal', within: days(2) }
    const pause = { after: [1], kind: 'timer' }
    expect(wayOf({ ...compensable(), within: hours(3) }, word, pause, pivot(2))).toBe(days(2) + hours(3) + minutes(5))
  })

  test('must be shorter than what the saga has, or it would be turned back though nobody is late', () => {
    const saga = { name: 'long', version: 2, steps: [{ after: [], kind: 'signal', within: hours(1) }, pivot(0)] }
    expect(outrun([saga as never], timings.standard)).toEqual([
      "a saga must outlast its longest way to the pivot: long v2 is turned back after 3600 s, and that may take 3900 s; give it a longer 'within'",
    ])
    expect(outrun([{ ...saga, within: hours(1) + minutes(5) } as never], timings.standard)).toHaveLength(1)
    expect(outrun([{ ...saga, within: hours(2) } as never], timings.standard)).toEqual([])
  })
})

describe('constructs refuse', () => {
  test('a stream handler of a table without a stream', () => {
    const stack = emptyStack('inventory')
    const table = new Table(stack, 'STOCK_TABLE', { partition: ['sku', 'S'] })
    const handler = new ServiceFunction(stack, 'inventory-relay', { timeout: seconds(30) })
    expect(() => new StreamHandler(stack, { table, handler })).toThrow('STOCK_TABLE, which has none')
  })

  test.each([seconds(30), seconds(90)])('a schedule of %i ms', (every) => {
    const stack = emptyStack('saga')
    const run = new ServiceFunction(stack, 'saga-sweeper', { timeout: seconds(30) })
    expect(() => new Schedule(stack, { run, every })).toThrow('schedules are in whole minutes')
  })

  test('a function without a handler, naming the file to write', () => {
    expect(() => new ServiceFunction(emptyStack(), 'payments-miracles', { timeout: 1_000 })).toThrow(
      'write functions/payments/miracles.handler.ts',
    )
    expect(() => new ServiceFunction(emptyStack('sagas'), 'saga-miracles', { timeout: 1_000 })).toThrow(
      'write sagas/engine/miracles.handler.ts',
    )
  })
})
