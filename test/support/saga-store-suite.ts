import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { shardOf } from '../../reactive/shard.ts'
import { type EpochMs, minutes, seconds } from '../../reactive/time.ts'
import type { Overdue, SagaStore, SweeperStore } from '../../sagas/engine/ports.ts'
import type { Ended, Running } from '../../sagas/engine/state.ts'
import { transition } from '../../sagas/engine/transition.ts'
import { fulfilOrderV1 } from '../../sagas/retired/fulfil-order-v1.ts'
import { anOrder, start, timing } from './sagas.ts'

/** More than any store hands out at once. */
const many = 130

/** A saga that is due at a time. */
const running = (subject: string, at = start): Running => {
  const occasion = { sagaId: `fulfil-order:${subject}`, subject, correlationId: `corr-${subject}` }
  const data = { ...anOrder, orderId: subject }
  const verdict = transition(fulfilOrderV1, undefined, { kind: 'start', data }, occasion, start, timing)
  if (!('state' in verdict) || verdict.state.phase !== 'running') throw new Error('It did not start.')
  return { ...verdict.state, wake: { number: 1, at } }
}

const ended = ({ id, definition, version, subject, correlationId, revision }: Running): Ended => ({
  ...{ id, definition, version, subject, correlationId },
  revision: revision + 1,
  phase: 'ended',
  outcome: 'done',
  endedAt: start,
})

/** So many subjects whose sagas share a shard of the index. */
const neighbours = (count: number): readonly string[] => {
  const found: string[] = []
  const shard = shardOf(`fulfil-order:${randomUUID()}`)
  while (found.length < count) {
    const subject = randomUUID()
    if (shardOf(`fulfil-order:${subject}`) === shard) found.push(subject)
  }
  return found
}

/** What every store of sagas promises, to coordinators and to the sweeper, whatever keeps it: for the fake and the real thing. */
export const sagaStoreSuite = (
  name: string,
  storeOf: () => { readonly store: SagaStore; readonly sweeps: SweeperStore },
) => {
  describe(`${name}: sagas`, () => {
    test('are nothing as long as nobody has saved one', async () => {
      const { store } = storeOf()
      expect(await store.load(`fulfil-order:${randomUUID()}`)).toBeUndefined()
    })

    test('are loaded as they were saved', async () => {
      const { store } = storeOf()
      const state = running(randomUUID())
      expect(await store.save(state, undefined)).toBe('saved')
      expect(await store.load(state.id)).toEqual(state)
    })

    test('are saved over nothing once', async () => {
      const { store } = storeOf()
      const state = running(randomUUID())
      await store.save(state, undefined)
      const other: Running = { ...state, mode: 'compensating' }
      expect(await store.save(other, undefined)).toBe('lost')
      expect(await store.load(state.id)).toEqual(state)
    })

    test('are saved over the revision that was loaded, and over no other', async () => {
      const { store } = storeOf()
      const first = running(randomUUID())
      const second: Running = { ...first, revision: 2, cancelNoted: true }
      const third: Running = { ...second, revision: 3, mode: 'compensating' }
      const { save } = store
      // Nothing is there to be saved over.
      expect(await save(second, first)).toBe('lost')
      expect(await store.load(first.id)).toBeUndefined()
      await store.save(first, undefined)
      expect(await save(third, second)).toBe('lost')
      expect(await save(second, first)).toBe('saved')
      expect(await save(third, first)).toBe('lost')
      expect(await store.load(first.id)).toEqual(second)
      expect(await save(third, second)).toBe('saved')
    })

    test('that are saved by several at once are saved by one of them', async () => {
      const { store } = storeOf()
      const first = running(randomUUID())
      const opened = await Promise.all(Array.from({ length: 4 }, () => store.save(first, undefined)))
      expect(opened.toSorted()).toEqual(['lost', 'lost', 'lost', 'saved'])
      const moved = await Promise.all(
        [1, 2, 3, 4].map((asks) => {
          const state: Running = { ...first, revision: 2, steps: first.steps.map((its) => ({ ...its, asks })) }
          return store.save(state, first)
        }),
      )
      expect(moved.toSorted()).toEqual(['lost', 'lost', 'lost', 'saved'])
      expect(await store.load(first.id)).toMatchObject({
        revision: 2,
        steps: [{ asks: moved.indexOf('saved') + 1 }, {}, {}, {}],
      })
    })
  })

  describe(`${name}: the index of what is overdue`, () => {
    const overdue = async (sweeps: SweeperStore, subjects: readonly string[], before: EpochMs) => {
      const mine = new Set(subjects.map((subject) => `fulfil-order:${subject}`))
      const pages: Overdue[][] = []
      // An index may hold more of each.
      for await (const page of sweeps.overdue(shardOf([...mine][0]!), before))
        pages.push(page.flatMap(({ sagaId, dueAt }) => (mine.has(sagaId) ? [{ sagaId, dueAt }] : [])))
      return pages
    }
    const times = (pages: readonly (readonly Overdue[])[]) => pages.flat().map(({ dueAt }) => dueAt)

    test('has a saga from its time on, and no longer once it has ended', async () => {
      const { store, sweeps } = storeOf()
      const subject = randomUUID()
      const state = running(subject)
      await store.save(state, undefined)
      expect(times(await overdue(sweeps, [subject], start - 1))).toEqual([])
      await expect
        .poll(async () => (await overdue(sweeps, [subject], start)).flat())
        .toEqual([{ sagaId: state.id, dueAt: start }])
      await store.save(ended(state), state)
      await expect.poll(async () => times(await overdue(sweeps, [subject], start))).toEqual([])
    })

    test('moves with the saga', async () => {
      const { store, sweeps } = storeOf()
      const subject = randomUUID()
      const state = running(subject)
      await store.save(state, undefined)
      await store.save({ ...running(subject, start + 500), revision: 2 }, state)
      await expect.poll(async () => times(await overdue(sweeps, [subject], start + 499))).toEqual([])
      await expect.poll(async () => times(await overdue(sweeps, [subject], start + 500))).toEqual([start + 500])
    })

    test('hands out all of them, the longest overdue first, page by page', async () => {
      const { store, sweeps } = storeOf()
      const subjects = neighbours(many)
      // In another order than they are due.
      const due = subjects.map((_, index) => start + seconds((index * 37) % many))
      await Promise.all(subjects.map((subject, index) => store.save(running(subject, due[index]), undefined)))
      const sorted = due.toSorted((a, b) => a - b)
      await expect.poll(async () => times(await overdue(sweeps, subjects, start + minutes(60)))).toEqual(sorted)
      const pages = await overdue(sweeps, subjects, start + minutes(60))
      expect(pages.length).toBeGreaterThan(1)
      expect(new Set(pages.flat().map(({ sagaId }) => sagaId)).size).toBe(many)
      expect(times(await overdue(sweeps, subjects, start + seconds(9)))).toEqual(sorted.slice(0, 10))
    })
  })

  describe(`${name}: the lease of a wake-up`, () => {
    const held = async () => {
      const { store, sweeps } = storeOf()
      const state = running(randomUUID())
      await store.save(state, undefined)
      return { store, sweeps, state }
    }

    test('is given once, with what the wake-up must carry, until its time is over', async () => {
      const { sweeps, state } = await held()
      const carried = { subject: state.subject, correlationId: state.correlationId }
      expect(await sweeps.lease(state.id, start, start + 1_000)).toEqual(carried)
      expect(await sweeps.lease(state.id, start, start + 1_000)).toBeUndefined()
      expect(await sweeps.lease(state.id, start + 1_000, start + 2_000)).toBeUndefined()
      expect(await sweeps.lease(state.id, start + 1_001, start + 2_001)).toEqual(carried)
      expect(await sweeps.lease(state.id, start + 2_001, start + 3_001)).toBeUndefined()
    })

    test('is given to one of several who ask at once', async () => {
      const { sweeps, state } = await held()
      const given = await Promise.all(
        Array.from({ length: 4 }, () => sweeps.lease(state.id, start, start + minutes(1))),
      )
      expect(given.filter((its) => its !== undefined)).toHaveLength(1)
    })

    test('changes nothing of the saga, and goes with its next commit', async () => {
      const { store, sweeps, state } = await held()
      await sweeps.lease(state.id, start, start + minutes(5))
      expect(await store.load(state.id)).toEqual(state)
      expect(await store.save({ ...state, revision: 2 }, state)).toBe('saved')
      expect(await sweeps.lease(state.id, start + 1, start + minutes(5))).toBeDefined()
    })

    test('is not for what has ended, nor for what never began', async () => {
      const { store, sweeps, state } = await held()
      await store.save(ended(state), state)
      expect(await sweeps.lease(state.id, start, start + 1_000)).toBeUndefined()
      const never = `fulfil-order:${randomUUID()}`
      expect(await sweeps.lease(never, start, start + 1_000)).toBeUndefined()
      expect(await store.load(never)).toBeUndefined()
    })
  })
}
