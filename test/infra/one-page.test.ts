import { describe, expect, test } from 'vitest'
import { faultOf, kindOf } from '../../cli/gameday/faults.ts'
import { alarmsIn, inOrder, type MetricAlarm } from '../../local/watch/alarms.ts'
import { evaluateAll, type Standings } from '../../local/watch/round.ts'
import { metricStore } from '../../local/watch/store.ts'
import { templatesOf } from './support/templates.ts'

const stage = 'dev'
const alarms = inOrder(
  alarmsIn(
    Object.entries(templatesOf(stage)).map(([stackName, template]) => ({ stackName, template: template as never })),
  ),
)
const metricAlarms = alarms.filter((alarm): alarm is MetricAlarm => alarm.kind === 'metric')
const nameOf = (thing: string) => `neverstop-${stage}-${thing}`
const named = (thing: string): MetricAlarm =>
  metricAlarms.find(({ name }) => name === nameOf(thing)) ?? expect.fail(`there is no alarm ${thing}`)

/** Everything that may age, or end late, because something else is dead. */
const ages = ['queue-age', 'stream-age', 'stuck-sagas', 'confirm-ratio', 'no-orders']
const symptoms = metricAlarms.filter((alarm) => ages.includes(kindOf(alarm)) || alarm.name.includes('-orders-in-time-'))

type Span = { readonly of: readonly MetricAlarm[]; readonly from: number; readonly to: number }

const minute = 60_000
const length = 95

/** The pages of a day in which the faults of alarms are on for spans of minutes: every change of a composite that pages. */
const pagesOf = (...spans: readonly Span[]): string[] => {
  const store = metricStore()
  const start = Date.UTC(2026, 0, 1)
  // What says nothing for a while is believed for a while; orders go on, and schedules run.
  const usual = new Set([...symptoms, ...metricAlarms.filter(({ missing }) => missing === 'breaching')])
  const pages: string[] = []
  let standings: Standings = {}
  const say = (alarm: MetricAlarm, how: 'breaching' | 'fine', at: number) => {
    const queries = alarm.source.kind === 'metric' ? { metric: alarm.source.query } : alarm.source.queries
    for (const [id, value] of Object.entries(faultOf(alarm)![how]))
      if (value !== undefined && queries[id]) store.record({ metric: queries[id].metric, at, value })
  }
  for (let passed = 0; passed < length; passed++) {
    const at = start + passed * minute
    const broken = new Set(spans.flatMap(({ of, from, to }) => (passed >= from && passed < to ? of : [])))
    for (const alarm of broken) say(alarm, 'breaching', at)
    for (const alarm of usual) if (!broken.has(alarm)) say(alarm, 'fine', at)
    const round = evaluateAll(alarms, store, standings, at + minute, start)
    standings = round.standings
    for (const { alarm, to, acts } of round.changes)
      if (acts && to === 'ALARM' && alarm.actions.ALARM.some((topic) => /-(critical|major)$/.test(topic)))
        pages.push(alarm.name)
  }
  return pages
}

type Dead = { readonly says: readonly string[]; readonly pages: string }

/** What dies outside, by the alarms that say so themselves, and whose page it is. */
const partners: Readonly<Record<string, Dead>> = {
  'the card acquirer': {
    says: ['acquirer-partner-unanswered', 'acquirer-breaker-open'],
    pages: 'payments-service-unhealthy',
  },
  'each carrier': {
    says: ['carriers-partner-unanswered', 'swift-breaker-open', 'steady-breaker-open'],
    pages: 'shipping-service-unhealthy',
  },
}

/** What dies besides. */
const dependencies: Readonly<Record<string, Dead>> = {
  ...partners,
  'the quick carrier': { says: ['swift-breaker-open'], pages: 'shipping-service-unhealthy' },
  'the other carrier': { says: ['steady-breaker-open'], pages: 'shipping-service-unhealthy' },
  inventory: { says: ['inventory-commands-function-errors'], pages: 'inventory-service-unhealthy' },
  'the coordinator': { says: ['saga-coordinator-function-errors'], pages: 'sagas-service-unhealthy' },
  'the relay of orders': { says: ['ordering-relay-function-errors'], pages: 'ordering-service-unhealthy' },
  'the desk': { says: ['payments-commands-dead-letter-age'], pages: 'recovery-service-unhealthy' },
}

describe('one cause, one page', () => {
  test('there is much that may age', () => {
    expect(symptoms.filter((alarm) => kindOf(alarm) === 'queue-age').length).toBeGreaterThan(8)
  })

  test.each(
    Object.entries(dependencies).flatMap(([dead, { says, pages }]) =>
      (dead in partners ? [-2, 0, 8] : [8]).map((later) => [dead, later, says, pages] as const),
    ),
  )('%s is dead, and everything ages from %i minutes later on', (_, later, says, pages) => {
    const cause = { of: says.map(named), from: 12, to: 45 }
    // A backlog is there for a while after its cause has gone.
    const ageing = { of: symptoms, from: 12 + later, to: 52 }
    expect(pagesOf(cause, ageing)).toEqual([nameOf(pages)])
  })

  test('nothing says why everything ages: that is a page, too, and one', () => {
    expect(pagesOf({ of: symptoms, from: 12, to: 45 })).toEqual([nameOf('flow-service-unhealthy')])
  })

  test('two services fail by themselves at once: that is one page, of what they share', () => {
    const both = { of: [named('acquirer-breaker-open'), named('inventory-commands-function-errors')], from: 12, to: 45 }
    expect(pagesOf(both, { of: symptoms, from: 12, to: 52 })).toEqual([nameOf('platform-unhealthy')])
  })

  test('a service that fails by itself while another waits for its partner is a second page', () => {
    const first = { of: [named('acquirer-breaker-open')], from: 12, to: 60 }
    const second = { of: [named('inventory-commands-function-errors')], from: 35, to: 60 }
    expect(pagesOf(first, { of: symptoms, from: 14, to: 60 }, second)).toEqual([
      nameOf('payments-service-unhealthy'),
      nameOf('platform-unhealthy'),
    ])
  })

  test('all is well: nobody is woken', () => {
    expect(pagesOf()).toEqual([])
  })
})
