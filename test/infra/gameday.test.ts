import { describe, expect, test } from 'vitest'
import { drillsWith } from '../../cli/gameday/drills/index.ts'
import { clearsWithin, faultOf, firesWithin, kindOf, type Values } from '../../cli/gameday/faults.ts'
import { withoutStage } from '../../cli/gameday/scenarios.ts'
import type { Tools } from '../../cli/gameday/tools.ts'
import { unbroken } from '../../cli/gameday/unbroken.ts'
import { alarmKinds } from '../../infra/constructs/service-alarm.ts'
import { alarmsIn, type MetricAlarm } from '../../local/watch/alarms.ts'
import type { Datapoint } from '../../local/watch/evaluate.ts'
import { states } from '../../local/watch/testing.ts'
import { templatesOf } from './support/templates.ts'

const stacks = Object.entries(templatesOf('dev')).map(([stackName, template]) => ({
  stackName,
  template: template as never,
}))
const alarms = alarmsIn(stacks)
const metric = alarms.filter((alarm): alarm is MetricAlarm => alarm.kind === 'metric')

/** The series of so many periods of one kind after so many of another. */
const series = (parts: readonly (readonly [Values, number])[]): Record<string, Datapoint[]> => {
  const ids = [...new Set(parts.flatMap(([values]) => Object.keys(values)))]
  return Object.fromEntries(
    ids.map((id) => [id, parts.flatMap(([values, times]) => Array.from({ length: times }, () => values[id]))]),
  )
}

const periods = (alarm: MetricAlarm, minutes: number) =>
  Math.ceil((minutes * 60_000) / (alarm.source.kind === 'metric' ? alarm.source.query.period : alarm.source.period))

describe('every alarm of the synthesized template', () => {
  test('has a fault that brings it on', () => {
    expect(metric.filter((alarm) => faultOf(alarm) === undefined).map(({ name }) => name)).toEqual([])
  })
  test('fires within its documented time, and is OK again once the fault is over', () => {
    const wrong = metric.flatMap((alarm) => {
      const { breaching, fine } = faultOf(alarm)!
      const fires = periods(alarm, firesWithin(alarm))
      const clears = periods(alarm, clearsWithin(alarm))
      const found = states(
        alarm,
        series([
          [fine, 3],
          [breaching, fires],
          [fine, clears],
        ]),
      )
      const fired = found.slice(3, 3 + fires).includes('ALARM') && !found.slice(0, 3).includes('ALARM')
      return fired && found.at(-1) === 'OK' ? [] : [`${alarm.name}: ${found.join(' ')}`]
    })
    expect(wrong).toEqual([])
  })
})

test('every kind of alarm occurs, so that a game day of one each has them all', () => {
  const occurring = new Set(alarms.map(kindOf))
  expect(alarmKinds.filter((kind) => !occurring.has(kind))).toEqual([])
})

describe('the drills', () => {
  const system = { clientConfig: { credentials: {} } } as Tools['system']
  const drills = drillsWith({ system } as Tools)
  const drilled = drills.flatMap(({ alarms }) => alarms)

  test('bring on alarms that there are', () => {
    const names = metric.map(({ name }) => withoutStage(name))
    expect(drilled.filter((name) => !names.includes(name))).toEqual([])
  })
  test('bring on every kind but those of which somebody has written down why not', () => {
    const kinds = new Set(metric.filter(({ name }) => drilled.includes(withoutStage(name))).map(kindOf))
    const others = [...new Set(metric.map(kindOf))].filter((kind) => !kinds.has(kind))
    expect(others.toSorted()).toEqual(Object.keys(unbroken))
  })
})
