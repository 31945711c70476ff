import { describe, expect, test } from 'vitest'
import { hunted } from '../hunted.ts'
import { deskFaults, runDesk } from './desk.ts'
import { deskBugs } from './desk-bugs.ts'

const schedules = 250

describe('the recovery desk on a simulated cloud', () => {
  test('loses, doubles and forgets nothing under every fault, and the ledger knows it', {
    timeout: 300_000,
  }, async () => {
    const faults: Record<string, number> = {}
    const seen = {
      ...{ automatic: 0, cleared: 0, unobserved: 0, failures: 0, records: 0, redrives: 0 },
      ...{ stolen: 0, named: 0, resent: 0 },
    }
    for (let seed = 1; seed <= schedules; seed++) {
      const result = await runDesk(seed)
      expect(result.violations, `seed ${seed}`).toEqual([])
      for (const kind of deskFaults) faults[kind] = (faults[kind] ?? 0) + result.faults[kind]
      for (const name of Object.keys(seen) as (keyof typeof seen)[]) seen[name] += result[name]
    }
    // A search that never met a fault, or never had to make up for one, would prove little.
    expect(deskFaults.filter((kind) => !faults[kind])).toEqual([])
    expect(seen.records).toBeGreaterThan(schedules * 20)
    expect(seen.failures).toBeGreaterThan(seen.records)
    expect(seen.automatic).toBeGreaterThan(schedules * 10)
    expect(seen.redrives - seen.automatic - seen.cleared).toBeGreaterThan(schedules)
    expect(seen.cleared).toBeGreaterThan(schedules)
    expect(seen.unobserved).toBeGreaterThan(20)
    // The thief was there, the ledger has named what was gone, and it was given to the consumer once more.
    expect(seen.stolen).toBeGreaterThan(schedules / 2)
    expect(seen.named).toBeGreaterThan(schedules)
    expect(seen.resent).toBeGreaterThan(schedules)
  })

  test('gives the same run to the letter for the same seed', async () => {
    expect(await runDesk(7)).toEqual(await runDesk(7))
  })
})

describe('the proof of the desk is proved: the simulation finds', () => {
  test.each(deskBugs.map(({ name, breaks }) => [name, breaks]))('%s (%s)', { timeout: 200_000 }, async (name) => {
    const found = await hunted('./test/simulation/plant.ts', 'test/simulation/desk-hunt.ts', name, '200')
    expect(found).toMatchObject({ seed: expect.any(Number), violation: expect.any(String) })
  })
})
