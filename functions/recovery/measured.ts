import { failureClasses } from '../../reactive/failure.ts'
import type { Measure } from '../../reactive/metering.ts'
import { type EpochMs, fromIso } from '../../reactive/time.ts'
import type { Group } from './groups.ts'

/**
 * Counts what is open on the desk, by class, and says for how long the group that has been open the longest has failed.
 * Every class is counted, so that none is a number and not the lack of one.
 *
 * @example
 * measureOpen(await desk.groups({ all: false }), clock(), measure)
 */
export const measureOpen = (
  groups: readonly Pick<Group, 'class' | 'open' | 'firstSeen'>[],
  now: EpochMs,
  measure: Measure,
): void => {
  const open = groups.filter((group) => group.open > 0)
  for (const failureClass of failureClasses) {
    const count = open.reduce((sum, group) => sum + (group.class === failureClass ? group.open : 0), 0)
    measure('FailuresOpen', count, { class: failureClass })
  }
  const oldest = Math.min(now, ...open.map(({ firstSeen }) => fromIso(firstSeen)))
  measure('OldestFailure', Math.round((now - oldest) / 1_000))
}
