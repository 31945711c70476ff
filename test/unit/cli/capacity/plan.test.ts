import { describe, expect, test } from 'vitest'
import { describePlan } from '../../../../cli/capacity/describe.ts'
import { type Calibration, type PlanTerms, planOf } from '../../../../cli/capacity/plan.ts'

const calibration: Calibration = {
  at: '2026-01-01T00:00:00.000Z',
  how: '60 plain orders',
  perOrder: { 'dynamodb.write': 80, 'sqs.request': 20, 'apigateway.request': 1, 'events.put': 8 },
  deliveries: 11,
  // Two processors that were idle: what was measured is what it takes.
  host: { processors: 2, rate: 2, atRest: 0, busy: 0 },
  work: [
    { handler: 'saga-coordinator', queued: true, invocations: 1, batch: 6, millis: 100, variation: 1 },
    { handler: 'payments-commands', queued: true, invocations: 0.5, batch: 4, millis: 80, variation: 0.5 },
    { handler: 'ordering-api', queued: false, invocations: 1, batch: 1, millis: 50, variation: 1 },
    { handler: 'never-asked', queued: true, invocations: 0, batch: 0, millis: 0, variation: 0 },
  ],
  tables: {
    SagasTable: { write: 6, read: 6 },
    'SagasTable/due': { write: 2, read: 0 },
    StockTable: { write: 9, read: 0 },
  },
}
const terms: PlanTerms = {
  ordersPerSecond: 10,
  region: 'eu-central-1',
  concurrency: 20,
  admission: 200,
  shards: 16,
  hottest: 0.2,
  on: 'account',
}
const planned = (given: Partial<PlanTerms> = {}) => planOf(calibration, { ...terms, ...given })
const limit = (of: string, plan = planned()) => plan.limits.find((one) => one.of === of)

describe('a plan', () => {
  test('keeps as many instances busy as Little’s law says', () => {
    const { stations, concurrency } = planned()
    expect(stations.map(({ handler, busy }) => [handler, busy])).toEqual([
      ['saga-coordinator', 1],
      ['payments-commands', 0.4],
    ])
    expect(concurrency).toBeCloseTo(1.9)
  })

  test('knows what each limit is used to, and up to which rate it goes', () => {
    expect(limit('instances of saga-coordinator')).toMatchObject({ used: 1, limit: 20, utilisation: 0.05, upTo: 200 })
    expect(limit('admission')).toMatchObject({ used: 10, upTo: 200 })
    expect(limit('deliveries of the bus')).toMatchObject({ used: 110, limit: 4_500 })
    expect(limit('writes of SagasTable')).toMatchObject({ used: 80, limit: 40_000 })
    expect(limit('one of 16 shards of SagasTable/due')).toMatchObject({ used: 1.25, limit: 1_000 })
    expect(limit('the stock of the product that is asked for most')).toMatchObject({ used: 4, limit: 1_000 })
  })

  test('takes out of the times what sharing the measured machine made of them', () => {
    // One function of exponential times, on two processors used to a half: a sixth longer than on idle ones.
    const shared = {
      ...calibration,
      work: calibration.work.slice(0, 1),
      host: { processors: 2, rate: 10, atRest: 0, busy: 0.5 },
    }
    const idle = 1 / (1 + 1 / 6)
    const busy = (given: Partial<PlanTerms>) => planOf(shared, { ...terms, ...given }).concurrency
    expect(busy({ on: 'account' })).toBeCloseTo(idle)
    expect(busy({ on: 'account', ordersPerSecond: 20 })).toBeCloseTo(2 * idle)
    expect(busy({ on: 'host' })).toBeCloseTo(1)
    expect(busy({ on: 'host', ordersPerSecond: 15 })).toBeCloseTo(1.5 * idle * (1 + 0.75 ** 2 / (1 - 0.75 ** 2) / 2))
    expect(() => busy({ on: 'host', ordersPerSecond: 20 })).toThrow(
      '20 orders a second would use 100 % of this machine',
    )
  })

  test('says what breaks first, and what can be done', () => {
    const { breaksFirst } = planned()
    expect(breaksFirst.of).toMatch(/instances of saga-coordinator|admission/)
    expect(breaksFirst.remedy).not.toBe('')
    const little = { ...calibration, deliveries: 5, tables: {} }
    const wanted = planOf(little, { ...terms, concurrency: 1_000, admission: 100_000, hottest: 0.9 })
    expect(wanted.breaksFirst).toMatchObject({
      of: 'the stock of the product that is asked for most',
      source: expect.stringMatching(/^https:/),
    })
  })

  test('of a rate that it does not carry says so', () => {
    const { breaksFirst, stations } = planned({ ordersPerSecond: 500 })
    expect(breaksFirst.utilisation).toBeCloseTo(2.5)
    expect(stations[0]!.delay).toBe(Number.POSITIVE_INFINITY)
  })

  test('costs in a month what each order uses', () => {
    const { month } = planned()
    expect(month.orders).toBe(10 * 730 * 3_600)
    // 80 × 0.7625 + 20 × 0.4 + 3.7 + 8 × 1 dollars a million.
    expect(month.usd / month.orders).toBeCloseTo(80.7e-6, 8)
  })

  test('is twice as much for twice the rate', () => {
    const [one, two] = [planned(), planned({ ordersPerSecond: 20 })]
    expect(two.concurrency).toBeCloseTo(2 * one.concurrency)
    expect(two.month.usd).toBeCloseTo(2 * one.month.usd)
    expect(two.breaksFirst.upTo).toBeCloseTo(one.breaksFirst.upTo)
  })

  test.each([0, -5, Number.NaN, Number.POSITIVE_INFINITY])('of %d orders a second is refused', (ordersPerSecond) => {
    expect(() => planned({ ordersPerSecond })).toThrow('cannot be planned for')
  })

  test('is told to a person', () => {
    const text = describePlan(planned(), '60 plain orders')
    expect(text).toContain('10 orders a second, from what was measured: 60 plain orders')
    expect(text).toContain('what breaks first: ')
    expect(text).toContain('26,280,000 orders')
    expect(describePlan(planned({ ordersPerSecond: 500 }), '')).toContain('it does not carry that: ')
  })
})
