import { describe, expect, test } from 'vitest'
import { newOrderId } from '../../functions/ordering/identity.ts'
import type { EventStore } from '../../functions/ordering/store.ts'
import { fromIso, seconds } from '../../reactive/time.ts'
import { at, confirmed, placed, requested } from './ordering.ts'

const cause = { at, correlationid: 'flow-1', traceparent: `00-${'a'.repeat(32)}-${'b'.repeat(16)}-01` }
const later = fromIso(at) + seconds(60)

/** What every event store promises, whatever keeps it: the same tests for the fake and for the real thing. */
export const eventStoreSuite = (name: string, open: () => EventStore) =>
  describe(name, () => {
    test('has no events of an order that was never placed', async () => {
      expect(await open().load(newOrderId())).toEqual([])
    })

    test('gives back what was appended, in sequence, with its cause', async () => {
      const store = open()
      const id = newOrderId()
      expect(await store.append(id, 0, [placed], cause)).toBe('appended')
      expect(await store.append(id, 1, [requested], cause)).toBe('appended')
      expect(await store.load(id)).toEqual([
        { ...placed, orderId: id, sequence: 1, cause },
        { ...requested, orderId: id, sequence: 2, cause },
      ])
    })

    test('refuses what was decided on a shorter stream', async () => {
      const store = open()
      const id = newOrderId()
      await store.append(id, 0, [placed], cause)
      expect(await store.append(id, 0, [placed], cause)).toBe('conflict')
      expect(await store.load(id)).toHaveLength(1)
    })

    test('appends several events together', async () => {
      const store = open()
      const id = newOrderId()
      expect(await store.append(id, 0, [placed, requested], cause)).toBe('appended')
      expect((await store.load(id)).map(({ sequence }) => sequence)).toEqual([1, 2])
    })

    test('appends none of several events when one does not fit', async () => {
      const store = open()
      const id = newOrderId()
      await store.append(id, 0, [placed, requested], cause)
      expect(await store.append(id, 1, [requested, confirmed], cause)).toBe('conflict')
      expect(await store.load(id)).toHaveLength(2)
    })

    test('lets one of twenty win who append at once', async () => {
      const store = open()
      const id = newOrderId()
      const outcomes = await Promise.all(Array.from({ length: 20 }, () => store.append(id, 0, [placed], cause)))
      expect(outcomes.filter((outcome) => outcome === 'appended')).toHaveLength(1)
      expect(await store.load(id)).toHaveLength(1)
    })

    test('keeps streams apart', async () => {
      const store = open()
      const [one, other] = [newOrderId(), newOrderId()]
      await store.append(one, 0, [placed], cause)
      await store.append(other, 0, [placed, requested], cause)
      expect(await store.load(one)).toHaveLength(1)
    })

    test('lists an order as unstarted from the moment that it is placed, not before its time', async () => {
      const store = open()
      const id = newOrderId()
      await store.append(id, 0, [placed], cause)
      expect(await store.unstarted(later)).toContain(id)
      expect(await store.unstarted(fromIso(at))).not.toContain(id)
    })

    test('lists a started order no more, and marking it again changes nothing', async () => {
      const store = open()
      const id = newOrderId()
      await store.append(id, 0, [placed], cause)
      await store.markStarted(id)
      await store.markStarted(id)
      expect(await store.unstarted(later)).not.toContain(id)
      expect(await store.load(id)).toHaveLength(1)
    })

    test('puts a postponed order behind the others', async () => {
      const store = open()
      const id = newOrderId()
      await store.append(id, 0, [placed], cause)
      await store.postpone(id, later)
      expect(await store.unstarted(later)).not.toContain(id)
      expect(await store.unstarted(later + 1)).toContain(id)
    })

    test('does not bring a started order back by postponing it', async () => {
      const store = open()
      const id = newOrderId()
      await store.append(id, 0, [placed], cause)
      await store.markStarted(id)
      await store.postpone(id, later)
      expect(await store.unstarted(later + 1)).not.toContain(id)
    })

    test('makes no order by marking or postponing one that was never placed', async () => {
      const store = open()
      const id = newOrderId()
      await store.markStarted(id)
      await store.postpone(id, later)
      expect(await store.load(id)).toEqual([])
    })
  })
