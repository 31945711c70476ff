import { type Admitter, type Asking, admitter, type Verdict } from './admission.ts'
import type { AdmissionStore, Shared } from './admission-store.ts'
import type { Log } from './log.ts'
import type { Measure } from './metering.ts'
import { type BrownOut, isBlind, open, type Regulation, type RegulatorTerms, regulate } from './regulator.ts'
import { type Clock, type EpochMs, type Millis, seconds } from './time.ts'

/** The door of one instance of a regulated API. */
export type Gate = {
  /** Whether new work of somebody is let in. */
  readonly admit: (asking: Asking) => Promise<Verdict>
  /** How much that is optional is switched off. */
  readonly level: () => Promise<BrownOut>
}

/** The door of what is not regulated. */
export const openGate: Gate = {
  admit: async () => ({ admitted: true }),
  level: async () => 0,
}

type GatePorts = {
  readonly store: AdmissionStore
  readonly terms: RegulatorTerms
  readonly clock: Clock
  /** From 0 to 1. */
  readonly random: () => number
  readonly measure: Measure
  readonly log: Pick<Log, 'warn'>
}

/** How long an instance goes by what it saw. */
const lookEvery: Millis = seconds(1)
/** Longer than this nobody waits for the table: it is there to keep requests quick. */
const lookWithin: Millis = 300
/** How long an instance goes by what it saw last when the table cannot be reached; then it lets everybody in. */
const trustFor: Millis = seconds(10)

type InForce = Pick<Regulation, 'share' | 'expected' | 'level'>
const nothingInForce: InForce = { share: 1, expected: 0, level: 0 }

/**
 * Regulates what is let in, together with all other instances: each looks at the shared state once a second, and whoever
 * finds that nobody has taken the regulator's step for a second takes it.
 *
 * Declared answers: a table that cannot be reached leaves in force what was seen last for ten seconds and then opens the
 * door; missing or stale readings count as no pressure; both are measured as `AdmissionBlind`. An operator's `off` opens
 * the door until its time is over, and is measured as `AdmissionOff`.
 *
 * @example
 * const verdict = await gate.admit({ tenant: 'acme', priority: 'normal' })
 */
export const gate = ({ store, terms, clock, random, measure, log }: GatePorts): Gate => {
  const admit: Admitter = admitter(random)
  let inForce: InForce = nothingInForce
  let lookedAt: EpochMs | undefined
  let seenAt: EpochMs | undefined
  let admittedLately = false
  let looking: Promise<void> | undefined

  const step = async ({ regulation, revision, readings }: Shared, now: EpochMs): Promise<void> => {
    const before = regulation ?? open(now)
    const elapsed = now - before.at
    if (regulation && elapsed >= 0 && elapsed < lookEvery) {
      inForce = regulation
      return
    }
    const next = regulate(before, readings, now, terms, admittedLately)
    inForce = next
    if (!(await store.save(next, revision))) return
    admittedLately = false
    measure('AdmittedShare', Math.round(next.share * 1_000) / 10)
    measure('ExpectedWait', next.expected)
    measure('BrownOutLevel', next.level)
    measure('AdmissionBlind', isBlind(next, now) ? 1 : 0)
  }

  const look = async (now: EpochMs): Promise<void> => {
    try {
      const shared = await within(store.look(), lookWithin)
      seenAt = now
      if (shared.off && shared.off.until > now) {
        inForce = nothingInForce
        measure('AdmissionOff', 1)
        return
      }
      await within(step(shared, now), lookWithin)
    } catch (error) {
      measure('AdmissionBlind', 1)
      const since = seenAt === undefined ? Number.POSITIVE_INFINITY : now - seenAt
      if (since > trustFor || since < 0) inForce = nothingInForce
      log.warn('the state of admission could not be read or written', { error: error as Error, share: inForce.share })
    }
  }

  const current = async (): Promise<InForce> => {
    const now = clock()
    const since = lookedAt === undefined ? Number.POSITIVE_INFINITY : now - lookedAt
    // A clock that was set back must not make an old look last until it has caught up.
    if (since >= lookEvery || since < 0) {
      lookedAt = now
      looking = look(now).finally(() => {
        looking = undefined
      })
    }
    if (looking) await looking
    return inForce
  }

  return {
    admit: async (asking) => {
      const verdict = admit(asking, await current(), clock())
      if (verdict.admitted) {
        admittedLately = true
        measure('WorkAdmitted', 1)
      } else measure('WorkShed', 1, { refusal: verdict.because })
      return verdict
    },
    level: async () => (await current()).level,
  }
}

const within = async <T>(work: Promise<T>, ms: Millis): Promise<T> => {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`the table of controls did not answer within ${ms} ms`)), ms)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
