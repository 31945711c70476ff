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

const running = (subject: string, revision = 1): Running => {
  const occasion = { sagaId: `fulfil-order:${subject}`, subject, correlationId: `corr-${subject}` }
  const data = { ...anOrder, orderId: subject }
  const verdict = transition(fulfilOrderV1, undefined, { kind: 'start', data }, occasion, start, timing)
  if (!('state' in verdict) || verdict.state.phase !== 'running') throw new Error('It did not start.')
  return { ...verdict.state, revision }
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

    test('are loaded as they were saved, with the time under which they are found', async () => {
      const { store } = storeOf()
      const state = running(randomUUID())
      expect(await store.save({ state, indexedAt: state.wake.at }, undefined)).toBe('saved')
      expect(await store.load(state.id)).toEqual({ state, indexedAt: state.wake.at })
    })

    test('are saved over nothing once', async () => {
      const { store } = storeOf()
      const state = running(randomUUID())
      await store.save({ state, indexedAt: state.wake.at }, undefined)
      const other: Running = { ...state, mode: 'compensating' }
      expect(await store.save({ state: other, indexedAt: state.wake.at }, undefined)).toBe('lost')
      expect((await store.load(state.id))?.state).toEqual(state)
    })

    test('are saved over the revision that was loaded, and over no other', async () => {
      const { store } = storeOf()
      const first = running(randomUUID())
      const second: Running = { ...first, revision: 2, cancelNoted: true }
      const third: Running = { ...second, revision: 3, mode: 'compensating' }
      const save = (state: Running, over: Running) => store.save({ state, indexedAt: state.wake.at }, over)
      // Nothing is there to be saved over.
      expect(await save(second, first)).toBe('lost')
      expect(await store.load(first.id)).toBeUndefined()
      await store.save({ state: first, indexedAt: first.wake.at }, undefined)
      expect(await save(third, second)).toBe('lost')
      expect(await save(second, first)).toBe('saved')
      expect(await save(third, first)).toBe('lost')
      expect((await store.load(first.id))?.state).toEqual(second)
      expect(await save(third, second)).toBe('saved')
    })

    test('that are saved by several at once are saved by one of them', async () => {
      const { store } = storeOf()
      const first = running(randomUUID())
      const opened = await Promise.all(
        Array.from({ length: 4 }, () => store.save({ state: first, indexedAt: first.wake.at }, undefined)),
      )
      expect(opened.toSorted()).toEqual(['lost', 'lost', 'lost', 'saved'])
      const moved = await Promise.all(
        [1, 2, 3, 4].map((asks) => {
          const state: Running = { ...first, revision: 2, steps: first.steps.map((its) => ({ ...its, asks })) }
          return store.save({ state, indexedAt: first.wake.at }, first)
        }),
      )
      expect(moved.toSorted()).toEqual(['lost', 'lost', 'lost', 'saved'])
      const { state } = (await store.load(first.id))!
      expect(state).toMatchObject({ revision: 2, steps: [{ asks: moved.indexOf('saved') + 1 }, {}, {}, {}] })
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
      await store.save({ state, indexedAt: start }, undefined)
      expect(times(await overdue(sweeps, [subject], start - 1))).toEqual([])
      await expect
        .poll(async () => (await overdue(sweeps, [subject], start)).flat())
        .toEqual([{ sagaId: state.id, dueAt: start }])
      await store.save({ state: ended(state) }, state)
      await expect.poll(async () => times(await overdue(sweeps, [subject], start))).toEqual([])
    })

    test('moves with the saga', async () => {
      const { store, sweeps } = storeOf()
      const subject = randomUUID()
      const state = running(subject)
      await store.save({ state, indexedAt: start }, undefined)
      await store.save({ state: { ...state, revision: 2 }, indexedAt: start + 500 }, state)
      await expect.poll(async () => times(await overdue(sweeps, [subject], start + 499))).toEqual([])
      await expect.poll(async () => times(await overdue(sweeps, [subject], start + 500))).toEqual([start + 500])
    })

    test('hands out all of them, the longest overdue first, page by page', async () => {
      const { store, sweeps } = storeOf()
      const subjects = neighbours(many)
      // In another order than they are due.
      const due = subjects.map((_, index) => start + seconds((index * 37) % many))
      await Promise.all(
        subjects.map((subject, index) => store.save({ state: running(subject), indexedAt: due[index]! }, undefined)),
      )
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
      await store.save({ state, indexedAt: start }, undefined)
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
      expect(await store.load(state.id)).toEqual({ state, indexedAt: start })
      expect(await store.save({ state: { ...state, revision: 2 }, indexedAt: start }, state)).toBe('saved')
      expect(await sweeps.lease(state.id, start + 1, start + minutes(5))).toBeDefined()
    })

    test('is not for what has ended, nor for what never began', async () => {
      const { store, sweeps, state } = await held()
      await store.save({ state: ended(state) }, state)
      expect(await sweeps.lease(state.id, start, start + 1_000)).toBeUndefined()
      const never = `fulfil-order:${randomUUID()}`
      expect(await sweeps.lease(never, start, start + 1_000)).toBeUndefined()
      expect(await store.load(never)).toBeUndefined()
    })
  })
}
