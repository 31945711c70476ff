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
      .flatMap((alarm) => metricsOf(alarm).flatMap(({ dimensions }) => Object.values(dimensions)))
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
