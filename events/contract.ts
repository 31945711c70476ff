import * as z from 'zod'

/** The bounded contexts that own contracts; `saga` owns what the coordinator says, `recovery` what the desk says, `support` what is done about alarms. */
export const contexts = [
  'ordering',
  'inventory',
  'payments',
  'shipping',
  'notifications',
  'saga',
  'recovery',
  'support',
] as const
export type Context = (typeof contexts)[number]

export type Kind = 'event' | 'command' | 'reply'

/**
 * How often the effect of a message may happen (concept I5). The consumer enforces it:
 * `exactly-once-effect` by its inbox, `at-least-once` by being idempotent, `at-most-once` by never asking again.
 */
export type Delivery = 'at-most-once' | 'at-least-once' | 'exactly-once-effect'

export type ContractTerms = {
  readonly delivery?: Delivery
  /** Milliseconds after which doing what it says helps nobody any more; absent: never. Whoever does it then sets it aside, on record. */
  readonly worth?: number
  /** An event offered to consumers that this repository does not know; without the mark an unconsumed event fails the build. */
  readonly public?: boolean
  /** Paths of `data` that identify a person; masked in logs and lists. */
  readonly personal?: readonly string[]
}

/** What somebody wants to say, before an envelope makes it a message. */
export type Draft<Data = unknown, Name extends string = string> = {
  readonly contract: Contract<Data, Name>
  readonly data: Data
}

/**
 * One kind of message as a value. Static type, JSON Schema, EventBridge pattern, permissions and test data are derived
 * from it and written nowhere else. Calling it drafts a message of its kind.
 *
 * @example
 * ReserveStock({ orderId, lines: [{ sku: 'TEA-01', quantity: 2 }] })
 */
export type Contract<Data = unknown, Name extends string = string> = ((data: Data) => Draft<Data, Name>) & {
  readonly contractName: Name
  readonly version: number
  readonly kind: Kind
  readonly owner: Context
  /** The CloudEvents type, e.g. `ordering.OrderPlaced.v1`; also EventBridge's detail-type. */
  readonly type: string
  readonly schema: z.ZodType<Data>
  readonly delivery: Delivery
  readonly public: boolean
  readonly personal: readonly string[]
  readonly worth: number | undefined
}

export type DataOf<C> = C extends Contract<infer Data, string> ? Data : never
/** A contract of which only the kind is known: what collections of contracts hold. */
// biome-ignore lint/suspicious/noExplicitAny: a contract is contravariant in its data, so a heterogeneous list needs the top of both
export type AnyContract = Contract<any, string>
// biome-ignore lint/suspicious/noExplicitAny: as above
export type AnyDraft = Draft<any, string>

const define =
  (kind: Kind, defaultDelivery: Delivery) =>
  <Name extends string, Shape extends z.ZodRawShape>(
    owner: Context,
    name: Name,
    version: number,
    shape: Shape,
    terms: ContractTerms = {},
  ): Contract<z.infer<z.ZodObject<Shape>>, Name> => {
    // Tolerant inside: unknown fields are kept. The edge has strict schemas of its own.
    type Data = z.infer<z.ZodObject<Shape>>
    const schema = z.looseObject(shape) as unknown as z.ZodType<Data>
    const contract = ((data: Data) => ({ contract, data })) as Contract<Data, Name>
    return Object.assign(contract, {
      contractName: name,
      version,
      kind,
      owner,
      type: `${owner}.${name}.v${version}`,
      schema,
      delivery: terms.delivery ?? defaultDelivery,
      public: terms.public ?? false,
      personal: terms.personal ?? [],
      worth: terms.worth,
    })
  }

/** A fact that its owner publishes on the bus; consumers are idempotent. */
export const event = define('event', 'at-least-once')
/** A request to the owner's command queue; the owner's inbox makes its effect happen once. */
export const command = define('command', 'exactly-once-effect')
/** The owner's answer to a command, sent to the inbox of the saga that asked. */
export const reply = define('reply', 'at-least-once')
