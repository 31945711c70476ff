import type { Clock } from '../../reactive/time.ts'
import { beginRedrive, completeRedrive, type DeskRecord, type RedriveRefusal, textOf } from './record.ts'
import type { DeskStore } from './store.ts'

export type RedriveRequest = {
  readonly recordId: string
  /** Unique to this request; names the act in the history. */
  readonly actId: string
  readonly by: string
  readonly reason: string
}

export type RedriveResult =
  | { readonly record: DeskRecord }
  | RedriveRefusal
  | { readonly refused: 'unknown-record' | 'unknown-queue'; readonly detail: string }

type Tools = {
  readonly desk: Pick<DeskStore, 'load' | 'update'>
  /** Hands a body to the queue of that name; resolves once the queue has it. */
  readonly send: (queue: string, body: string) => Promise<void>
  readonly knows: (queue: string) => boolean
  readonly clock: Clock
}

/**
 * Puts a failed message back where it failed, under its own id and to the letter.
 *
 * Three steps: the intent is committed, the message is sent, the completion is committed. Whoever dies after the first
 * leaves a record `redriving`; the next request takes it over and sends again. That may put the message on its queue
 * twice, never not at all, and twice is harmless: the id is the same, so the consumer's inbox answers the second time
 * from its record.
 */
export const redrive = async (request: RedriveRequest, { desk, send, knows, clock }: Tools): Promise<RedriveResult> => {
  const { recordId, ...act } = request
  const record = await desk.load(recordId)
  if (!record) return { refused: 'unknown-record', detail: `There is no failed message ${recordId}.` }
  if (record.origin !== null && !knows(record.origin))
    return {
      refused: 'unknown-queue',
      detail: `${recordId} was found in ${record.deadLetterQueue}; there is no queue ${record.origin} that it could go back to.`,
    }

  let refusal: RedriveRefusal | undefined
  const at = new Date(clock()).toISOString()
  const intent = await desk.update(recordId, (before) => {
    const begun = beginRedrive(before ?? record, { ...act, at })
    refusal = 'refused' in begun ? begun : undefined
    return 'refused' in begun ? before : begun
  })
  if (refusal) return refusal

  await send(intent!.origin!, textOf(intent!.payload))
  const done = await desk.update(
    recordId,
    (before) => before && completeRedrive(before, new Date(clock()).toISOString()),
  )
  return { record: done! }
}
