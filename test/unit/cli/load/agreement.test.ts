import { describe, expect, test } from 'vitest'
import { agreementsOf, agrees } from '../../../../cli/load/agreement.ts'
import type { Answers, Orders } from '../../../../cli/load/result.ts'
import type { Sample } from '../../../../local/watch/store.ts'

const answers: Answers = { admitted: 8, served: 2, shed: 3, refused: 1, failed: 1, unsent: 0 }
const orders = { admitted: 8, confirmed: 6, rejected: 2, cancelled: 0 } as Orders

const sample = (name: string, value: number, dimensions: Record<string, string> = { service: 'ordering' }): Sample => ({
  metric: { namespace: 'Neverstop/local', name, dimensions },
  at: 0,
  value,
})
const request = (name: string, value: number, api = 'ordering-api') => sample(name, value, { service: 'ordering', api })
const answered = [
  request('Requests', 11),
  request('Requests', 2, 'inventory-api'),
  request('RequestsRefused', 1),
  request('RequestsFailed', 2),
]
const ended = [
  sample('OrdersPlaced', 5),
  sample('OrdersPlaced', 3),
  sample('OrdersConfirmed', 6),
  sample('OrdersRejected', 2),
]
const agreed = (given: { answered?: Sample[]; ended?: Sample[] } = {}) =>
  agreementsOf({ answers, orders }, { answered, ended, ...given }, 'local')
const by = (metric: string, agreements = agreed()) => agreements.find((one) => one.metric === metric)

describe('golden metrics and the generator', () => {
  test('agree when each counted the same', () => {
    expect(agreed().map(({ generator, metrics }) => [generator, metrics])).toEqual([
      [10, 10],
      [8, 8],
      [6, 6],
      [2, 2],
      [0, 0],
    ])
    expect(agrees(agreed())).toBe(true)
  })

  test('do not when an order was counted twice', () => {
    const twice = agreed({ ended: [...ended, sample('OrdersPlaced', 1)] })
    expect(by('orders placed', twice)).toEqual({ metric: 'orders placed', generator: 8, metrics: 9, difference: 1 / 8 })
    expect(agrees(twice)).toBe(false)
  })

  test('do not when metrics are lost', () => {
    expect(agrees(agreed({ ended: [] }))).toBe(false)
    expect(agrees(agreed({ answered: [] }))).toBe(false)
  })

  test('do not when the metrics count what never was', () => {
    expect(by('orders cancelled', agreed({ ended: [...ended, sample('OrdersCancelled', 1)] }))).toMatchObject({
      difference: 1,
    })
  })

  test('may be one in a hundred apart', () => {
    const many = {
      answers: { ...answers, admitted: 200, served: 0 },
      orders: { ...orders, admitted: 200, confirmed: 200, rejected: 0 },
    }
    const of = (placed: number) =>
      agreementsOf(
        many,
        {
          answered: [request('Requests', 200)],
          ended: [sample('OrdersPlaced', placed), sample('OrdersConfirmed', 200)],
        },
        'local',
      )
    expect(agrees(of(198))).toBe(true)
    expect(agrees(of(197))).toBe(false)
  })

  test('are compared without other stages, other APIs and the same count by reason', () => {
    const others = [
      { ...sample('OrdersPlaced', 9), metric: { ...sample('OrdersPlaced', 9).metric, namespace: 'Neverstop/dev' } },
      sample('OrdersRejected', 2, { service: 'ordering', reason: 'declined' }),
    ]
    expect(
      agreed({ answered: [...answered, request('Requests', 7, 'partners-acquirer')], ended: [...ended, ...others] }),
    ).toEqual(agreed())
  })

  test('count a sample as often as it came', () => {
    expect(by('orders placed', agreed({ ended: [{ ...sample('OrdersPlaced', 2), times: 4 }] }))).toMatchObject({
      metrics: 8,
    })
  })
})
