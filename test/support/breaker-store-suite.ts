import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { type Breaker, type BreakerTerms, closed } from '../../reactive/breaker.ts'
import { absent, type BreakerStore } from '../../reactive/breaker-store.ts'
import { type Guard, guardOf } from '../../reactive/guard.ts'
import { budgetTerms, retryBudget } from '../../reactive/retry-budget.ts'
import { minutes, seconds } from '../../reactive/time.ts'
import { observedInMemory } from './observation.ts'

const t0 = Date.UTC(2026, 0, 5, 12)
export const terms: BreakerTerms = {
  window: minutes(1),
  least: 4,
  unanswered: 0.5,
  slow: 0.8,
  open: seconds(10),
  longest: minutes(1),
  probe: seconds(5),
  probes: 2,
}
const open: Breaker = { state: 'open', since: t0, until: t0 + 10_000, times: 1, because: 'unanswered' }

/** Several instances before one dependency, each with a guard of its own, one clock and one store. */
export const instances = (store: BreakerStore, count: number, dependency: string = randomUUID()) => {
  const its = { now: t0 }
  const { observation, lines, sumOf } = observedInMemory('/payments')
  const guards: Guard[] = Array.from({ length: count }, () =>
    guardOf({
      dependency,
      store,
      terms,
      callTakes: 3_000,
      budget: retryBudget(budgetTerms, () => its.now),
      clock: () => its.now,
      random: () => 1,
      unique: randomUUID,
      measure: observation.measure,
      log: observation.log,
    }),
  )
  /** One call of one instance; says whether it was let through. */
  const call = async (guard: Guard, answered: boolean, took = 50) => {
    const pass = await guard.enter('first')
    if (pass.may === 'wait') return false
    await pass.heard({ answered, took })
    return true
  }
  return { its, guards, call, lines, sumOf, dependency, state: async () => (await store.load(dependency)).breaker }
}

/** What every store of breakers promises, whatever keeps it, and what guards make of it: for the fake and the real thing. */
export const breakerStoreSuite = (name: string, storeOf: () => BreakerStore) => {
  describe(`${name}: breakers`, () => {
    test('are closed as long as nobody has said otherwise', async () => {
      expect(await storeOf().load(randomUUID())).toEqual(absent)
    })

    test('are written over the version that was read, and over no other', async () => {
      const [store, dependency] = [storeOf(), randomUUID()]
      expect(await store.save(dependency, open, 0)).toBe(true)
      expect(await store.save(dependency, closed, 0)).toBe(false)
      const { breaker, version } = await store.load(dependency)
      expect(breaker).toEqual(open)
      expect(await store.save(dependency, closed, version)).toBe(true)
      expect(await store.save(dependency, open, version)).toBe(false)
      expect((await store.load(dependency)).breaker).toEqual(closed)
    })

    test('are kept whole, probe and evidence included', async () => {
      const store = storeOf()
      const half: Breaker = {
        state: 'half-open',
        since: t0,
        times: 3,
        answered: 1,
        probe: { by: 'me', from: t0, until: t0 + 1 },
      }
      const watched: Breaker = { state: 'closed', evidence: [{ from: t0, calls: 3, unanswered: 1, slow: 1 }] }
      for (const breaker of [half, watched]) {
        const dependency = randomUUID()
        await store.save(dependency, breaker, 0)
        expect((await store.load(dependency)).breaker).toEqual(breaker)
      }
    })

    test('of several dependencies know nothing of each other', async () => {
      const [store, one, other] = [storeOf(), randomUUID(), randomUUID()]
      await store.save(one, open, 0)
      expect((await store.load(other)).breaker).toEqual(closed)
    })

    test('have one winner, however many write at once', async () => {
      const [store, dependency] = [storeOf(), randomUUID()]
      const wrote = await Promise.all(Array.from({ length: 12 }, () => store.save(dependency, open, 0)))
      expect(wrote.filter(Boolean)).toHaveLength(1)
    })
  })

  describe(`${name}: instances that share a breaker`, () => {
    test('open it together, though none of them saw enough by itself', async () => {
      const { guards, call, state, its } = instances(storeOf(), 4)
      for (const guard of guards) expect(await call(guard, false)).toBe(true)
      expect(await state()).toMatchObject({ state: 'open', because: 'unanswered' })
      its.now += 1_001
      for (const guard of guards) expect(await call(guard, true)).toBe(false)
    })

    test('probe one at a time when its time is over, and close it together', async () => {
      const { guards, call, state, its } = instances(storeOf(), 8)
      for (const guard of guards.slice(0, 4)) await call(guard, false)
      its.now += terms.open
      const passes = await Promise.all(guards.map((guard) => guard.enter('first')))
      const through = passes.filter((pass) => pass.may === 'call')
      expect(through).toHaveLength(1)
      expect(await state()).toMatchObject({ state: 'half-open' })

      await through[0]!.heard({ answered: true, took: 50 })
      its.now += 1_001
      expect(await call(guards[7]!, true)).toBe(true)
      expect(await state()).toEqual({ ...closed, since: its.now })
      its.now += 1_001
      for (const guard of guards) expect(await call(guard, true)).toBe(true)
    })

    test('lose no evidence when they tell it at the same time', async () => {
      const { guards, state } = instances(storeOf(), 3)
      const passes = await Promise.all(guards.map((guard) => guard.enter('first')))
      await Promise.all(passes.map((pass) => pass.may === 'call' && pass.heard({ answered: false, took: 3_000 })))
      expect(await state()).toMatchObject({ state: 'closed', evidence: [{ calls: 3, unanswered: 3 }] })
    })
  })
}
