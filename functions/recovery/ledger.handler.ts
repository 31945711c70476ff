import { SQSClient } from '@aws-sdk/client-sqs'
import * as z from 'zod'
import type { Message } from '../../events/envelope.ts'
import { counted } from '../../reactive/counted.ts'
import { documentClient } from '../../reactive/database.ts'
import { handledAnswer, type Question, saidAnswer, sentAnswer } from '../../reactive/evidence.ts'
import { invoked } from '../../reactive/invoked.ts'
import { ownLambda } from '../../reactive/lambda.ts'
import { observe } from '../../reactive/observation.ts'
import { sendAll } from '../../reactive/send.ts'
import { deskWitness } from './ledger/desk.ts'
import { resend } from './ledger/resend.ts'
import { type LedgerOptions, runLedger } from './ledger/run.ts'
import { dynamoLedger } from './ledger/store.ts'
import { ledgerEnvironment } from './ledger.environment.ts'

const { DESK_TABLE, LEDGER_TABLE, LEDGER_SHARE, NAME_PREFIX, WITNESSES, SENDERS, SUBSCRIPTIONS, QUEUE_URLS, timing } =
  ledgerEnvironment()
const db = documentClient()
const { invoke } = ownLambda()
const sqs = counted(new SQSClient({}))
const observed = observe('/recovery')
const { log } = observed

const named = (thing: string) => `${NAME_PREFIX}${thing}`
const queueUrlOf = (thing: string) => {
  const url = QUEUE_URLS[named(thing)]
  if (url) return url
  throw new Error(`There is no queue ${thing}; known: ${Object.keys(QUEUE_URLS).join(', ')}.`)
}
const subscribers = new Map<string, string[]>()
for (const [queue, types] of Object.entries(SUBSCRIPTIONS))
  for (const type of types) subscribers.set(type, [...(subscribers.get(type) ?? []), queue])

/** Asks a context's evidence and waits for the answer: nothing is sent that could get lost. */
const ask = async <Answer>(witness: string, question: Question, answer: z.ZodType<Answer>): Promise<Answer> =>
  answer.parse(JSON.parse(await invoke(named(witness), question)))

const ports = {
  store: dynamoLedger(db, LEDGER_TABLE),
  subscribersOf: (type: string) => subscribers.get(type) ?? [],
  witnessOf: (subscriber: string) => {
    const witness = WITNESSES[subscriber]
    if (witness) return witness
    throw new Error(`Nobody can be asked what became of messages in ${subscriber}; WITNESSES names no evidence for it.`)
  },
  ask: async (witness: string, messages: Extract<Question, { ask: 'handled' }>['messages']) =>
    (await ask(witness, { ask: 'handled', messages }, handledAnswer)).found,
  senders: SENDERS,
  sent: async (sender: string, from: string, to: string) =>
    (await ask(sender, { ask: 'sent', from, to }, sentAnswer)).sent,
  desk: deskWitness(db, DESK_TABLE, named),
  clock: Date.now,
  share: LEDGER_SHARE,
}

const graceMs = z.int().min(0).optional()
const request = z.object({
  look: z.object({ graceMs }).optional(),
  resend: z
    .object({ id: z.string(), queue: z.string(), by: z.string().min(1), reason: z.string().min(1), graceMs })
    .optional(),
})

/**
 * Runs on a schedule, and keeps what it finds. Somebody who only wants to know invokes it with `{ "look": {} }`: the same
 * answer, nothing kept; `graceMs` asks with another patience than the stage's. `{ "resend": … }` gives a missing message to
 * the one who misses it once more.
 *
 * @throws Error, after everything that could be reconciled was, when somebody could not be asked.
 */
export const handler = invoked(
  '/recovery',
  async (event: unknown, { line }) => {
    const { look, resend: wanted } = request.parse(event)
    if (wanted) {
      const { graceMs = timing.ledgerGrace } = wanted
      const result = await resend(
        { ...wanted, graceMs },
        {
          look: (grace) => runLedger(ports, { grace, mode: 'look' }),
          say: async (sender, message) =>
            ((await ask(sender, { ask: 'say', message }, saidAnswer)).said as Message | null) ?? undefined,
          send: (queue, message) => sendAll(sqs, queueUrlOf(queue), [{ message }]),
          note: ports.store.note,
          clock: Date.now,
        },
      )
      line('info', 'resend', { ...result, by: wanted.by, reason: wanted.reason })
      return result
    }
    const options: LedgerOptions = { grace: look?.graceMs ?? timing.ledgerGrace, mode: look ? 'look' : 'keep' }
    const report = await runLedger(ports, options)
    if (look) {
      line('info', 'looked', { drift: report.drift.length, pairs: report.pairs })
      return report
    }
    const { drift, flows, pairs, behindMs, unanswered, questions } = report
    observed.measure('LedgerDrift', drift.length)
    for (const { id, subscriber, sender, since, remedy } of drift.slice(0, 20))
      log.error(`drift: ${id} of ${sender} is missing at ${subscriber}: ${remedy}`, {
        message_id: id,
        subscriber,
        since,
      })
    line(unanswered.length > 0 ? 'warn' : 'info', 'reconciled', {
      ...flows,
      pairs,
      drift: drift.length,
      behind_ms: behindMs,
      questions,
      unanswered,
    })
    if (unanswered.length > 0) throw new Error(`The ledger could not ask everybody. ${unanswered.join('; ')}`)
    return report
  },
  observed,
)
