import type { EpochMs, Millis } from './time.ts'

/** How many messages wait in a queue, at an instant. */
export type Depth = { readonly waiting: number; readonly at: EpochMs }

/**
 * How a backlog goes on if everything stays as it was between two looks. `draining`: it is gone in `within`. `growing`: it
 * never is; `by` so many messages a second. `still`: it neither grows nor shrinks. `unclear`: the looks prove nothing.
 */
export type Drain =
  | { readonly is: 'empty' | 'still' | 'unclear' }
  | { readonly is: 'draining'; readonly within: Millis }
  | { readonly is: 'growing'; readonly by: number }

/**
 * When a backlog will be gone: what waits, by what is taken out of it more than comes in.
 *
 * @example
 * drain({ waiting: 900, at: 0 }, { waiting: 600, at: 10_000 }) // { is: 'draining', within: 20_000 }
 */
export const drain = (before: Depth, after: Depth): Drain => {
  const elapsed = after.at - before.at
  if (!(elapsed > 0) || ![before.waiting, after.waiting].every((count) => Number.isFinite(count) && count >= 0))
    return { is: 'unclear' }
  if (after.waiting === 0) return { is: 'empty' }
  const perSecond = ((after.waiting - before.waiting) * 1_000) / elapsed
  if (perSecond === 0) return { is: 'still' }
  if (perSecond > 0) return { is: 'growing', by: perSecond }
  return { is: 'draining', within: Math.round((after.waiting * 1_000) / -perSecond) }
}
