import * as z from 'zod'
import type { AnyContract, AnyDraft, Contract } from './contract.ts'
import type { Writable } from './writable.ts'

/** Ids and names are keys of tables, parts of ids, and shown to people; longer ones are nobody's. */
const longestWord = 256
const word = z.string().min(1).max(longestWord)

const priorities = ['high', 'normal', 'low'] as const

/**
 * CloudEvents 1.0 attributes with the platform's extensions. `time` and `deadline` are RFC 3339 in UTC;
 * `deadline` is when the answer stops being of use to the sender (absent: never).
 *
 * @see https://github.com/cloudevents/spec/blob/v1.0.2/cloudevents/spec.md
 */
const attributes = {
  specversion: z.literal('1.0'),
  id: word,
  /** Who says it: `/ordering`, `/saga/fulfil-order`. */
  source: word,
  type: word,
  /** What it is about: an order's id. */
  subject: word,
  time: z.iso.datetime(),
  dataschema: word.optional(),
  datacontenttype: z.literal('application/json'),
  data: z.unknown(),
  /** The business flow that it belongs to. */
  correlationid: word,
  /** The id of the message that caused it; in a reply, the command's id. */
  causationid: word.optional(),
  traceparent: word.optional(),
  tenantid: word.optional(),
  deadline: z.iso.datetime().optional(),
  priority: z.enum(priorities).optional(),
  /** In a compensation: the id of the command that it undoes. */
  undoes: word.optional(),
  /** When a message with this id was first sent; redelivery and redrive keep it (the deduplication horizon counts from it). */
  firstsent: z.iso.datetime().optional(),
}

/** DynamoDB keeps nothing that is nested deeper than 32 levels, and what keeps a message wraps it in some of its own. */
const deepest = 24

const isShallow = (value: unknown, levels = deepest): boolean => {
  if (typeof value !== 'object' || value === null) return true
  if (levels === 0) return false
  // Every part of every message comes by here: what is a list is gone through as one.
  if (Array.isArray(value)) {
    for (const inner of value) if (typeof inner === 'object' && !isShallow(inner, levels - 1)) return false
    return true
  }
  for (const name in value) {
    const inner = (value as Record<string, unknown>)[name]
    if (typeof inner === 'object' && !isShallow(inner, levels - 1)) return false
  }
  return true
}

export const envelopeSchema = z
  .looseObject(attributes)
  .refine((envelope) => isShallow(envelope), `is nested deeper than ${deepest} levels`)

const datetime = z.regexes.datetime({})
const isWord = (value: unknown): boolean => typeof value === 'string' && value.length > 0 && value.length <= longestWord
const isTime = (value: unknown): boolean => typeof value === 'string' && datetime.test(value)

/**
 * Whether the schema surely accepts this as it is. Everything that anybody says is read through here, and nearly all of it
 * is in order; whatever is not plainly so is left to the schema, which alone says what is wrong.
 */
export const isPlainEnvelope = (raw: unknown): raw is Envelope => {
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw) || Object.hasOwn(raw, '__proto__')) return false
  const its = raw as Partial<Record<keyof Envelope, unknown>>
  return (
    its.specversion === '1.0' &&
    its.datacontenttype === 'application/json' &&
    isWord(its.id) &&
    isWord(its.source) &&
    isWord(its.type) &&
    isWord(its.subject) &&
    isWord(its.correlationid) &&
    isTime(its.time) &&
    'data' in its &&
    (its.dataschema === undefined || isWord(its.dataschema)) &&
    (its.causationid === undefined || isWord(its.causationid)) &&
    (its.traceparent === undefined || isWord(its.traceparent)) &&
    (its.tenantid === undefined || isWord(its.tenantid)) &&
    (its.undoes === undefined || isWord(its.undoes)) &&
    (its.deadline === undefined || isTime(its.deadline)) &&
    (its.firstsent === undefined || isTime(its.firstsent)) &&
    (its.priority === undefined || (priorities as readonly unknown[]).includes(its.priority)) &&
    isShallow(its)
  )
}

export type Envelope = z.infer<z.ZodObject<typeof attributes>>
export type Message<Data = unknown> = Omit<Envelope, 'data'> & { readonly data: Data }

export type Addressing = {
  readonly id: string
  readonly source: string
  readonly subject: string
  readonly time: string
  readonly correlationid: string
} & Partial<
  Pick<Envelope, 'causationid' | 'traceparent' | 'tenantid' | 'deadline' | 'priority' | 'undoes' | 'firstsent'>
>

/**
 * Puts a draft into its envelope. Ids are the caller's business and deterministic: derived from what caused the message,
 * so that every redelivery carries the same one.
 *
 * @example
 * seal(StockReserved({ orderId }), { id: `${command.id}/reply`, source: '/inventory', subject: orderId, time, correlationid })
 */
export const seal = <D extends AnyDraft>({ contract: { type }, data }: D, its: Addressing): Message<D['data']> => {
  const { id, source, subject, time, correlationid } = its
  const message: Writable<Message<D['data']>> = {
    specversion: '1.0',
    type,
    dataschema: `urn:neverstop:${type}`,
    datacontenttype: 'application/json',
    id,
    source,
    subject,
    time,
    correlationid,
    data,
  }
  // On the way of every message, hence no detour over entries.
  if (its.causationid !== undefined) message.causationid = its.causationid
  if (its.traceparent !== undefined) message.traceparent = its.traceparent
  if (its.tenantid !== undefined) message.tenantid = its.tenantid
  if (its.deadline !== undefined) message.deadline = its.deadline
  if (its.priority !== undefined) message.priority = its.priority
  if (its.undoes !== undefined) message.undoes = its.undoes
  if (its.firstsent !== undefined) message.firstsent = its.firstsent
  return message
}

/** The reply to a command: one id per command and outcome, the command as its cause, trace and tenant carried over. */
export const answer = <D extends AnyDraft>(draft: D, to: Message, source: string, time: string): Message<D['data']> =>
  seal(draft, {
    id: `${to.id}/${draft.contract.contractName}`,
    source,
    subject: to.subject,
    time,
    correlationid: to.correlationid,
    causationid: to.id,
    traceparent: to.traceparent,
    tenantid: to.tenantid,
  })

export type Parsed<Data> =
  | { readonly ok: true; readonly message: Message<Data> }
  | {
      readonly ok: false
      readonly problem: 'not-json' | 'not-an-envelope' | 'unknown-type' | 'unknown-version' | 'contract-violation'
      readonly detail: string
    }

/** Reads a message of one of the given contracts. Never throws: what cannot be read is a value that says why. */
export const parse = <C extends AnyContract>(
  text: string,
  contracts: readonly C[],
): Parsed<C extends Contract<infer D, string> ? D : never> & { contract?: C } => {
  let raw: unknown
  try {
    raw = JSON.parse(text)
  } catch (error) {
    return { ok: false, problem: 'not-json', detail: (error as Error).message }
  }
  const envelope = isPlainEnvelope(raw) ? { success: true as const, data: raw } : envelopeSchema.safeParse(raw)
  if (!envelope.success) return { ok: false, problem: 'not-an-envelope', detail: z.prettifyError(envelope.error) }
  const contract = byType(contracts).get(envelope.data.type)
  if (!contract) {
    const family = envelope.data.type.replace(/\.v\d+$/, '')
    const sibling = contracts.find(({ type }) => type.replace(/\.v\d+$/, '') === family)
    return sibling
      ? {
          ok: false,
          problem: 'unknown-version',
          detail: `${envelope.data.type} is not known here yet; known: ${sibling.type}`,
        }
      : {
          ok: false,
          problem: 'unknown-type',
          detail: `${envelope.data.type} is not handled here; handled: ${contracts.map(({ type }) => type).join(', ')}`,
        }
  }
  const data = contract.schema.safeParse(envelope.data.data)
  if (!data.success)
    return { ok: false, problem: 'contract-violation', detail: `${contract.type}: ${z.prettifyError(data.error)}` }
  // It was made of the text just now, so nobody else has it.
  envelope.data.data = data.data
  return { ok: true, contract, message: envelope.data as never }
}

const listed = new WeakMap<readonly AnyContract[], ReadonlyMap<string, AnyContract>>()

/** A consumer reads the same list for as long as it lives. */
const byType = <C extends AnyContract>(contracts: readonly C[]): ReadonlyMap<string, C> => {
  const known = listed.get(contracts)
  if (known) return known as ReadonlyMap<string, C>
  const types = new Map(contracts.map((contract) => [contract.type, contract]))
  listed.set(contracts, types)
  return types
}
