import { failureClasses } from '../../reactive/failure.ts'
import type { Measure } from '../../reactive/metering.ts'
import { type EpochMs, fromIso } from '../../reactive/time.ts'
import type { Group } from './groups.ts'

/**
 * Counts what is open on the desk, by class, and says for how long the oldest of it has failed. Every class is counted, so
 * that none is a number and not the lack of one. `firsts`: when open messages failed for the first time.
 *
 * @example
 * measureOpen(await desk.groups({ all: false }), firsts, clock(), measure)
 */
export const measureOpen = (
  groups: readonly Pick<Group, 'class' | 'open'>[],
  firsts: readonly string[],
  now: EpochMs,
  measure: Measure,
): void => {
  for (const failureClass of failureClasses) {
    const count = groups.reduce((sum, group) => sum + (group.class === failureClass ? group.open : 0), 0)
    measure('FailuresOpen', count, { class: failureClass })
  }
  const oldest = Math.min(now, ...firsts.map(fromIso))
  measure('OldestFailure', Math.round((now - oldest) / 1_000))
}
