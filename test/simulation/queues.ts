import type { SQSClient } from '@aws-sdk/client-sqs'
import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { type EpochMs, type Millis, seconds } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import type { Process, World } from './world.ts'

type Attributes = Record<string, { DataType?: string; StringValue?: string }>
type Entry = {
  readonly Id: string
  readonly MessageBody: string
  readonly DelaySeconds?: number
  readonly MessageAttributes?: Attributes
}
type Stored = {
  readonly id: number
  readonly body: string
  readonly attributes?: Attributes
  /** When it was meant to be there, whatever it met on its way. */
  readonly dueAt: EpochMs
  /** The second copy of a message: whoever is before it has overtaken nobody. */
  readonly again: boolean
  receives: number
  visibleAt: number
  receipt: number
  gone: boolean
}

export type Queue = {
  readonly name: string
  readonly arn: string
  readonly messages: Map<number, Stored>
  readonly deadLetters?: Queue
  /** Whether it is where dead letters wait for a person. */
  readonly dead: boolean
}
export type Handler = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>

/** How a queue's messages reach a function: what is made anew for each process is what a cold start makes. */
export type Subscription = {
  readonly queue: Queue
  readonly function: (process: Process) => Handler
  readonly batch: number
}

export type Wires = {
  /** Types of events that somebody says again until they were heard: for those it is the stream that may lose them. */
  readonly lasting: readonly string[]
  /** Told what a process asks a queue to take, before anything can go wrong with it. */
  readonly watch: (process: Process, queue: string, body: string) => void
}

/**
 * SQS as it is at its worst within its promises: at least once, in no order, with delays, receives that nobody got,
 * refused entries and answers that get lost. The part of the client that production code uses is answered here.
 */
export const queueing = (world: World, timing: Timing, { lasting, watch }: Wires) => {
  const lasts = new Set(lasting)
  const queues = new Map<string, Queue>()
  const subscriptions = new Map<Queue, Subscription>()
  const overtaken = new Set<string>()
  let ids = 0

  const create = (name: string, deadLetters?: Queue): Queue => {
    const arn = `arn:aws:sqs:eu-central-1:000000000000:${name}`
    const queue: Queue = { name, arn, messages: new Map(), dead: !deadLetters, ...(deadLetters ? { deadLetters } : {}) }
    queues.set(name, queue)
    return queue
  }

  const put = (queue: Queue, body: string, delay: Millis = 0, attributes?: Attributes) => {
    // What an operator discards, or a retention outlives: commands, replies and wake-ups, which are asked for again, and
    // advances, for which later ones stand in.
    if (!queue.dead && !lasts.has(typeIn(body)) && world.strikes('vanished', queue.name, body)) return
    const copies = world.strikes('duplicate', queue.name, body) ? 2 : 1
    for (let copy = 0; copy < copies; copy += 1) {
      const id = ids++
      const dueAt = world.now() + delay
      const late = copy === 0 && !queue.dead && world.strikes('delayed', queue.name, body) ? belated(world, timing) : 0
      const visibleAt = dueAt + 1 + world.random.upTo(copy === 0 ? 40 : 30_000) + late
      queue.messages.set(id, {
        id,
        body,
        ...(attributes ? { attributes } : {}),
        dueAt,
        again: copy > 0,
        receives: 0,
        visibleAt,
        receipt: 0,
        gone: false,
      })
      poll(queue, visibleAt - world.now())
    }
  }

  const poll = (queue: Queue, delay: Millis) => {
    const subscription = subscriptions.get(queue)
    if (subscription) world.after(Math.max(0, delay), () => receive(subscription))
  }

  const receive = (subscription: Subscription) => {
    const { queue } = subscription
    const now = world.now()
    const visible: Stored[] = []
    for (const message of queue.messages.values()) if (message.visibleAt <= now) visible.push(message)
    if (visible.length === 0) return false
    // Standard queues keep no order.
    const batch: Stored[] = []
    while (visible.length > 0 && batch.length < subscription.batch)
      batch.push(...visible.splice(world.random.upTo(visible.length), 1))
    if (visible.length > 0) poll(queue, 1 + world.random.upTo(5))
    const handed: Stored[] = []
    for (const message of batch) {
      if (queue.deadLetters && message.receives >= timing.receives) {
        queue.messages.delete(message.id)
        put(queue.deadLetters, message.body, 0, message.attributes)
        continue
      }
      message.receives += 1
      message.receipt += 1
      message.visibleAt = world.now() + timing.visibility
      poll(queue, timing.visibility)
      // The queue counts a receive that no consumer ever saw.
      if (!world.strikes('unseen-receive', queue.name, message.body)) handed.push(message)
    }
    if (handed.length === 0) return false
    noteOrder(queue, handed)
    void invoke(subscription, handed)
    return true
  }

  /** Whoever is received for the first time before one that was sent earlier has overtaken it. */
  const noteOrder = (queue: Queue, handed: readonly Stored[]) => {
    const latest = handed.reduce((at, { receives, dueAt }) => (receives === 1 ? Math.max(at, dueAt) : at), 0)
    for (const { body, receives, again, dueAt } of queue.messages.values()) {
      if (receives > 0 || again || dueAt >= latest) continue
      overtaken.add(body)
      world.situations.reordered += 1
    }
  }

  const invoke = async ({ queue, function: start }: Subscription, batch: readonly Stored[]) => {
    const process = world.process(queue.name, timing.handlerTimeout)
    const receipts = new Map(batch.map((message) => [String(message.id), message.receipt]))
    const event = {
      Records: batch.map((message) => ({
        messageId: String(message.id),
        receiptHandle: `${message.id}#${message.receipt}`,
        body: message.body,
        attributes: { ApproximateReceiveCount: String(message.receives) },
        messageAttributes: message.attributes ? received(message.attributes) : {},
        eventSourceARN: queue.arn,
      })),
    } as unknown as SQSEvent
    const context = { getRemainingTimeInMillis: () => process.diesAt - world.now() } as Context
    let failures: SQSBatchResponse | undefined
    try {
      failures = await start(process)(event, context)
    } catch {
      return
    }
    // A response that cannot be read counts as a failure of the whole batch.
    if (process.dead || world.strikes('malformed-response', queue.name)) return
    const failed = new Set(failures.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier))
    for (const message of batch) {
      const id = String(message.id)
      if (!failed.has(id) && message.receipt === receipts.get(id)) queue.messages.delete(message.id)
    }
  }

  /** The client as one process holds it. */
  const client = (process: Process) =>
    ({
      send: (command: { input: Record<string, unknown>; constructor: { name: string } }) => {
        const { input } = command
        const queue = queues.get(String(input.QueueUrl).split('/').at(-1)!)
        if (!queue) throw new Error(`There is no queue ${input.QueueUrl}`)
        if (input.Entries)
          for (const { MessageBody } of input.Entries as Entry[]) watch(process, queue.name, MessageBody)
        return world.call(process, `${command.constructor.name.replace('Command', '')} ${queue.name}`, () => {
          switch (command.constructor.name) {
            case 'SendMessageBatchCommand': {
              const entries = input.Entries as Entry[]
              const Failed = entries.filter(() => world.strikes('entry-refused', queue.name))
              for (const entry of entries) {
                if (Failed.includes(entry)) continue
                if (entry.DelaySeconds && world.strikes('lost-timer', queue.name)) continue
                put(queue, entry.MessageBody, (entry.DelaySeconds ?? 0) * 1_000, entry.MessageAttributes)
              }
              return { Failed: Failed.map(({ Id }) => ({ Id })) }
            }
            case 'SendMessageCommand':
              put(
                queue,
                String(input.MessageBody),
                Number(input.DelaySeconds ?? 0) * 1_000,
                input.MessageAttributes as Attributes,
              )
              return {}
            case 'ChangeMessageVisibilityCommand': {
              const [id, receipt] = String(input.ReceiptHandle).split('#')
              const message = queue.messages.get(Number(id))
              if (message && String(message.receipt) === receipt) {
                message.visibleAt = world.now() + Number(input.VisibilityTimeout) * 1_000
                poll(queue, message.visibleAt - world.now())
              }
              return {}
            }
            default:
              throw new Error(`The simulated queues do not know ${command.constructor.name}.`)
          }
        })
      },
    }) as unknown as SQSClient

  return {
    create,
    put,
    client,
    /** Messages that another one, sent later to the same queue, was received before. */
    overtaken: overtaken as ReadonlySet<string>,
    find: (name: string) => queues.get(name),
    subscribe: (subscription: Subscription) => subscriptions.set(subscription.queue, subscription),
    all: () => [...queues.values()],
  }
}

/** Longer than any answer is waited for: what is said meanwhile, the same question asked again among it, is there first. */
const belated = ({ random }: World, { stepDeadline }: Timing): Millis =>
  stepDeadline + seconds(1) + random.upTo(stepDeadline)

/** Attributes as a function gets them, whose sender wrote them otherwise. */
const received = (attributes: Attributes) =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, { StringValue }]) => [
      name,
      { dataType: 'String', stringValue: StringValue },
    ]),
  )

const typeIn = (body: string): string => /"type":"([^"]+)"/.exec(body)?.[1] ?? 'none'
