import { describe, expect, test } from 'vitest'
import type { Place } from '../../functions/ordering/events.ts'
import { newOrderId } from '../../functions/ordering/identity.ts'
import type { EventStore } from '../../functions/ordering/store.ts'
import { fromIso, iso, seconds } from '../../reactive/time.ts'
import { at, cancelled, confirmed, placed, rejected, requested } from './ordering.ts'

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

    test('lists an order as unheard from the moment that it is placed, not before its time', async () => {
      const store = open()
      const id = newOrderId()
      await store.append(id, 0, [placed], cause)
      expect(await store.unheard(later)).toContainEqual({ orderId: id, sequence: 1 })
      expect(await store.unheard(fromIso(at))).not.toContainEqual({ orderId: id, sequence: 1 })
    })

    test.each([confirmed, rejected, cancelled])('lists as unheard that an order was $type', async (end) => {
      const store = open()
      const id = newOrderId()
      await store.append(id, 0, [placed], cause)
      await store.append(id, 1, [requested], cause)
      await store.append(id, 2, [end], { ...cause, at: iso(later) })
      expect(placesOf(id, await store.unheard(later)).toSorted()).toEqual([1, 2])
      expect(placesOf(id, await store.unheard(later + 1)).toSorted()).toEqual([1, 2, 3])
    })

    test('lists each of several events', async () => {
      const store = open()
      const id = newOrderId()
      await store.append(id, 0, [placed, requested, cancelled], cause)
      expect(placesOf(id, await store.unheard(later)).toSorted()).toEqual([1, 2, 3])
    })

    test('lists a heard event no more, and marking it again changes nothing', async () => {
      const store = open()
      const id = newOrderId()
      await store.append(id, 0, [placed, confirmed], cause)
      const before = await store.load(id)
      await store.markHeard({ orderId: id, sequence: 2 })
      await store.markHeard({ orderId: id, sequence: 2 })
      expect(placesOf(id, await store.unheard(later))).toEqual([1])
      expect(await store.load(id)).toEqual(before)
    })

    test('puts a postponed event, and no other, behind the others', async () => {
      const store = open()
      const id = newOrderId()
      await store.append(id, 0, [placed, confirmed], cause)
      await store.postpone({ orderId: id, sequence: 1 }, later)
      expect(placesOf(id, await store.unheard(later))).toEqual([2])
      expect(placesOf(id, await store.unheard(later + 1))).toEqual([2, 1])
    })

    test('does not bring a heard event back by postponing it', async () => {
      const store = open()
      const id = newOrderId()
      await store.append(id, 0, [placed], cause)
      await store.markHeard({ orderId: id, sequence: 1 })
      await store.postpone({ orderId: id, sequence: 1 }, later)
      expect(placesOf(id, await store.unheard(later + 1))).toEqual([])
    })

    test('makes no event by marking or postponing one that never happened', async () => {
      const store = open()
      const id = newOrderId()
      await store.append(id, 0, [placed], cause)
      for (const place of [
        { orderId: id, sequence: 2 },
        { orderId: newOrderId(), sequence: 1 },
      ]) {
        await store.markHeard(place)
        await store.postpone(place, later)
        expect(placesOf(place.orderId, await store.unheard(later + 1))).not.toContain(place.sequence)
        expect(await store.load(place.orderId)).toHaveLength(place.sequence - 1)
      }
    })
  })

/** The numbers of one order's events: the table may hold those of others. */
const placesOf = (id: string, places: readonly Place[]) =>
  places.filter(({ orderId }) => orderId === id).map(({ sequence }) => sequence)
