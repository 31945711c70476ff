import type { Message } from '../../events/envelope.ts'
import { type Clock, iso } from '../../reactive/time.ts'
import { type ActRefusal, beginDiscard, completeDiscard, type Doing, openDiscard } from './acts.ts'
import { answerOf, type NoAnswer } from './answer.ts'
import type { Payloads } from './payloads.ts'
import type { DeskRecord, Payload } from './record.ts'
import type { DeskStore } from './store.ts'

export type DiscardRequest = Omit<Doing, 'at' | 'plan'> & {
  readonly recordId: string
  readonly erase: boolean
  readonly answer: 'refused' | 'none'
}
export type DiscardResult =
  /** `answer`: what its saga was told; of a discard that was taken over, what the first one asked for. */
  | { readonly record: DeskRecord; readonly answer: 'refused' | 'none' }
  | ActRefusal
  | NoAnswer
  | { readonly refused: 'unknown-record'; readonly detail: string }

/** The payload of a record, as far as it is there: what somebody has begun to erase may be gone from where it was kept. */
export const leftOf = async (
  record: DeskRecord,
  payload: Payload,
  payloads: Pick<Payloads, 'fetch'>,
): Promise<Payload> => (openDiscard(record)?.erase ? payload : payloads.fetch(payload))

/**
 * Puts a message away for good: the intent is committed, the saga that waits for it is told and what is kept of it
 * elsewhere is erased, each when that was asked for, the completion is committed. Whoever dies in between leaves an open record with a discard begun, which the next request
 * completes under its first reason.
 */
export const discard = async (
  { recordId, erase, answer, ...doing }: DiscardRequest,
  {
    desk,
    payloads,
    tellSaga,
    clock,
  }: {
    readonly desk: Pick<DeskStore, 'update'>
    readonly payloads: Pick<Payloads, 'forget'>
    /** Puts a message on the queue of operators' acts on sagas. */
    readonly tellSaga: (message: Message) => Promise<void>
    readonly clock: Clock
  },
): Promise<DiscardResult> => {
  let refusal: ActRefusal | NoAnswer | undefined
  const at = iso(clock())
  const begun = await desk.update(recordId, (before) => {
    refusal = undefined
    if (!before) return undefined
    const told = answer === 'none' ? undefined : answerOf(before, { ...doing, at })
    const after = told && 'refused' in told ? told : beginDiscard(before, { ...doing, at, erase, answer })
    if (!('refused' in after)) return after
    refusal = after
    return before
  })
  if (refusal) return refusal
  if (!begun) return { refused: 'unknown-record', detail: `There is no failed message ${recordId}.` }
  const act = openDiscard(begun)
  if (act?.answer === 'refused') {
    const told = answerOf(begun, act)
    if (!('refused' in told)) await tellSaga(told)
  }
  if (act?.erase) {
    for (const payload of [begun.payload, begun.original, ...(begun.earlier ?? [])]) await payloads.forget(payload)
  }
  const record = await desk.update(recordId, (before) => before && completeDiscard(before, iso(clock())))
  return { record: record!, answer: act?.answer ?? 'none' }
}
