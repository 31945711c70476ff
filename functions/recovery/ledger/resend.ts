import type { Message } from '../../../events/envelope.ts'
import type { SentMessage } from '../../../reactive/evidence.ts'
import { type Clock, iso, type Millis } from '../../../reactive/time.ts'
import type { LedgerReport } from './report.ts'
import type { Act } from './store.ts'

export type ResendRequest = {
  readonly id: string
  /** The queue, without the stage, on which it is missed. */
  readonly queue: string
  readonly by: string
  readonly reason: string
  readonly graceMs: Millis
}

export type Resent =
  | { readonly resent: string; readonly queue: string }
  | { readonly refused: 'not-missing' | 'cannot-be-said'; readonly detail: string }

type Tools = {
  readonly look: (graceMs: Millis) => Promise<Pick<LedgerReport, 'drift'>>
  /** The message as its sender would say it now. */
  readonly say: (sender: string, message: SentMessage) => Promise<Message | undefined>
  readonly send: (queue: string, message: Message) => Promise<void>
  readonly note: (act: Act) => Promise<void>
  readonly clock: Clock
}

/**
 * Gives a message that is missing to the one who misses it, once more and under its own id, as its sender says it. Only
 * what the ledger itself finds missing is sent, so that nothing is invented; whoever has handled it after all answers
 * from its record. Who did it and why is noted before the message goes out.
 */
export const resend = async (request: ResendRequest, { look, say, send, note, clock }: Tools): Promise<Resent> => {
  const { id, queue, by, reason, graceMs } = request
  const { drift } = await look(graceMs)
  const missing = drift.find((one) => one.id === id && one.subscriber === queue)
  if (!missing)
    return { refused: 'not-missing', detail: `${id} is not missing at ${queue}; the ledger lists what is, and where.` }
  const { sender, type, subject, since } = missing
  const message = await say(sender, { id, type, subject, correlationId: subject, at: Date.parse(since) })
  if (!message)
    return {
      refused: 'cannot-be-said',
      detail: `${sender} cannot say ${id} again. A reply comes again when its saga asks again; a saga's history does not.`,
    }
  await note({ at: iso(clock()), act: 'resend', id, queue, by, reason })
  await send(queue, message)
  return { resent: id, queue }
}
