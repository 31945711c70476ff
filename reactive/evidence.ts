import * as z from 'zod'
import { envelopeSchema, type Message } from '../events/envelope.ts'
import { allEnded } from './all-ended.ts'
import { type Invocation, invoked } from './invoked.ts'
import { type Foresight, foresight } from './rehearsal.ts'

/**
 * How the ledger and the desk ask a context about messages, and what they are told. Only what is committed counts: a log
 * line, a counter or the depth of a queue proves nothing about one message.
 */

/** A message as its sender is committed to it. `at`: when it was first sent, epoch milliseconds. */
export const sentMessage = z.object({
  id: z.string().min(1),
  type: z.string().min(1),
  subject: z.string().min(1),
  correlationId: z.string().min(1),
  at: z.number(),
  /** In a compensation: the command that it undoes. */
  undoes: z.string().optional(),
  /** The one queue, without the stage, that it was sent to; absent: whoever takes its type. */
  to: z.string().optional(),
  /** The queue, without the stage, on which the sender awaits the answer. */
  answers: z.string().optional(),
})
export type SentMessage = z.infer<typeof sentMessage>

/**
 * What a consumer's records say of a message; of one that they do not mention nothing is said. `sent` is what the consumer
 * is itself committed to because of it, so that whoever asks can follow a flow from record to record.
 *
 * - `handled`: its effect is committed
 * - `expired`: it came too late, and that is committed
 * - `under-way`: it was taken on and is not finished; the consumer's own clock takes care of it
 * - `postponed`: no record mentions it, and it may have been put back: it needs a partner that is not called now
 */
export const finding = z.object({
  id: z.string(),
  as: z.enum(['handled', 'expired', 'under-way', 'postponed']),
  sent: z.array(sentMessage).optional(),
})
export type Finding = z.infer<typeof finding>

/** Times are ISO 8601; `from` is in, `to` is out. */
const question = z.discriminatedUnion('ask', [
  z.object({ ask: z.literal('handled'), messages: z.array(sentMessage).readonly() }),
  z.object({ ask: z.literal('sent'), from: z.iso.datetime(), to: z.iso.datetime() }),
  z.object({ ask: z.literal('say'), message: sentMessage }),
  z.object({ ask: z.literal('would'), bodies: z.array(z.string()).readonly() }),
])
export type Question = z.input<typeof question>

export const handledAnswer = z.object({ found: z.array(finding) })
export const sentAnswer = z.object({ sent: z.array(sentMessage) })
export const saidAnswer = z.object({ said: envelopeSchema.nullable() })
/** In the order of the question's bodies. */
export const wouldAnswer = z.object({ would: z.array(foresight) })

/** What a context can say about messages from its own records. */
export type Evidence = {
  readonly handled: (messages: readonly SentMessage[]) => Promise<readonly Finding[]>
  /** What this context first sent in a span of time; only of one whose messages are caused by nothing before them. */
  readonly sent?: (from: string, to: string) => Promise<readonly SentMessage[]>
  /** The message itself, as its sender would say it now; undefined when it has no reason to any more. */
  readonly say?: (message: SentMessage) => Promise<Message | undefined>
  /** What its consumers would make of messages if they came now, to the letter; absent where nobody can tell. */
  readonly would?: (bodies: readonly string[]) => Promise<readonly Foresight[]>
}

/**
 * The handler behind which a context shows its evidence, read only. It is invoked by the ledger and the desk, and waits for
 * nobody.
 *
 * @throws Error for a question that it does not understand, and for what was sent where nothing begins.
 *
 * @example
 * export const handler = evidenceHandler('/notifications', { handled: noticesShow(notices) })
 */
export const evidenceHandler = (service: string, evidence: Evidence) =>
  invoked<unknown, object>(service, testify(service, evidence))

/** What `evidenceHandler` does with one question, without its Lambda. */
export const testify =
  (service: string, { handled, sent, say, would }: Evidence) =>
  async (
    event: unknown,
    { line }: Pick<Invocation, 'line'>,
  ): Promise<
    | { found: readonly Finding[] }
    | { sent: readonly SentMessage[] }
    | { said: Message | null }
    | { would: readonly Foresight[] }
  > => {
    const asked = question.parse(event)
    const about = 'messages' in asked ? asked.messages.length : 'bodies' in asked ? asked.bodies.length : undefined
    line('info', `asked: ${asked.ask}`, about === undefined ? {} : { messages: about })
    if (asked.ask === 'handled') return { found: await handled(asked.messages) }
    if (asked.ask === 'say') return { said: (await say?.(asked.message)) ?? null }
    if (asked.ask === 'would') return { would: (await would?.(asked.bodies)) ?? asked.bodies.map(() => untold) }
    if (!sent) throw new Error(`${service} begins no flow: what it sends is shown by what it has handled.`)
    return { sent: await sent(asked.from, asked.to) }
  }

const untold: Foresight = { says: 'not-asked', because: 'its consumer cannot tell before it is sent' }

/** Findings of several kinds of message, each asked of who knows its type; types that nobody knows are found nowhere. */
export const byType =
  (known: Readonly<Record<string, (messages: readonly SentMessage[]) => Promise<readonly Finding[]>>>) =>
  async (messages: readonly SentMessage[]): Promise<readonly Finding[]> => {
    const askers = new Map<(typeof known)[string], SentMessage[]>()
    for (const message of messages) {
      const asker = Object.hasOwn(known, message.type) ? known[message.type] : undefined
      if (asker) askers.set(asker, [...(askers.get(asker) ?? []), message])
    }
    const found = await allEnded([...askers].map(([asker, theirs]) => asker(theirs)))
    return found.flat()
  }
