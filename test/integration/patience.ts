import { inject } from 'vitest'
import { type Patience, until as untilShown } from '../../cli/wait.ts'
import { paceOf } from '../../local/pace.ts'

/**
 * As long as a wait may last on this cloud, of what it may last on the embedded one. The only place that knows.
 *
 * @example
 * patience(60_000) // 180_000 on LocalStack
 */
export const patience = (milliseconds: number): number => milliseconds * paceOf(inject('chosen').cloud)

/** Looks again and again until there is something to show, as patiently as this cloud needs. */
export const until = <T>(look: () => Promise<T | undefined>, { within, ...how }: Patience): Promise<T | undefined> =>
  untilShown(look, { ...how, within: patience(within) })
