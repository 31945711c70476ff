import * as z from 'zod'
import type { AnyContract, AnyDraft, Contract } from './contract.ts'

/** Ids and names are keys of tables, parts of ids, and shown to people; longer ones are nobody's. */
const word = z.string().min(1).max(256)

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
  priority: z.enum(['high', 'normal', 'low']).optional(),
  /** In a compensation: the id of the command that it undoes. */
  undoes: word.optional(),
  /** When a message with this id was first sent; redelivery and redrive keep it (the deduplication horizon counts from it). */
  firstsent: z.iso.datetime().optional(),
}

/** DynamoDB keeps nothing that is nested deeper than 32 levels, and what keeps a message wraps it in some of its own. */
const deepest = 24

const isShallow = (value: unknown, levels = deepest): boolean => {
  if (typeof value !== 'object' || value === null) return true
  return levels > 0 && Object.values(value).every((inner) => isShallow(inner, levels - 1))
}

export const envelopeSchema = z
  .looseObject(attributes)
  .refine((envelope) => isShallow(envelope), `is nested deeper than ${deepest} levels`)

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
export const seal = <D extends AnyDraft>(draft: D, addressing: Addressing): Message<D['data']> => ({
  specversion: '1.0',
  type: draft.contract.type,
  dataschema: `urn:neverstop:${draft.contract.type}`,
  datacontenttype: 'application/json',
  ...withoutUndefined(addressing),
  data: draft.data,
})

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
  const envelope = envelopeSchema.safeParse(raw)
  if (!envelope.success) return { ok: false, problem: 'not-an-envelope', detail: z.prettifyError(envelope.error) }
  const contract = contracts.find(({ type }) => type === envelope.data.type)
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
  return { ok: true, contract, message: { ...envelope.data, data: data.data } as never }
}

/** On the way of every message, hence a loop and no detour over entries. */
const withoutUndefined = <T extends object>(value: T): T => {
  const kept = {} as T
  for (const name in value) if (value[name] !== undefined) kept[name] = value[name]
  return kept
}
