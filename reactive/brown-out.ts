import type { AdmissionStore } from './admission-store.ts'
import type { BrownOut } from './regulator.ts'
import { type Clock, type EpochMs, type Millis, seconds } from './time.ts'

/** How long one look is good for. */
const lookEvery: Millis = seconds(1)
/** A level that the regulator found longer ago than this is over: no new work has come since. */
const validFor: Millis = seconds(15)

/**
 * How much that is optional is switched off, for a consumer that nobody waits for. A table that cannot be read is no reason
 * to switch anything off.
 *
 * @example
 * if ((await level()) >= 1) throw new PostponedError(clock() + seconds(15), 'there is more urgent work')
 */
export const brownOut = ({ look }: Pick<AdmissionStore, 'look'>, clock: Clock): (() => Promise<BrownOut>) => {
  let known: { readonly at: EpochMs; readonly level: Promise<BrownOut> } | undefined
  const levelAt = async (now: EpochMs): Promise<BrownOut> => {
    try {
      const { regulation, off } = await look()
      if (!regulation || (off && off.until > now)) return 0
      return Math.abs(now - regulation.at) <= validFor ? regulation.level : 0
    } catch {
      return 0
    }
  }
  return () => {
    const now = clock()
    if (!known || now - known.at >= lookEvery || now < known.at) known = { at: now, level: levelAt(now) }
    return known.level
  }
}
