/** What one call of an AWS service is billed as. Units are request units of DynamoDB, and requests of everything else. */
export type CallUnits = {
  /** What was called: a table, a table's index (`orders/byCustomer`), a queue, a bus. */
  readonly target: string
  readonly requests: number
  /** Messages or events that one request carried. */
  readonly entries: number
  readonly write: number
  readonly read: number
}

type Fields = Readonly<Record<string, unknown>>

const nothing = { requests: 0, entries: 0, write: 0, read: 0 }
/** SQS, SNS and EventBridge bill every so many bytes of a payload as one request. */
const bytesPerRequest = 64 * 1024
const bytesPerReadUnit = 4 * 1024

/**
 * What a call is billed as, by the service's own word where it says one (DynamoDB's consumed capacity), and by its
 * documented rules elsewhere. A read is taken for what its items weigh when that is more than the service says: an
 * emulator may not weigh them, and AWS never says less.
 *
 * @param service as the SDK calls it: `DynamoDB`, `SQS`.
 * @param failure name of the error that the call ended with; a write whose condition failed is billed all the same.
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/capacity-unit-calculations.html
 * @see https://aws.amazon.com/sqs/pricing/ https://aws.amazon.com/eventbridge/pricing/ (a request is up to 64 KB)
 *
 * @example
 * unitsOf('SQS', 'SendMessageBatch', { QueueUrl: 'https://…/orders', Entries: [{ MessageBody: 'a' }] }, {})
 * // [{ target: 'orders', requests: 1, entries: 1, write: 0, read: 0 }]
 */
export const unitsOf = (
  service: string,
  operation: string,
  input: Fields,
  output: Fields | undefined,
  failure?: string,
): CallUnits[] => {
  switch (service) {
    case 'DynamoDB':
      return output ? dynamoUnits(operation, input, output) : failedWrites(operation, input, failure)
    case 'SQS':
      return [{ ...nothing, target: lastOf(input.QueueUrl), ...payloads(entriesOf(input), 'MessageBody') }]
    case 'EventBridge':
      return [busUnits(input)]
    case 'SNS':
      return [{ ...nothing, target: lastOf(input.TopicArn), ...payloads(entriesOf(input), 'Message') }]
    default:
      return [{ ...nothing, target: lastOf(input.FunctionName ?? input.Bucket), requests: 1, entries: 1 }]
  }
}

/** A queue by its URL, a topic or a function by its ARN: what is after the last separator. */
const lastOf = (address: unknown): string =>
  String(address ?? '')
    .split(/[/:]/)
    .at(-1)!

const entriesOf = (input: Fields): Fields[] =>
  Array.isArray(input.Entries ?? input.PublishBatchRequestEntries)
    ? ((input.Entries ?? input.PublishBatchRequestEntries) as Fields[])
    : [input]

/** A batch is one request as long as all of it fits into one. */
const payloads = (entries: readonly Fields[], field: string) => {
  const bytes = entries.reduce((sum, entry) => sum + textBytes(entry[field]), 0)
  return { requests: Math.max(1, Math.ceil(bytes / bytesPerRequest)), entries: entries.length }
}

/** EventBridge bills events, not calls. */
const busUnits = (input: Fields): CallUnits => {
  const events = entriesOf(input)
  const requests = events.reduce(
    (sum, { Detail }) => sum + Math.max(1, Math.ceil(textBytes(Detail) / bytesPerRequest)),
    0,
  )
  return { ...nothing, target: lastOf(events[0]?.EventBusName), requests, entries: events.length }
}

const textBytes = (value: unknown): number => (typeof value === 'string' ? Buffer.byteLength(value) : 0)

/** Operations that read; what else consumes capacity writes. */
const reading: ReadonlySet<string> = new Set(['GetItem', 'Query', 'Scan', 'BatchGetItem', 'TransactGetItems'])

type Capacity = {
  readonly TableName?: string
  readonly CapacityUnits?: number
  readonly Table?: { readonly CapacityUnits?: number }
  readonly GlobalSecondaryIndexes?: Readonly<Record<string, { readonly CapacityUnits?: number }>>
  readonly LocalSecondaryIndexes?: Readonly<Record<string, { readonly CapacityUnits?: number }>>
}

const dynamoUnits = (operation: string, input: Fields, output: Fields): CallUnits[] => {
  const read = reading.has(operation)
  const charge = (target: string, units: number, requests: number): CallUnits => ({
    ...nothing,
    target,
    requests,
    entries: requests,
    ...(read ? { read: units } : { write: units }),
  })
  const said = [output.ConsumedCapacity ?? []].flat() as Capacity[]
  const lines = said.flatMap((capacity, index) => {
    const { TableName = String(input.TableName ?? ''), CapacityUnits = 0 } = capacity
    const indexes = { ...capacity.GlobalSecondaryIndexes, ...capacity.LocalSecondaryIndexes }
    const inIndexes = Object.values(indexes).reduce((sum, { CapacityUnits: units = 0 }) => sum + units, 0)
    return [
      charge(TableName, CapacityUnits - inIndexes, index === 0 ? 1 : 0),
      ...Object.entries(indexes).map(([name, { CapacityUnits: units = 0 }]) =>
        charge(`${TableName}/${name}`, units, 0),
      ),
    ]
  })
  if (lines.length === 0) return [charge(String(input.TableName ?? ''), 0, 1)]
  return read ? weighed(lines, operation, input, output) : lines
}

/** A read that weighs more than it is said to: what is missing is put on the line that has most of it. */
const weighed = (lines: readonly CallUnits[], operation: string, input: Fields, output: Fields): CallUnits[] => {
  const missing = readUnits(operation, input, output) - lines.reduce((sum, { read }) => sum + read, 0)
  if (missing <= 0) return [...lines]
  const most = lines.reduce((one, other) => (other.read > one.read ? other : one))
  return lines.map((line) => (line === most ? { ...line, read: line.read + missing } : line))
}

/**
 * Read units of what came back: every 4 KB of an item that was asked for by its key, or of all that a query found
 * together; half of it where the read may be stale, twice of it in a transaction.
 */
const readUnits = (operation: string, input: Fields, output: Fields): number => {
  const units = (bytes: number) => Math.max(1, Math.ceil(bytes / bytesPerReadUnit))
  const share = input.ConsistentRead === true ? 1 : 0.5
  switch (operation) {
    case 'GetItem':
      return share * units(itemBytes(output.Item))
    case 'Query':
    case 'Scan':
      return share * units(((output.Items ?? []) as unknown[]).reduce<number>((sum, item) => sum + itemBytes(item), 0))
    case 'BatchGetItem':
      return Object.entries((output.Responses ?? {}) as Record<string, unknown[]>).reduce((sum, [table, items]) => {
        const { ConsistentRead } = ((input.RequestItems ?? {}) as Record<string, Fields>)[table] ?? {}
        return sum + items.reduce<number>((one, item) => one + (ConsistentRead ? 1 : 0.5) * units(itemBytes(item)), 0)
      }, 0)
    default:
      return ((output.Responses ?? []) as { Item?: unknown }[]).reduce(
        (sum, { Item }) => sum + 2 * units(itemBytes(Item)),
        0,
      )
  }
}

/** A write whose condition failed costs what it would have cost, at least a unit; in a transaction two an item. */
const failedWrites = (operation: string, input: Fields, failure = ''): CallUnits[] => {
  const refused = (target: unknown, write: number, requests: number) => ({
    ...nothing,
    target: String(target ?? ''),
    requests,
    entries: requests,
    write,
  })
  if (failure === 'ConditionalCheckFailedException') return [refused(input.TableName, 1, 1)]
  if (failure === 'TransactionCanceledException' && operation === 'TransactWriteItems')
    return ((input.TransactItems ?? []) as Fields[]).map((action, index) => {
      const [one] = Object.values(action) as Fields[]
      return refused(one?.TableName, 2, index === 0 ? 1 : 0)
    })
  return [refused(input.TableName, 0, 1)]
}

/**
 * What an item weighs: its attributes' names and values. Takes values as the document client gives them, and as the
 * service does (`{ S: 'text' }`).
 *
 * @see https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export const itemBytes = (item: unknown): number =>
  typeof item !== 'object' || item === null
    ? 0
    : Object.entries(item).reduce((sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value), 0)

const typed: ReadonlySet<string> = new Set(['S', 'N', 'B', 'BOOL', 'NULL', 'M', 'L', 'SS', 'NS', 'BS'])

const valueBytes = (value: unknown): number => {
  if (typeof value === 'string') return Buffer.byteLength(value)
  // Two digits a byte, and one for the number itself.
  if (typeof value === 'number' || typeof value === 'bigint')
    return Math.ceil(String(value).replace(/[-.]/g, '').length / 2) + 1
  if (value instanceof Uint8Array) return value.byteLength
  if (Array.isArray(value)) return 3 + value.reduce<number>((sum, one) => sum + 1 + valueBytes(one), 0)
  if (value instanceof Set) return [...value].reduce<number>((sum, one) => sum + valueBytes(one), 0)
  if (typeof value !== 'object' || value === null) return 1
  const [type, ...more] = Object.keys(value)
  if (type !== undefined && more.length === 0 && typed.has(type)) return typedBytes(type, (value as Fields)[type])
  return Object.entries(value).reduce((sum, [name, one]) => sum + 1 + Buffer.byteLength(name) + valueBytes(one), 3)
}

const typedBytes = (type: string, value: unknown): number => {
  if (type === 'N') return valueBytes(Number(value))
  if (type === 'NS') return (value as string[]).reduce((sum, one) => sum + valueBytes(Number(one)), 0)
  if (type === 'SS' || type === 'BS') return (value as unknown[]).reduce<number>((sum, one) => sum + valueBytes(one), 0)
  return valueBytes(value)
}

/** A write whose condition did not hold, as it is counted: by itself, since it is billed and moves nothing. */
export const refusedOf = (operation: string): string => `${operation} refused`
