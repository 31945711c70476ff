import { Difference } from './difference.ts'
import type { GuaranteeId } from './guarantees.ts'
import type { Lab } from './lab.ts'

/** One behaviour of AWS that the platform relies on, and how it is seen on any endpoint. */
export type Check = {
  /** Stable: results of earlier versions are compared by it. */
  id: `${string}.${string}`
  /** What AWS does, in one sentence. */
  behaviour: string
  /** What of the platform depends on it. */
  guarantee: GuaranteeId
  /** Returns when the behaviour was seen; throws a `Difference` with what was seen instead. */
  run: (lab: Lab) => Promise<void>
}

/** Holds what was seen against what AWS does. */
export const must: (holds: boolean, seen: string) => asserts holds = (holds, seen) => {
  if (!holds) throw new Difference(seen)
}

/** What did not come in time is a difference. */
export const present = <T>(found: T | undefined, missing: string): T => {
  if (found === undefined) throw new Difference(missing)
  return found
}

/** The name under which a call was refused, or undefined when it was not. */
export const refusalOf = async (call: Promise<unknown>): Promise<string | undefined> => {
  try {
    await call
    return undefined
  } catch (error) {
    return error instanceof Error ? error.name : String(error)
  }
}
