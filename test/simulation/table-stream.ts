import type { AttributeValue, Context, DynamoDBRecord, DynamoDBStreamEvent } from 'aws-lambda'
import type { Observation } from '../../reactive/observation.ts'
import { type Change, consumeStream, type StreamOptions, type StreamPorts } from '../../reactive/stream-relay.ts'
import { type Clock, type Millis, seconds } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import { contextOf, environments } from './environments.ts'
import type { Process, World } from './world.ts'

type StreamHandler = (event: DynamoDBStreamEvent, context: Context) => Promise<void>

/** How a table's changes reach a function. */
export type StreamSubscription = {
  readonly name: string
  readonly function: (process: Process) => StreamHandler
  /** For how long changes are gathered. */
  readonly gather: Millis
  readonly answered: (process: Process) => void
}

export type TableStream = {
  /** A change of the table; `false` when the stream has forgotten it before it was read. */
  hear(change: Change): boolean
  /** Changes that were not taken yet. */
  pending(): number
  redeploy(): void
}

/** Puts a function on a table's stream, by what production has it do with the changes. */
export type StreamOf = <Reading>(stream: {
  readonly name: string
  readonly gather: Millis
  readonly options: (process: Process) => StreamOptions<Reading>
}) => TableStream

/** As the streams are read in production: so many changes at once. */
const batchSize = 100

/**
 * A table's stream and the function on it: in order, at least once, a batch until it was taken, and by halves after one
 * that failed. What has waited for a day is gone.
 */
export const tableStream = (
  world: World,
  timing: Timing,
  { name, function: start, gather, answered }: StreamSubscription,
): TableStream => {
  const records: DynamoDBRecord[] = []
  const its = environments(world, timing, { name, start, answered })
  let busy = false
  let most = batchSize

  const deliver = () => {
    if (busy || records.length === 0) return false
    busy = true
    const batch = records.slice(0, most)
    let settled = false
    const settle = (taken: boolean) => {
      if (settled) return false
      settled = true
      busy = false
      most = taken ? batchSize : Math.ceil(batch.length / 2)
      // An answer that gets lost has the batch delivered again.
      if (taken && !world.strikes('duplicate', name)) records.splice(0, batch.length)
      if (records.length > 0) world.after(taken ? gather : seconds(1), deliver)
      return false
    }
    const environment = its.take(() => settle(false))
    const ends = (taken: boolean) => () => {
      its.rest(environment)
      settle(taken)
    }
    environment.handle({ Records: batch }, contextOf(world, environment.process)).then(ends(true), ends(false))
    world.after(timing.handlerTimeout, () => settle(false))
    return true
  }

  return {
    hear: ({ before, after }) => {
      if (world.strikes('lost-stream', name)) return false
      records.push({
        dynamodb: {
          ...(before ? { OldImage: imageOf(before) } : {}),
          ...(after ? { NewImage: imageOf(after) } : {}),
        },
      })
      if (records.length === 1) world.after(gather + 1 + world.random.upTo(400), deliver)
      return true
    },
    pending: () => records.length,
    redeploy: its.redeploy,
  }
}

/** Images as streams carry them: what one change leaves is what the next one finds. */
const images = new WeakMap<object, Image>()
const imageOf = (item: object): Image => {
  const image = images.get(item) ?? mapOf(item)
  images.set(item, image)
  return image
}

type Image = Record<string, AttributeValue>

const mapOf = (item: object): Image => {
  const image: Image = {}
  for (const [name, value] of Object.entries(item)) if (value !== undefined) image[name] = attributeOf(value)
  return image
}

/** What JSON can say; the library takes nine times as long, and every commit comes by here. */
const attributeOf = (value: unknown): AttributeValue => {
  if (typeof value === 'string') return { S: value }
  if (typeof value === 'number') return { N: String(value) }
  if (typeof value === 'boolean') return { BOOL: value }
  if (value === null) return { NULL: true }
  return Array.isArray(value) ? { L: value.map(attributeOf) } : { M: mapOf(value as object) }
}

type House = {
  readonly answered: (process: Process) => void
  /** Told of a change that its reader could not understand: nothing that the platform writes may be such. */
  readonly parked: (what: string) => void
  readonly observed: Observation
  readonly clockOf: (process: Process) => Clock
}

/** The streams of all tables, read by the production code. */
export const streaming = (world: World, timing: Timing, { answered, parked, observed, clockOf }: House) => {
  const streams: TableStream[] = []
  const read: StreamOf = ({ name, gather, options }) => {
    const park: StreamPorts['park'] = async (body, { message }) =>
      parked(`${name} parks ${body.slice(0, 200)}: ${message}`)
    const stream = tableStream(world, timing, {
      name,
      gather,
      answered,
      function: (process) => consumeStream(options(process), { park, observed, clock: clockOf(process) }),
    })
    streams.push(stream)
    return stream
  }
  return {
    read,
    /** Changes that nobody has taken yet. */
    unread: () => streams.reduce((sum, { pending }) => sum + pending(), 0),
    redeploy: () => {
      for (const { redeploy } of streams) redeploy()
    },
  }
}
