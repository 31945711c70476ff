import { describe, expect, test } from 'vitest'
import { seeded } from '../../../labs/random.ts'
import { type Asking, admitter, evenShare, mostTenants, type Verdict } from '../../../reactive/admission.ts'

const now = 1_800_000_000_000
const half = { share: 0.5, expected: 10_000 }

/** Lets requests in at these rates a second, for a minute, and counts what became of each tenant's later half. */
const minute = (
  rates: Readonly<Record<string, number>>,
  inForce = half,
  priority: (tenant: string) => Asking['priority'] = () => 'normal',
) => {
  const random = seeded(3)
  const admit = admitter(random.next)
  const counts: Record<string, { asked: number; admitted: number; because: Record<string, number> }> = {}
  const requests = Object.entries(rates).flatMap(([tenant, rate]) =>
    Array.from({ length: rate * 60 }, () => ({ tenant, at: random.next() * 60_000 })),
  )
  for (const { tenant, at } of requests.toSorted((a, b) => a.at - b.at)) {
    const verdict = admit({ tenant, priority: priority(tenant) }, inForce, now + at)
    if (at < 30_000) continue
    counts[tenant] ??= { asked: 0, admitted: 0, because: {} }
    const count = counts[tenant]
    count.asked++
    if (verdict.admitted) count.admitted++
    else count.because[verdict.because] = (count.because[verdict.because] ?? 0) + 1
  }
  return (tenant: string) => ({
    share: counts[tenant]!.admitted / counts[tenant]!.asked,
    because: counts[tenant]!.because,
  })
}

describe('an even share', () => {
  test.each([
    [[1, 2, 10], 7, 4],
    [[5, 5], 5, 2.5],
    [[1, 1], 10, Number.POSITIVE_INFINITY],
    [[], 5, Number.POSITIVE_INFINITY],
    [[3], 0, 0],
  ])('of %j from %d is %d', (amounts, capacity, expected) => expect(evenShare(amounts, capacity)).toBe(expected))
})

describe('admission', () => {
  test('lets everybody in while all are admitted', () => {
    expect(minute({ a: 30, b: 1 }, { share: 1, expected: 0 })('a').share).toBe(1)
  })

  test('admits the share that is in force', () => {
    expect(Math.abs(minute({ a: 40 })('a').share - 0.5)).toBeLessThan(0.05)
  })

  test('refuses the noisy tenant for its noise, and the quiet ones not at all', () => {
    const of = minute({ noisy: 60, a: 3, b: 3, c: 3 })
    for (const quiet of ['a', 'b', 'c']) expect(of(quiet).share).toBe(1)
    expect(Math.abs(of('noisy').share - (0.5 * 69 - 9) / 60)).toBeLessThan(0.05)
    expect(Object.keys(of('noisy').because)).toEqual(['over-share'])
  })

  test('refuses a tenant among its like for the overload', () => {
    const of = minute({ a: 20, b: 20, c: 20 })
    expect(Math.abs(of('a').share - 0.5)).toBeLessThan(0.08)
    expect(of('a').because.overloaded!).toBeGreaterThan(0)
    expect(of('a').because['over-share'] ?? 0).toBe(0)
  })

  test('refuses a tenant that is alone for the overload: it takes nothing from anybody', () => {
    expect(Object.keys(minute({ only: 40 })('only').because)).toEqual(['overloaded'])
  })

  test('serves the high priorities before the low ones', () => {
    const of = minute({ urgent: 10, usual: 20, patient: 30 }, half, (tenant) =>
      tenant === 'urgent' ? 'high' : tenant === 'usual' ? 'normal' : 'low',
    )
    expect(of('urgent').share).toBe(1)
    expect(of('usual').share).toBeGreaterThan(0.98)
    expect(of('patient').share).toBeLessThan(0.1)
  })

  test('forgets who has been quiet', () => {
    const random = seeded(1)
    const admit = admitter(random.next)
    for (let n = 0; n < 500; n++) admit({ tenant: 'noisy', priority: 'normal' }, half, now)
    const later = (): Verdict[] =>
      Array.from({ length: 20 }, (_, n) =>
        admit({ tenant: 'noisy', priority: 'normal' }, { share: 0.9, expected: 0 }, now + 600_000 + n * 1_000),
      )
    expect(later().filter(({ admitted }) => admitted).length).toBeGreaterThan(14)
  })

  test('takes no harm from a clock that is set back', () => {
    const admit = admitter(() => 0.1)
    admit({ tenant: 'a', priority: 'normal' }, half, now)
    expect(admit({ tenant: 'a', priority: 'normal' }, half, now - 3_600_000).admitted).toBe(true)
  })
})

describe('the wait that a refusal asks for', () => {
  const waits = (expected: number) => {
    const random = seeded(9)
    const admit = admitter(random.next)
    const all = Array.from({ length: 400 }, () =>
      admit({ tenant: 'a', priority: 'normal' }, { share: 0.02, expected }, now),
    )
    return all.flatMap((verdict) => (verdict.admitted ? [] : [verdict.retryAfter]))
  }
  test('is spread about the time that work waits', () => {
    const all = waits(20_000)
    expect([Math.min(...all), Math.max(...all)]).toEqual([10, 30])
    expect(new Set(all).size).toBeGreaterThan(15)
  })
  test.each([
    [0, 1, 3],
    [600_000, 60, 60],
  ])('at %d ms is from %d to %d seconds', (expected, from, to) => {
    const all = waits(expected)
    expect([Math.min(...all), Math.max(...all)]).toEqual([from, to])
  })
})

describe('tenants by the thousand', () => {
  test('are told apart up to a limit, and the noisy one still is beyond it', () => {
    const random = seeded(2)
    const admit = admitter(random.next)
    let refusedQuiet = 0
    let refusedNoisy = 0
    for (let n = 0; n < 4 * mostTenants; n++) {
      for (let more = 0; more < 2; more++)
        if (!admit({ tenant: 'noisy', priority: 'normal' }, half, now + n).admitted) refusedNoisy++
      if (!admit({ tenant: `quiet-${n}`, priority: 'normal' }, half, now + n).admitted) refusedQuiet++
    }
    expect(refusedQuiet).toBe(0)
    expect(refusedNoisy).toBeGreaterThan(mostTenants)
  })

  test('a name of ten kilobytes is a name like any other', () => {
    const admit = admitter(() => 0.99)
    const [one, other] = ['x'.repeat(10_240), `${'x'.repeat(10_239)}y`]
    for (let n = 0; n < 50; n++) admit({ tenant: one, priority: 'normal' }, half, now)
    expect(admit({ tenant: one, priority: 'normal' }, half, now).admitted).toBe(false)
    expect(admit({ tenant: other, priority: 'normal' }, half, now).admitted).toBe(true)
  })
})

test('a moment in which next to nothing is let in does not cost the quiet tenants their place', () => {
  const admit = admitter(() => 0.99)
  const ask = (tenant: string, share: number, at: number) =>
    admit({ tenant, priority: 'normal' }, { share, expected: 0 }, now + at).admitted
  for (let n = 0; n < 300; n++) {
    for (let more = 0; more < 5; more++) ask('noisy', 0.4, n * 200)
    if (n % 10 === 0) ask(`quiet-${(n / 10) % 3}`, 0.4, n * 200)
  }
  expect([ask('quiet-1', 0.05, 60_100), ask('noisy', 0.05, 60_100)]).toEqual([true, false])
})
