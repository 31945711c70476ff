import { describe, expect, test } from 'vitest'
import { positionOf, project, showsStart, slotOf, type View } from '../../../functions/ordering/projection.ts'
import { pageFrom } from '../../../functions/ordering/views.ts'
import {
  at,
  cancelled,
  confirmed,
  orderId,
  placed,
  refusedCard,
  rejected,
  requested,
  stream,
} from '../../support/ordering.ts'

describe('the view’s share of an event', () => {
  test('is the whole summary and its place in lists when an order is placed', () =>
    expect(project(stream(placed)[0]!)).toEqual({
      orderId,
      set: {
        customerId: 'alice',
        total: { amount: 3_899, currency: 'EUR' },
        placedAt: at,
        position: `${at}/${orderId}`,
        placedShard: expect.stringMatching(/^\d+$/),
      },
      initially: { status: 'placed' },
    }))

  test('is the status when it ends', () => {
    expect(project(stream(confirmed)[0]!)).toEqual({ orderId, set: { status: 'confirmed' } })
    expect(project(stream(rejected)[0]!)).toEqual({ orderId, set: { status: 'rejected', reason: refusedCard } })
    expect(project(stream(cancelled)[0]!)).toMatchObject({ set: { status: 'cancelled' } })
  })

  test('is nothing when a cancellation is only asked for', () => expect(project(stream(requested)[0]!)).toBeUndefined())
})

describe('a position', () => {
  test('sorts by time, then by id', () => {
    const positions = [
      positionOf('2026-11-21T14:00:00.001Z', 'ord_a'),
      positionOf(at, 'ord_b'),
      positionOf(at, 'ord_a'),
    ]
    expect(positions.toSorted()).toEqual([positionOf(at, 'ord_a'), positionOf(at, 'ord_b'), positions[0]])
  })
})

describe('the slots of a saga’s history', () => {
  test('keep sagas apart', () => expect(slotOf('fulfil-order', 1)).not.toBe(slotOf('return-order', 1)))
  test('hold the last 4096 revisions', () => {
    const last = Array.from({ length: 4_096 }, (_, index) => slotOf('fulfil-order', 1_000 + index))
    expect(new Set(last).size).toBe(4_096)
    expect(slotOf('fulfil-order', 5_096)).toBe(last[0])
  })
})

test('a tombstone of an early cancellation does not show that a saga started', () => {
  expect(showsStart({ phase: 'early-cancel' })).toBe(false)
  expect(showsStart({ phase: 'running' })).toBe(true)
  expect(showsStart({ phase: 'ended' })).toBe(true)
})

describe('a page of views', () => {
  const view = (minute: number): View => {
    const placedAt = `2026-11-21T14:${String(minute).padStart(2, '0')}:00.000Z`
    const id = `ord_${'a'.repeat(20)}${minute}`
    return {
      orderId: id,
      customerId: 'alice',
      status: 'placed',
      placedAt,
      total: { amount: 1, currency: 'EUR' },
      position: positionOf(placedAt, id),
      placedShard: String(minute % 16),
    }
  }

  test('has the newest first, whatever shard they come from', () =>
    expect(pageFrom([view(1), view(3), view(2)], 10).items.map(({ placedAt }) => placedAt.slice(14, 16))).toEqual([
      '03',
      '02',
      '01',
    ]))

  test('names the place of its last item when there are more', () =>
    expect(pageFrom([view(1), view(3), view(2)], 2).next).toBe(view(2).position))

  test('names none when all fit exactly', () => expect(pageFrom([view(1), view(2)], 2)).not.toHaveProperty('next'))

  test('shows no keys of indexes', () =>
    expect(Object.keys(pageFrom([view(1)], 1).items[0]!).sort()).toEqual([
      'customerId',
      'orderId',
      'placedAt',
      'status',
      'total',
    ]))
})
