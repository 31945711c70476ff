import { describe, expect, test } from 'vitest'
import { alarmsIn, inOrder, metricsOf } from '../../local/watch/alarms.ts'
import { evaluateAll } from '../../local/watch/round.ts'
import { metricStore } from '../../local/watch/store.ts'
import { alarmIn } from '../../local/watch/testing.ts'
import { templatesOf } from './support/templates.ts'

const stacksOf = (stage: 'local' | 'dev') =>
  Object.entries(templatesOf(stage)).map(([stackName, template]) => ({ stackName, template: template as never }))

describe.each(['local', 'dev'] as const)('the watch over the alarms of stage %s', (stage) => {
  const alarms = inOrder(alarmsIn(stacksOf(stage)))

  test('understands every one: no statistic, expression or rule that it refuses', () => {
    expect(alarms.length).toBeGreaterThan(100)
    const { standings } = evaluateAll(alarms, metricStore(), {}, Date.UTC(2026, 0, 1))
    expect(Object.keys(standings)).toHaveLength(alarms.length)
  })
  test('finds a physical name in every dimension', () => {
    const values = alarms
      .filter((alarm) => alarm.kind === 'metric')
      .flatMap((alarm) => metricsOf(alarm))
      // Tables have names that CloudFormation makes; their logical ids stand for them.
      .filter(({ namespace }) => namespace !== 'AWS/DynamoDB')
      .flatMap(({ dimensions }) => Object.values(dimensions))
    expect(values.filter((value) => !/^[a-z][a-z0-9-]+$/.test(value))).toEqual([])
  })
  test('finds silence fine everywhere but where runs are expected', () => {
    const { standings } = evaluateAll(alarms, metricStore(), {}, Date.UTC(2026, 0, 1))
    const on = alarms.filter(({ name, kind }) => kind === 'metric' && standings[name]!.state !== 'OK')
    expect(on.filter(({ name }) => !name.endsWith('-schedule-silent')).map(({ name }) => name)).toEqual([])
  })
})

test('three minutes of waiting messages wake the owner of the queue, two do not', () => {
  const queueAge = alarmIn(stacksOf('dev'), 'neverstop-dev-payments-commands-queue-age')
  expect(queueAge([10, 151, 151, 20])).toEqual(['OK', 'OK', 'OK', 'OK'])
  expect(queueAge([10, 151, 151, 151, 20])).toEqual(['OK', 'OK', 'OK', 'ALARM', 'OK'])
})

test('two minutes in which most calls to a partner stay unanswered are enough', () => {
  const acquirer = alarmIn(stacksOf('dev'), 'neverstop-dev-acquirer-partner-unanswered')
  expect(acquirer({ calls: [10, 10, 10], unanswered: [1, 9, 9] })).toEqual(['OK', 'OK', 'ALARM'])
  expect(acquirer({ calls: [3, 3, 3], unanswered: [3, 3, 3] })).toEqual(['OK', 'OK', 'OK'])
})

test('a breaker that is open for two of three minutes is told, one that opened for a moment is not', () => {
  const acquirer = alarmIn(stacksOf('dev'), 'neverstop-dev-acquirer-breaker-open')
  expect(acquirer([0, 4, 0, 0])).toEqual(['OK', 'OK', 'OK', 'OK'])
  expect(acquirer([4, 0, 4, 0, 0])).toEqual(['OK', 'OK', 'ALARM', 'OK', 'OK'])
})

test('a dead letter that the desk keeps failing to take in is told, although SQS counts its age no more', () => {
  const intake = alarmIn(stacksOf('dev'), 'neverstop-dev-recovery-intake-message-failures')
  // It is received twice a minute.
  const twice = Array.from({ length: 8 }, () => 2)
  expect(intake([...twice, 0])).toEqual([...Array.from({ length: 7 }, () => 'OK'), 'ALARM', 'OK'])
  // A burst that meets at one group is told apart by its end.
  expect(intake([20, 20, 20, 20, 0, 20, 20, 20, 20])).not.toContain('ALARM')
})

test('only a queue that serves a single partner has a valve: a dead carrier does not stop the other', () => {
  const described = (thing: string) =>
    alarmsIn(stacksOf('dev')).find(({ name }) => name === `neverstop-dev-${thing}`)?.description
  for (const kind of ['breaker-open', 'partner-unanswered'])
    expect(described(`acquirer-${kind}`)).toContain('remedy: close-valve:payments-commands')
  for (const thing of ['swift-breaker-open', 'steady-breaker-open', 'carriers-partner-unanswered'])
    expect(described(thing)).not.toContain('remedy')
})

test('a few orders say nothing of the ratio, many do', () => {
  const ratio = alarmIn(stacksOf('dev'), 'neverstop-dev-orders-confirm-ratio')
  expect(ratio({ confirmed: [2, 2], rejected: [7, 7] })).toEqual(['OK', 'OK'])
  expect(ratio({ confirmed: [2, undefined], rejected: [18, 18] })).toEqual(['OK', 'ALARM'])
})

test('one late order in five burns the budget of the promise fast, one in a hundred does not', () => {
  const burn = alarmIn(stacksOf('dev'), 'neverstop-dev-orders-in-time-fast-short-objective-burn')
  const late = 400_000
  const series = { done: [late], doneInTime: [late], undone: [1], undoneInTime: [1] }
  expect(burn(series)).toEqual(['ALARM'])
  expect(burn({ undone: [1], undoneInTime: [1] })).toEqual(['OK'])
})

test('requests without orders are strange, no requests are not', () => {
  const orders = alarmIn(stacksOf('dev'), 'neverstop-dev-orders-no-orders')
  expect(orders({ requests: [500, 500], placed: [undefined, undefined] })).toEqual(['OK', 'ALARM'])
  expect(orders({ requests: [500, 500], placed: [3, 1] })).toEqual(['OK', 'OK'])
  expect(orders({ requests: [undefined, 4], placed: [] })).toEqual(['OK', 'OK'])
})
