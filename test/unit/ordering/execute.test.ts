import { describe, expect, test } from 'vitest'
import { execute } from '../../../functions/ordering/execute.ts'
import type { EventStore } from '../../../functions/ordering/store.ts'
import { TransientError } from '../../../reactive/errors.ts'
import { at, confirmed, memoryStore, orderId, placed, placing, requested, stream } from '../../support/ordering.ts'

const cause = { at, correlationid: orderId }
const cancel = { type: 'cancel', requestedBy: 'alice' } as const
const typesIn = async (store: EventStore) => (await store.load(orderId)).map(({ type }) => type)

describe('carrying out a command', () => {
  test('appends what was decided and gives back the stream as it is then', async () => {
    const store = memoryStore(stream(placed))
    const done = await execute(store, orderId, cancel, cause)
    expect(done).toMatchObject({ ok: true, appended: 1, order: { status: 'placed', cancellation: 'requested' } })
    expect(done.ok && done.events).toEqual(await store.load(orderId))
  })

  test('appends nothing when there is nothing left to do', async () => {
    const store = memoryStore(stream(placed, requested))
    expect(await execute(store, orderId, cancel, cause)).toMatchObject({ ok: true, appended: 0 })
    expect(await typesIn(store)).toEqual(['placed', 'cancellation-requested'])
  })

  test('appends nothing when it is refused', async () => {
    const store = memoryStore(stream(placed, confirmed))
    expect(await execute(store, orderId, cancel, cause)).toMatchObject({
      ok: false,
      refusal: { refused: 'already-confirmed' },
      order: { status: 'confirmed' },
    })
    expect(await typesIn(store)).toEqual(['placed', 'confirmed'])
  })

  test('decides anew when somebody else came first', async () => {
    const store = memoryStore(stream(placed))
    let rivals = 1
    const raced: EventStore = {
      ...store,
      append: async (...args) => {
        if (rivals-- > 0) await store.append(orderId, 1, [confirmed], cause)
        return store.append(...args)
      },
    }
    expect(await execute(raced, orderId, cancel, cause)).toMatchObject({
      ok: false,
      refusal: { refused: 'already-confirmed' },
    })
    expect(await typesIn(store)).toEqual(['placed', 'confirmed'])
  })

  test('recognises its own write when the answer to it was lost', async () => {
    const store = memoryStore()
    const ambiguous: EventStore = {
      ...store,
      append: async (...args) => {
        await store.append(...args)
        return store.append(...args)
      },
    }
    expect(await execute(ambiguous, orderId, placing(), cause)).toMatchObject({ ok: true, order: { status: 'placed' } })
    expect(await typesIn(store)).toEqual(['placed'])
  })

  test('gives the state to whoever makes the command of it, and takes a refusal for the answer', async () => {
    const store = memoryStore(stream(placed))
    const seen: string[] = []
    const done = await execute(
      store,
      orderId,
      async (order) => {
        seen.push(order.status)
        return { refused: 'no-such-order', because: 'not yours' }
      },
      cause,
    )
    expect(seen).toEqual(['placed'])
    expect(done).toMatchObject({ ok: false, refusal: { because: 'not yours' } })
  })

  test('gives up for now when others keep winning', async () => {
    const store = memoryStore(stream(placed))
    const contended: EventStore = { ...store, append: async () => 'conflict' }
    await expect(execute(contended, orderId, cancel, cause)).rejects.toThrow(TransientError)
    await expect(execute(contended, orderId, cancel, cause)).rejects.toThrow(`${orderId} changed 6 times`)
  })

  test('lets an error of the store through', async () => {
    const broken: EventStore = { ...memoryStore(), load: () => Promise.reject(new Error('throttled')) }
    await expect(execute(broken, orderId, cancel, cause)).rejects.toThrow('throttled')
  })
})
