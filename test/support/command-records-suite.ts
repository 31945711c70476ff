import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Message } from '../../events/envelope.ts'
import type { CommandRecords, OpenIntent, OpenIntents } from '../../reactive/command-records.ts'

type Intent = { readonly amount: number }
type Result = { readonly id: string }
type Store = CommandRecords<Intent, Result> & OpenIntents

const now = Date.UTC(2026, 0, 5)
const reason = { code: 'declined', message: 'The card was declined.' }
const open = { state: 'intent', intent: { amount: 100 }, openedAt: now } as const

/** What every book of a participant promises, whatever keeps it: the same tests for the fake and for the real thing. */
export const commandRecordsSuite = (name: string, storeOf: () => Store) => {
  const fresh = () => {
    const orderId = `ord_${randomBytes(10).toString('hex')}`
    const key = { orderId, commandId: `fulfil-order:${orderId}/pay/do/1` }
    const message = { id: key.commandId, data: { orderId } } as unknown as Message
    return { store: storeOf(), key, again: { message, now } }
  }
  const openOf = async (store: Store, orderId: string, since: number) => {
    const found: OpenIntent[] = []
    for await (const intent of store.openBefore(since)) if (intent.orderId === orderId) found.push(intent)
    return found
  }

  describe(`${name}: records`, () => {
    test('has none of a command that never came', async () => {
      const { store, key } = fresh()
      expect(await store.load(key)).toEqual({ state: 'none' })
    })

    test('keeps what the command came to, and what it was about', async () => {
      const { store, key } = fresh()
      expect(await store.commit(key, 'none', open, now)).toBeUndefined()
      expect(await store.load(key)).toMatchObject(open)
      const done = { state: 'done', intent: open.intent, result: { id: 'a' } } as const
      expect(await store.commit(key, 'intent', done, now)).toBeUndefined()
      expect(await store.load(key)).toMatchObject(done)
      const undoing = { state: 'undo-intent', intent: open.intent, openedAt: now, result: { id: 'a' } } as const
      expect(await store.commit(key, 'done', undoing, now)).toBeUndefined()
      expect(await store.commit(key, 'undo-intent', { state: 'undone' }, now)).toBeUndefined()
      expect(await store.load(key)).toMatchObject({ state: 'undone', intent: open.intent, result: { id: 'a' } })
    })

    test('keeps commands of one order apart', async () => {
      const { store, key } = fresh()
      const other = { ...key, commandId: `${key.commandId}0` }
      await store.commit(key, 'none', { state: 'refused', reason }, now)
      expect(await store.load(other)).toEqual({ state: 'none' })
      expect(await store.commit(other, 'none', { state: 'tombstone', because: 'undone' }, now)).toBeUndefined()
      expect(await store.load(key)).toMatchObject({ state: 'refused', reason })
    })

    test('finds every record of an order, and of no other', async () => {
      const { store, key } = fresh()
      const second = { ...key, commandId: `${key.commandId}0` }
      const stranger = { orderId: `${key.orderId}x`, commandId: key.commandId }
      expect(await store.ofOrder(key.orderId)).toEqual([])
      await store.commit(key, 'none', open, now)
      await store.commit(second, 'none', { state: 'refused', reason }, now)
      await store.commit(stranger, 'none', open, now)
      expect(await store.ofOrder(key.orderId)).toMatchObject([open, { state: 'refused', reason }])
      await store.commit(key, 'intent', { state: 'done', intent: open.intent, result: { id: 'a' } }, now)
      expect(await store.ofOrder(key.orderId)).toMatchObject([{ state: 'done', result: { id: 'a' } }, {}])
    })

    test('hands over the record that stands in the way of a first one', async () => {
      const { store, key } = fresh()
      await store.commit(key, 'none', { state: 'refused', reason }, now)
      expect(await store.commit(key, 'none', open, now)).toMatchObject({ state: 'refused', reason })
      expect(await store.load(key)).toMatchObject({ state: 'refused' })
    })

    test('does not move a record on from another state than it is in', async () => {
      const { store, key } = fresh()
      await store.commit(key, 'none', open, now)
      await store.commit(key, 'intent', { state: 'undo-intent', intent: open.intent, openedAt: now }, now)
      const late = { state: 'done', intent: open.intent, result: { id: 'late' } } as const
      expect(await store.commit(key, 'intent', late, now)).toMatchObject({ state: 'undo-intent' })
      const { result } = (await store.load(key)) as { result?: Result }
      expect(result).toBeUndefined()
    })

    test('does not make a record by moving one on that is not there', async () => {
      const { store, key } = fresh()
      expect(await store.commit(key, 'intent', { state: 'undone' }, now)).toEqual({ state: 'none' })
      expect(await store.load(key)).toEqual({ state: 'none' })
    })

    test('lets one of thirty be the first, and tells the others who was', async () => {
      const { store, key } = fresh()
      const amounts = Array.from({ length: 30 }, (_, amount) => amount)
      const outcomes = await Promise.all(
        amounts.map((amount) => store.commit(key, 'none', { ...open, intent: { amount } }, now)),
      )
      const winner = outcomes.indexOf(undefined)
      expect(outcomes.filter((outcome) => outcome === undefined)).toHaveLength(1)
      for (const outcome of outcomes) if (outcome) expect(outcome).toMatchObject({ intent: { amount: winner } })
    })
  })

  describe(`${name}: open intents`, () => {
    const opened = async () => {
      const { store, key, again } = fresh()
      await store.commit(key, 'none', open, now)
      return { store, key, again }
    }

    test('are on no list while only their opener knows them', async () => {
      const { store, key } = await opened()
      expect((await store.load(key)).openSince).toBeUndefined()
      expect(await openOf(store, key.orderId, now + 10)).toEqual([])
    })

    test('are found with their message once they are listed and old enough', async () => {
      const { store, key, again } = await opened()
      await store.list(key, 'intent', again)
      expect(await store.load(key)).toMatchObject({ ...open, openSince: now })
      expect(await openOf(store, key.orderId, now)).toEqual([])
      expect(await openOf(store, key.orderId, now + 1)).toEqual([
        { ...key, intent: open.intent, message: again.message, since: now },
      ])
    })

    test('are listed by the first who meets them, and by none after that', async () => {
      const { store, key, again } = await opened()
      await store.list(key, 'intent', again)
      await store.list(key, 'intent', { message: { id: 'second' } as Message, now: now + 5 })
      expect(await openOf(store, key.orderId, now + 10)).toMatchObject([{ message: again.message, since: now }])
    })

    test('are listed in the state that was met alone', async () => {
      const { store, key, again } = await opened()
      await store.list(key, 'undo-intent', again)
      await store.commit(key, 'intent', { state: 'undo-intent', intent: open.intent, openedAt: now }, now)
      await store.list(key, 'intent', again)
      expect(await openOf(store, key.orderId, now + 10)).toEqual([])
    })

    test('are listed nowhere where there are none', async () => {
      const { store, key, again } = fresh()
      await store.list(key, 'intent', again)
      expect(await store.load(key)).toEqual({ state: 'none' })
    })

    test('are off the list when an undo takes them over, and on it again with the undo when that is met', async () => {
      const { store, key, again } = await opened()
      await store.list(key, 'intent', again)
      await store.commit(key, 'intent', { state: 'undo-intent', intent: open.intent, openedAt: now }, now + 1)
      expect(await openOf(store, key.orderId, now + 10)).toEqual([])
      const undo = { message: { id: 'undo' } as Message, now: now + 5 }
      await store.list(key, 'undo-intent', undo)
      expect(await openOf(store, key.orderId, now + 10)).toEqual([
        { ...key, intent: open.intent, message: undo.message, since: now + 5 },
      ])
    })

    test.each(['done', 'refused'] as const)('are found no more when they came to %s', async (state) => {
      const { store, key, again } = await opened()
      await store.list(key, 'intent', again)
      const next = state === 'done' ? { state, intent: open.intent, result: { id: 'a' } } : ({ state, reason } as const)
      await store.commit(key, 'intent', next, now)
      expect((await store.load(key)).openSince).toBeUndefined()
      expect(await openOf(store, key.orderId, now + 10)).toEqual([])
    })

    test('are touched by one sweep of two', async () => {
      const { store, key, again } = await opened()
      await store.list(key, 'intent', again)
      const [intent] = await openOf(store, key.orderId, now + 1)
      const touched = await Promise.all([store.touch(intent!, now + 20), store.touch(intent!, now + 20)])
      expect(touched.toSorted()).toEqual([false, true])
      expect(await openOf(store, key.orderId, now + 20)).toEqual([])
      expect(await openOf(store, key.orderId, now + 21)).toMatchObject([{ since: now + 20 }])
    })

    test('are not touched when they were settled meanwhile', async () => {
      const { store, key, again } = await opened()
      await store.list(key, 'intent', again)
      const [intent] = await openOf(store, key.orderId, now + 1)
      await store.commit(key, 'intent', { state: 'refused', reason }, now)
      expect(await store.touch(intent!, now + 20)).toBe(false)
      expect(await openOf(store, key.orderId, now + 30)).toEqual([])
    })

    test('that are parked stay on record and out of the sweep', async () => {
      const { store, key, again } = await opened()
      await store.list(key, 'intent', again)
      await store.park(key)
      expect(await openOf(store, key.orderId, now + 10)).toEqual([])
      expect(await store.load(key)).toMatchObject(open)
    })

    test('cannot be parked where there are none', async () => {
      const { store, key } = fresh()
      await store.park(key)
      expect(await store.load(key)).toEqual({ state: 'none' })
    })
  })
}
