import { describe, expect, test } from 'vitest'
import type { AdmissionStore, Off, Shared } from '../../../reactive/admission-store.ts'
import { gate } from '../../../reactive/gate.ts'
import { memoryMeter } from '../../../reactive/metering.ts'
import type { Reading } from '../../../reactive/pressure.ts'
import { least, open, type Regulation } from '../../../reactive/regulator.ts'
import { seconds } from '../../../reactive/time.ts'

const start = 1_800_000_000_000
const asking = { tenant: 'acme', priority: 'normal' } as const
const terms = { objective: seconds(30), path: { inbox: 5, payments: 1 } }

/** A table of controls in memory, which counts how often it is asked and can be unreachable. */
const memoryControls = () => {
  const state = {
    regulation: undefined as Regulation | undefined,
    revision: 0,
    readings: [] as readonly Reading[],
    off: undefined as Off | undefined,
    looks: 0,
    saves: 0,
    fault: 'none' as 'none' | 'fails' | 'hangs',
  }
  const store: AdmissionStore = {
    look: async (): Promise<Shared> => {
      state.looks++
      if (state.fault === 'fails') throw new Error('no such table')
      if (state.fault === 'hangs') await new Promise(() => undefined)
      return state
    },
    save: async (regulation, seen) => {
      if (seen !== state.revision) return false
      state.saves++
      Object.assign(state, { regulation, revision: seen + 1 })
      return true
    },
  }
  return { state, store }
}

const instance = (controls = memoryControls(), random = () => 0.99) => {
  let now = start
  const meter = memoryMeter('/ordering')
  const warnings: string[] = []
  const door = gate({
    store: controls.store,
    terms,
    clock: () => now,
    random,
    measure: meter.measure,
    log: { warn: (message: string) => void warnings.push(message) } as never,
  })
  const last = (name: string) => meter.taken.findLast((taken) => taken.name === name)?.value
  return {
    ...controls,
    door,
    warnings,
    taken: meter.taken,
    last,
    pass: (ms: number) => {
      now += ms
    },
    now: () => now,
  }
}
const closed = (now: number): Regulation => ({ ...open(now), share: least, expected: 12_000, level: 2 })

describe('the door of an instance', () => {
  test('is open when nothing is known yet', async () => {
    const { door, last } = instance()
    expect(await door.admit(asking)).toEqual({ admitted: true })
    expect([last('WorkAdmitted'), last('AdmittedShare')]).toEqual([1, 100])
  })

  test('looks at the shared state once a second, however many come', async () => {
    const { door, state, pass } = instance()
    for (let n = 0; n < 50; n++) await door.admit(asking)
    expect(state.looks).toBe(1)
    pass(999)
    await door.admit(asking)
    expect(state.looks).toBe(1)
    pass(1)
    await Promise.all([door.admit(asking), door.admit(asking), door.level()])
    expect(state.looks).toBe(2)
  })

  test('goes by what another instance has found', async () => {
    const { door, state, last } = instance()
    state.regulation = closed(start)
    const first = await door.admit(asking)
    expect(first).toMatchObject({ admitted: false, because: 'overloaded' })
    expect(await door.level()).toBe(2)
    expect([state.saves, last('WorkShed')]).toEqual([0, 1])
  })

  test('takes the step that nobody has taken for a second, once for all instances', async () => {
    const controls = memoryControls()
    const [one, other] = [instance(controls), instance(controls)]
    for (const { door } of [one, other]) await door.admit(asking)
    for (let second = 1; second <= 10; second++) {
      for (const it of [one, other]) {
        it.pass(1_000)
        controls.state.readings = [{ queue: 'payments', age: second * 750, messages: 10, at: it.now() }]
        await it.door.admit(asking)
      }
    }
    expect(controls.state.saves).toBe(11)
    expect(controls.state.regulation!.share).toBeLessThan(0.5)
  })

  test('measures what is in force', async () => {
    const { door, state, pass, now, last } = instance()
    await door.admit(asking)
    pass(1_000)
    state.readings = [{ queue: 'payments', age: 14_000, messages: 10, at: now() }]
    await door.admit(asking)
    expect([last('ExpectedWait'), last('BrownOutLevel'), last('AdmissionBlind')]).toEqual([14_000, 2, 0])
  })
})

describe('a table of controls that cannot be reached', () => {
  test.each(['fails', 'hangs'] as const)(
    'and %s: what was seen last is in force for ten seconds, then the door is open',
    async (fault) => {
      const { door, state, pass, last, warnings } = instance()
      state.regulation = closed(start)
      expect((await door.admit(asking)).admitted).toBe(false)
      state.fault = fault
      pass(5_000)
      expect((await door.admit(asking)).admitted).toBe(false)
      expect([last('AdmissionBlind'), warnings.length]).toEqual([1, 1])
      pass(5_001)
      expect((await door.admit(asking)).admitted).toBe(true)
      expect(await door.level()).toBe(0)
    },
  )

  test('and comes back: what it says counts again', async () => {
    const { door, state, pass, now } = instance()
    state.fault = 'fails'
    expect((await door.admit(asking)).admitted).toBe(true)
    state.fault = 'none'
    pass(1_000)
    state.regulation = closed(now())
    expect((await door.admit(asking)).admitted).toBe(false)
  })

  test('is asked again when the clock was set back', async () => {
    const { door, state, pass } = instance()
    await door.admit(asking)
    pass(-3_600_000)
    await door.admit(asking)
    expect(state.looks).toBe(2)
  })
})

describe('consumers that nobody hears', () => {
  test('make the door blind, not shut', async () => {
    const { door, pass, last } = instance()
    for (let second = 0; second < 30; second++) {
      expect((await door.admit(asking)).admitted).toBe(true)
      pass(1_000)
    }
    expect(last('AdmissionBlind')).toBe(1)
  })
})

describe("an operator's off", () => {
  test('opens the door and is measured for as long as it lasts', async () => {
    const { door, state, pass, last } = instance()
    state.regulation = closed(start)
    state.off = { until: start + 60_000, reason: 'a measurement' }
    expect((await door.admit(asking)).admitted).toBe(true)
    expect(await door.level()).toBe(0)
    expect(last('AdmissionOff')).toBe(1)
    pass(60_000)
    state.regulation = closed(start + 60_000)
    expect((await door.admit(asking)).admitted).toBe(false)
  })
})
