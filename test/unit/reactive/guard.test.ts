import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type BreakerStore, memoryBreakerStore } from '../../../reactive/breaker-store.ts'
import { type Guard, guardOf, type Heard, type Pass } from '../../../reactive/guard.ts'
import { budgetTerms, retryBudget } from '../../../reactive/retry-budget.ts'
import { minutes, seconds } from '../../../reactive/time.ts'
import { breakerStoreSuite, instances, terms } from '../../support/breaker-store-suite.ts'

breakerStoreSuite('in memory', memoryBreakerStore)

/** A store that counts what it is asked, and fails when told to. */
const counted = () => {
  const store = memoryBreakerStore()
  const its = { reads: 0, writes: 0, away: false }
  const away = () => {
    if (its.away) throw new Error('the table does not answer')
  }
  const through: BreakerStore = {
    load: async (dependency) => {
      its.reads += 1
      away()
      return store.load(dependency)
    },
    save: async (dependency, breaker, version) => {
      its.writes += 1
      away()
      return store.save(dependency, breaker, version)
    },
  }
  return { store: through, its }
}

const trip = async ({ guards, call }: Pick<ReturnType<typeof instances>, 'guards' | 'call'>) => {
  for (let i = 0; i < 4; i++) await call(guards[0]!, false)
}

describe('what a breaker costs while all is well', () => {
  test('is one read a second and no write, however many calls', async () => {
    const { store, its: asked } = counted()
    const { guards, call, its } = instances(store, 1)
    for (let i = 0; i < 1_000; i++) {
      await call(guards[0]!, true)
      its.now += 10
    }
    expect(asked.writes).toBe(0)
    expect(asked.reads).toBeLessThanOrEqual(10)
  })

  test('is one read for calls that begin at the same time', async () => {
    const { store, its } = counted()
    const { guards } = instances(store, 1)
    await Promise.all(Array.from({ length: 10 }, () => guards[0]!.enter('first')))
    expect(its.reads).toBe(1)
  })

  test('is a write a second once somebody has seen trouble, and so the good calls count', async () => {
    const { store, its: asked } = counted()
    const { guards, call, its, state } = instances(store, 1)
    await call(guards[0]!, false)
    for (let i = 0; i < 100; i++) {
      its.now += 100
      await call(guards[0]!, true)
    }
    expect(asked.writes).toBeLessThanOrEqual(12)
    expect(await state()).toMatchObject({ state: 'closed' })
    await call(guards[0]!, false)
    await call(guards[0]!, false)
    expect(await state()).toMatchObject({ state: 'closed' })
  })
})

describe('the names in logs and metrics', () => {
  test('say open when no calls are made, half-open when one is, closed when all are', async () => {
    const its = instances(memoryBreakerStore(), 1)
    const [guard] = its.guards as [Guard]
    await trip(its)
    expect(its.lines).toMatchObject([
      {
        level: 'warn',
        message: `the breaker of ${its.dependency} is open: no calls are made`,
        entry: { from: 'closed', to: 'open', because: 'unanswered', times: 1 },
      },
    ])
    expect(its.sumOf('BreakerOpened')).toBe(1)
    expect(await its.call(guard, true)).toBe(false)
    expect(its.sumOf('PartnerCallsPostponed')).toBe(1)
    expect(await guard.isClosed()).toBe(false)

    its.its.now += terms.open
    const pass = await guard.enter('first')
    expect(pass).toMatchObject({ may: 'call', probe: true })
    expect(its.lines.at(-1)).toMatchObject({ level: 'info', entry: { from: 'open', to: 'half-open' } })
    if (pass.may === 'call') await pass.heard({ answered: true, took: 50 })
    await its.call(guard, true)
    expect(its.lines.at(-1)).toMatchObject({
      message: `the breaker of ${its.dependency} is closed: calls are made`,
      entry: { from: 'half-open', to: 'closed' },
    })
    expect(await guard.isClosed()).toBe(true)
    expect(its.sumOf('BreakerOpened')).toBe(1)
  })

  test('count a breaker that opens again after a bad probe', async () => {
    const its = instances(memoryBreakerStore(), 1)
    await trip(its)
    its.its.now += terms.open
    expect(await its.call(its.guards[0]!, false)).toBe(true)
    expect(its.lines.at(-1)).toMatchObject({ entry: { from: 'half-open', to: 'open', times: 2 } })
    expect(its.sumOf('BreakerOpened')).toBe(2)
  })
})

describe('a store that cannot be reached', () => {
  test('lets calls through, and says so', async () => {
    const { store, its } = counted()
    const world = instances(store, 1)
    its.away = true
    expect(await world.call(world.guards[0]!, true)).toBe(true)
    expect(world.sumOf('BreakerUnreachable')).toBe(1)
    expect(world.lines).toMatchObject([{ level: 'warn', entry: { because: 'the table does not answer' } }])
  })

  test('is asked once a second, not before every call', async () => {
    const { store, its } = counted()
    const world = instances(store, 1)
    its.away = true
    for (let i = 0; i < 50; i++) await world.call(world.guards[0]!, true)
    expect(its.reads).toBe(1)
  })

  test('lets calls through to what is known to be down: an outage of ours is none of the partner’s', async () => {
    const { store, its } = counted()
    const world = instances(store, 1)
    await trip(world)
    expect(await world.call(world.guards[0]!, true)).toBe(false)
    its.away = true
    world.its.now += 1_001
    expect(await world.call(world.guards[0]!, true)).toBe(true)
  })

  test('takes up again where it was', async () => {
    const { store, its } = counted()
    const world = instances(store, 1)
    await trip(world)
    its.away = true
    world.its.now += 1_001
    await world.call(world.guards[0]!, true)
    its.away = false
    world.its.now += 1_001
    expect(await world.call(world.guards[0]!, true)).toBe(false)
  })
})

describe('slow answers', () => {
  const world = () => {
    const its = instances(memoryBreakerStore(), 1)
    const call = async (took: number) => its.call(its.guards[0]!, true, took)
    return { ...its, slowly: call }
  }

  test('open a breaker that has learnt how quick its partner is', async () => {
    const { slowly, state } = world()
    for (let i = 0; i < 50; i++) await slowly(40 + (i % 10))
    for (let i = 0; i < 4; i++) await slowly(1_200)
    expect(await state()).toMatchObject({ state: 'open', because: 'slow' })
  })

  test('of a partner that has always been slow are not slow', async () => {
    const { slowly, state } = world()
    for (let i = 0; i < 50; i++) await slowly(900 + (i % 10) * 60)
    for (let i = 0; i < 4; i++) await slowly(1_400)
    expect(await state()).toMatchObject({ state: 'closed' })
  })

  test('that nearly take the whole time are slow, whatever was learnt', async () => {
    const { slowly, state } = world()
    for (let i = 0; i < 4; i++) await slowly(2_500)
    expect(await state()).toMatchObject({ state: 'open', because: 'slow' })
  })

  test('are got used to: a partner that is slower for good is called again', async () => {
    const its = world()
    for (let i = 0; i < 50; i++) await its.slowly(45)
    let refused = 0
    for (let i = 0; i < 400; i++) {
      if (!(await its.slowly(1_200))) refused += 1
      its.its.now += 500
    }
    expect(refused).toBeGreaterThan(0)
    its.its.now += minutes(2)
    for (let i = 0; i < 20; i++) expect(await its.slowly(1_200)).toBe(true)
    expect(await its.state()).toMatchObject({ state: 'closed' })
  })

  test('make a probe bad when they nearly take the whole time', async () => {
    const its = world()
    await trip(its)
    its.its.now += terms.open
    await its.slowly(2_400)
    expect(await its.state()).toMatchObject({ state: 'open', because: 'slow', times: 2 })
  })
})

describe('a call that repeats what was asked before', () => {
  test('is put off when the budget is used up, and blames nobody', async () => {
    const its = instances(memoryBreakerStore(), 1)
    const [guard] = its.guards as [Guard]
    const again = async (): Promise<Pass['may']> => {
      const pass = await guard.enter('repeated')
      if (pass.may === 'call') await pass.heard({ answered: true, took: 50 })
      return pass.may
    }
    for (let i = 0; i < budgetTerms.reserve; i++) expect(await again()).toBe('call')
    expect(await again()).toBe('wait')
    expect(its.sumOf('PartnerRetriesWithheld')).toBe(1)
    its.its.now += seconds(1)
    expect(await again()).toBe('call')
    expect(await its.state()).toMatchObject({ state: 'closed' })
  })

  test('goes on without the budget once it was let in, and never past the breaker', async () => {
    const its = instances(memoryBreakerStore(), 1)
    const [guard] = its.guards as [Guard]
    for (let i = 0; i < budgetTerms.reserve; i++) await guard.enter('repeated')
    expect(await guard.enter('repeated')).toMatchObject({ may: 'wait' })
    expect(await guard.enter('further')).toMatchObject({ may: 'call' })
    its.its.now += seconds(1)
    // Neither has it paid in, nor taken out.
    expect(await guard.enter('repeated')).toMatchObject({ may: 'call' })
    expect(await guard.enter('repeated')).toMatchObject({ may: 'wait' })
    await trip(its)
    expect(await guard.enter('further')).toMatchObject({ may: 'wait' })
  })

  test('probes without a budget: one at a time amplifies nothing', async () => {
    const its = instances(memoryBreakerStore(), 1)
    const [guard] = its.guards as [Guard]
    for (let i = 0; i < budgetTerms.reserve; i++) await guard.enter('repeated')
    await trip(its)
    its.its.now += terms.open
    // What trickled in meanwhile is taken out first.
    expect(await guard.enter('repeated')).toMatchObject({ may: 'call', probe: true })
  })
})

describe('a probe that is not made after all', () => {
  test('leaves the breaker half-open, for the next', async () => {
    const its = instances(memoryBreakerStore(), 2)
    await trip(its)
    its.its.now += terms.open
    const pass = await its.guards[0]!.enter('first')
    if (pass.may === 'call') await pass.heard('unused')
    expect(await its.state()).toMatchObject({ state: 'half-open', answered: 0 })
    its.its.now += 1_001
    expect(await its.guards[1]!.enter('first')).toMatchObject({ may: 'call', probe: true })
  })
})

describe('whatever instances do in whatever order', () => {
  type Act = { who: number; pass: number; heard: Heard }
  const acts = fc.array(
    fc.record({
      who: fc.nat(3),
      pass: fc.nat(1_500),
      heard: fc.oneof(
        fc.constant<Heard>('unused'),
        fc.record({ answered: fc.boolean(), took: fc.integer({ min: -100, max: 3_000 }) }),
      ),
    }),
    { maxLength: 120 },
  )

  test('at most one probe is under way, and each state follows from the one before', async () => {
    await fc.assert(
      fc.asyncProperty(acts, async (acts: Act[]) => {
        const store = memoryBreakerStore()
        let now = Date.UTC(2026, 0, 1)
        const states: string[] = []
        const watching: BreakerStore = {
          load: store.load,
          save: async (dependency, breaker, version) => {
            const before = (await store.load(dependency)).breaker.state
            const saved = await store.save(dependency, breaker, version)
            if (saved && before !== breaker.state) states.push(`${before} → ${breaker.state}`)
            return saved
          },
        }
        const guards = Array.from({ length: 4 }, () =>
          guardOf({
            dependency: 'x',
            store: watching,
            terms,
            callTakes: 3_000,
            budget: retryBudget(budgetTerms, () => now),
            clock: () => now,
            random: () => 0.5,
            unique: randomUUID,
            measure: () => undefined,
            log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
          }),
        )
        const probing = new Map<number, number>()
        for (const { who, pass: passes, heard } of acts) {
          now += passes
          const pass = await guards[who]!.enter('first')
          if (pass.may === 'wait') continue
          if (pass.probe) {
            // Those whose lease has run out count no more.
            for (const [other, since] of probing) if (now - since >= terms.probe) probing.delete(other)
            expect([...probing.keys()]).toEqual([])
            probing.set(who, now)
          }
          if (heard === 'unused' && pass.probe && passes % 2) continue
          await pass.heard(heard)
          probing.delete(who)
        }
        const allowed = ['closed → open', 'open → half-open', 'half-open → open', 'half-open → closed']
        expect(states.filter((state) => !allowed.includes(state))).toEqual([])
      }),
      { numRuns: 200 },
    )
  })
})
