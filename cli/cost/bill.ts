import type { PriceName, Usage } from '../../infra/prices/prices.ts'
import { refusedOf } from '../../reactive/call-units.ts'
import type { CallCount } from '../../reactive/counted.ts'
import type { FunctionSeen } from './seen.ts'

/** What is known of a stage's functions without running them. */
export type Functions = {
  /** Megabytes by handler. */
  readonly memory: ReadonlyMap<string, number>
  /** Handlers that a queue invokes. */
  readonly queued: ReadonlySet<string>
  /** Handlers that the clock invokes: they cost the same however many orders there are. */
  readonly scheduled: ReadonlySet<string>
}

/** One thing that an order uses, and who uses it. */
export type BillLine = { readonly context: string; readonly price: PriceName; readonly units: number }

/** How one function works for an order: the numbers that capacity is planned with. */
export type Work = {
  readonly handler: string
  readonly queued: boolean
  readonly memory: number
  /** Invocations for an order, and messages in each of them (1 where no queue invokes it). */
  readonly invocations: number
  readonly batch: number
  /** Of an invocation: mean in milliseconds, and variance over its square. */
  readonly millis: number
  readonly variation: number
}

/** What an order, and its saga, use. Each number is of one order. */
export type Bill = {
  readonly orders: number
  readonly lines: readonly BillLine[]
  /** The saga's own table with its indexes, by target. */
  readonly saga: {
    readonly write: number
    /** Of the write units those whose condition did not hold: a race that was lost, or a message that came again. */
    readonly refused: number
    readonly read: number
    readonly targets: readonly CallCount[]
  }
  /** Commands, replies and wake-ups of the saga: what is sent, and what it takes to receive it. */
  readonly transport: {
    readonly requests: number
    readonly messagesPerCall: number
    /** What the same messages would take if each call carried ten. */
    readonly requestsByTen: number
  }
  /** What the participants do in their own tables, and the bus and topics that they speak to. */
  readonly participants: Usage
  readonly work: readonly Work[]
  /** Units of DynamoDB that an order uses, by table and index, without the stage's prefix. */
  readonly tables: Readonly<Record<string, { readonly write: number; readonly read: number }>>
  /** Messages that an invocation of a queue's consumer had on average. */
  readonly batch: number
  /** What ran by the clock meanwhile, in all; no part of the above. */
  readonly background: { readonly invocations: number; readonly write: number; readonly read: number }
}

/** The stand-ins of partners are the outside world: in production they are somebody else's bill. */
const outside = 'partners'
const coordinator = 'saga-coordinator'
const refusedPut = refusedOf('PutItem')
const priceOfService: Readonly<Record<string, PriceName>> = {
  SQS: 'sqs.request',
  EventBridge: 'events.put',
  SNS: 'sns.publish',
}
const gigabyte = 1024 ** 3

/**
 * What an order uses, by context and price, from what the functions did while so many orders went through and nothing
 * else happened. Pure.
 *
 * Calls are as counted. What the services do between the functions is derived: the poller of a queue receives once and
 * deletes once for an invocation; a message that was received and that nobody's call sent came from the bus, which is a
 * request to the queue. An order is one request to the API.
 */
export const billOf = (
  seen: readonly FunctionSeen[],
  { memory, queued, scheduled }: Functions,
  orders: number,
): Bill => {
  const inside = seen.filter(({ handler }) => contextOf(handler) !== outside)
  const caused = inside.filter(({ handler }) => !scheduled.has(handler))
  const byClock = inside.filter(({ handler }) => scheduled.has(handler))
  const consumers = caused.filter(({ handler }) => queued.has(handler))
  const received = sum(consumers.map(({ received }) => received))
  const sent = sum(caused.flatMap(({ calls }) => calls.filter(isSend).map(({ entries }) => entries)))
  const lines = [
    ...caused.flatMap((one) => linesOf(one, memory.get(one.handler) ?? 256, queued.has(one.handler))),
    { context: 'edge', price: 'apigateway.request' as const, units: orders },
    { context: 'bus', price: 'sqs.request' as const, units: Math.max(0, received - sent) },
  ]
  const saga = caused
    .filter(({ handler }) => handler === coordinator)
    .flatMap(({ calls }) => calls.filter(({ target }) => tableName(target).startsWith('SagasTable')))
  const participants = caused.filter(({ handler }) => isParticipant(handler))
  const transporting = caused.filter(({ handler }) => handler === coordinator || isParticipant(handler))
  const sends = transporting.flatMap(({ calls }) => calls.filter(isSend))
  const pollers = transporting.filter(({ handler }) => queued.has(handler))
  const messages = {
    sent: sum(sends.map(({ entries }) => entries)),
    received: sum(pollers.map(({ received }) => received)),
  }
  return {
    orders,
    lines: summed(lines).map((line) => ({ ...line, units: line.units / orders })),
    saga: {
      write: sum(saga.map(({ write }) => write)) / orders,
      refused: sum(saga.filter(({ operation }) => operation === refusedPut).map(({ write }) => write)) / orders,
      read: sum(saga.map(({ read }) => read)) / orders,
      targets: saga,
    },
    transport: {
      requests:
        (sum(sends.map(({ requests }) => requests)) + 2 * sum(pollers.map(({ invocations }) => invocations))) / orders,
      messagesPerCall: ratio(messages.sent, sum(sends.map(({ calls }) => calls))),
      requestsByTen: (messages.sent + 2 * messages.received) / 10 / orders,
    },
    participants: perOrder(
      participants.flatMap(({ calls }) =>
        calls.filter((call) => !isSend(call) && !isByTheSecond(call)).flatMap(chargesOf),
      ),
      orders,
    ),
    work: caused.map((one) => ({
      handler: one.handler,
      queued: queued.has(one.handler),
      memory: memory.get(one.handler) ?? 256,
      invocations: one.invocations / orders,
      batch: queued.has(one.handler) ? ratio(one.received, one.invocations) : 1,
      millis: ratio(one.millis, one.invocations),
      variation: one.variation,
    })),
    tables: tablesOf(
      caused.flatMap(({ calls }) => calls),
      orders,
    ),
    batch: ratio(received, sum(consumers.map(({ invocations }) => invocations))),
    background: {
      invocations: sum(byClock.map(({ invocations }) => invocations)),
      write: sum(byClock.flatMap(({ calls }) => calls.map(({ write }) => write))),
      read: sum(byClock.flatMap(({ calls }) => calls.map(({ read }) => read))),
    },
  }
}

const tablesOf = (calls: readonly CallCount[], orders: number): Bill['tables'] =>
  Object.fromEntries(
    [
      ...Map.groupBy(
        calls.filter(({ service }) => service === 'DynamoDB'),
        ({ target }) => tableName(target),
      ),
    ]
      .map(([target, all]) => {
        const of = (units: 'write' | 'read') => sum(all.map((call) => call[units])) / orders
        return [target, { write: of('write'), read: of('read') }] as const
      })
      .toSorted(([, a], [, b]) => b.write - a.write),
  )

/** `neverstop-local-sagas-SagasTable53F6…/due` as `SagasTable/due`, where the CDK has made the name. */
const tableName = (target: string): string => target.replace(/^.*?([A-Z][A-Za-z]*?Table)[0-9A-F]{8}[^/]*/, '$1')

/** All contexts together. */
export const usageOf = ({ lines }: Pick<Bill, 'lines'>): Usage =>
  Object.fromEntries(
    [...Map.groupBy(lines, ({ price }) => price)].map(([price, all]) => [price, sum(all.map(({ units }) => units))]),
  )

/** What the saga itself uses: its table, and its messages. */
export const sagaUsage = ({ saga, transport }: Bill): Usage => ({
  'dynamodb.write': saga.write,
  'dynamodb.read': saga.read,
  'sqs.request': transport.requests,
})

export const contextOf = (handler: string): string => handler.split('-')[0]!

const isParticipant = (handler: string): boolean =>
  handler.endsWith('-commands') && contextOf(handler) !== 'recovery' && contextOf(handler) !== 'support'

const isSend = ({ service, operation }: CallCount): boolean => service === 'SQS' && operation.startsWith('SendMessage')

/** How old the work of a consumer is, and whether its partner is to be called: said and asked by the second, not by the order. */
const isByTheSecond = ({ target }: CallCount): boolean => tableName(target).startsWith('ControlsTable')

const linesOf = (one: FunctionSeen, megabytes: number, polled: boolean): BillLine[] => {
  const context = contextOf(one.handler)
  const line = (price: PriceName, units: number): BillLine => ({ context, price, units })
  return [
    line('lambda.request', one.invocations),
    line('lambda.gb-second', (one.millis / 1_000) * (megabytes / 1_024)),
    line('logs.ingest', one.logBytes / gigabyte),
    ...(polled ? [line('sqs.request', 2 * one.invocations)] : []),
    ...one.calls.flatMap(chargesOf).map(({ price, units }) => line(price, units)),
  ]
}

const chargesOf = ({ service, operation, requests, write, read }: CallCount): { price: PriceName; units: number }[] => {
  if (service === 'DynamoDB')
    return [
      { price: 'dynamodb.write', units: write },
      { price: 'dynamodb.read', units: read },
    ]
  if (service === 'S3') return [{ price: operation.startsWith('Put') ? 's3.put' : 's3.get', units: requests }]
  const price = priceOfService[service]
  // What is invoked pays for it: a function by its own line.
  return price ? [{ price, units: requests }] : []
}

const summed = (lines: readonly BillLine[]): BillLine[] =>
  [...Map.groupBy(lines, ({ context, price }) => `${context} ${price}`).values()]
    .map((all) => ({ ...all[0]!, units: sum(all.map(({ units }) => units)) }))
    .filter(({ units }) => units > 0)

const perOrder = (charges: readonly { price: PriceName; units: number }[], orders: number): Usage =>
  Object.fromEntries(
    [...Map.groupBy(charges, ({ price }) => price)].map(([price, all]) => [
      price,
      sum(all.map(({ units }) => units)) / orders,
    ]),
  )

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)
const ratio = (one: number, other: number): number => (other === 0 ? 0 : one / other)
