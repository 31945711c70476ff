import type { Finding, SentMessage } from './evidence.ts'
import type { RecordState } from './participant.ts'

/** The replies to one kind of command, by their CloudEvents types; an undo has one only, and not all can be refused. */
export type RepliesTo = { readonly done: string; readonly refused?: string } | { readonly undone: string }

/** What a participant has on record for a command. `at`: when its state was committed, epoch milliseconds. */
export type OnRecord = {
  readonly state: RecordState | 'sold' | 'restocked'
  readonly because?: unknown
  readonly at: number
}

type Proof = 'nothing' | 'under-way' | 'done' | 'refused' | 'undone'

/** What each state proves of the command itself. An undo under way answers for it: it will not be done any more. */
const ofCommand: Readonly<Record<OnRecord['state'], Proof>> = {
  none: 'nothing',
  intent: 'under-way',
  done: 'done',
  sold: 'done',
  restocked: 'done',
  refused: 'refused',
  'undo-intent': 'refused',
  undone: 'refused',
  tombstone: 'refused',
}

/** What each state proves of the undo. What is still done, or being done, shows that no undo has come. */
const ofUndo: Readonly<Record<OnRecord['state'], Proof>> = {
  none: 'nothing',
  intent: 'nothing',
  done: 'nothing',
  sold: 'nothing',
  restocked: 'nothing',
  'undo-intent': 'under-way',
  refused: 'undone',
  undone: 'undone',
  tombstone: 'undone',
}

/**
 * What the record of a command proves about a message that does or undoes it. A final record proves that its answer was
 * sent, too: the record comes first, and who dies between the two is asked again. So the answer counts from then on.
 *
 * @example
 * recordShows(reserveStock, { state: 'done', at }, { done: StockReserved.type, refused: StockRefused.type })
 */
export const recordShows = (
  message: SentMessage,
  record: OnRecord | undefined,
  replies: RepliesTo,
): Finding | undefined => {
  const proof = record ? ('undone' in replies ? ofUndo : ofCommand)[record.state] : 'nothing'
  if (!record || proof === 'nothing') return undefined
  if (proof === 'under-way') return { id: message.id, as: 'under-way' }
  const type = (replies as Readonly<Record<string, string | undefined>>)[proof]
  // What cannot be refused and was is no answer: it is at the desk.
  if (type === undefined) return undefined
  const expired = proof === 'refused' && record.state === 'tombstone' && record.because === 'expired'
  return { id: message.id, as: expired ? 'expired' : 'handled', sent: [replyTo(message, type, record.at)] }
}

/** The answer to a command, as `answer` of `events/envelope.ts` names it. */
export const replyTo = (command: SentMessage, type: string, at: number): SentMessage => ({
  id: `${command.id}/${type.split('.')[1]}`,
  type,
  subject: command.subject,
  correlationId: command.correlationId,
  // A command may be asked again long after it was answered.
  at: Math.max(at, command.at),
  ...(command.answers ? { to: command.answers } : {}),
})
