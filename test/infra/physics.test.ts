import { describe, expect, test } from 'vitest'
import { Schedule } from '../../infra/constructs/schedule.ts'
import { ServiceFunction } from '../../infra/constructs/service-function.ts'
import { StreamHandler } from '../../infra/constructs/stream-handler.ts'
import { Table } from '../../infra/constructs/table.ts'
import { longestPath } from '../../infra/sagas.ts'
import { seconds } from '../../reactive/time.ts'
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
    for (const definition of definitions) expect(brokenRules(timing, longestPath(definition))).toEqual([])
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

describe('the longest path of a saga', () => {
  const steps = (...after: number[][]) => ({ steps: after.map((after) => ({ after })) }) as never

  test.each([
    ['nothing', steps(), 0],
    ['one step', steps([]), 1],
    ['a chain', steps([], [0], [1]), 3],
    ['two that run side by side', steps([], []), 1],
    ['a diamond', steps([], [0], [0], [1, 2]), 3],
    ['a long and a short branch', steps([], [0], [1], [], [2, 3]), 4],
  ])('of %s', (_, definition, length) => {
    expect(longestPath(definition)).toBe(length)
  })

  test('of fulfil-order is its four steps', () => {
    expect(definitions.filter(({ name }) => name === 'fulfil-order').map(longestPath)).toContain(4)
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
