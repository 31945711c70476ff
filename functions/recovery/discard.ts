import { type Clock, iso } from '../../reactive/time.ts'
import { type ActRefusal, beginDiscard, completeDiscard, type Doing } from './acts.ts'
import type { Payloads } from './payloads.ts'
import type { DeskRecord } from './record.ts'
import type { DeskStore } from './store.ts'

export type DiscardRequest = Omit<Doing, 'at' | 'plan'> & { readonly recordId: string; readonly erase: boolean }
export type DiscardResult =
  | { readonly record: DeskRecord }
  | ActRefusal
  | { readonly refused: 'unknown-record'; readonly detail: string }

/**
 * Puts a message away for good: the intent is committed, what is kept of it elsewhere is erased when that was asked for,
 * the completion is committed. Whoever dies in between leaves an open record with a discard begun, which the next request
 * completes under its first reason.
 */
export const discard = async (
  { recordId, erase, ...doing }: DiscardRequest,
  {
    desk,
    payloads,
    clock,
  }: {
    readonly desk: Pick<DeskStore, 'update'>
    readonly payloads: Pick<Payloads, 'forget'>
    readonly clock: Clock
  },
): Promise<DiscardResult> => {
  let refusal: ActRefusal | undefined
  const at = iso(clock())
  const begun = await desk.update(recordId, (before) => {
    refusal = undefined
    if (!before) return undefined
    const after = beginDiscard(before, { ...doing, at, erase, answer: 'none' })
    if (!('refused' in after)) return after
    refusal = after
    return before
  })
  if (refusal) return refusal
  if (!begun) return { refused: 'unknown-record', detail: `There is no failed message ${recordId}.` }
  if (begun.history.findLast(({ act }) => act === 'discard')!.erase) {
    await payloads.forget(begun.payload)
    await payloads.forget(begun.original)
  }
  const record = await desk.update(recordId, (before) => before && completeDiscard(before, iso(clock())))
  return { record: record! }
}
