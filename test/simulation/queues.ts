import type { SQSClient } from '@aws-sdk/client-sqs'
import { type EpochMs, type Millis, seconds } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import { eventSource, type Source, type Subscription } from './event-source.ts'
import type { Attributes, Queue, Stored } from './queue.ts'
import type { Process, World } from './world.ts'

type Entry = {
  readonly Id: string
  readonly MessageBody: string
  readonly DelaySeconds?: number
  readonly MessageAttributes?: Attributes
}

export type Wires = {
  /** Types of events that somebody says again until they were heard: for those it is the stream that may lose them. */
  readonly lasting: readonly string[]
  /** Told what a process asks a queue to take, before anything can go wrong with it. */
  readonly watch: (process: Process, queue: string, body: string) => void
  /** Told of a process that has answered. */
  readonly answered: (process: Process) => void
}

/**
 * SQS as it is at its worst within its promises: at least once, in no order, with delays, receives that nobody got,
 * refused entries and answers that get lost. The part of the client that production code uses is answered here.
 */
export const queueing = (world: World, timing: Timing, { lasting, watch, answered }: Wires) => {
  const lasts = new Set(lasting)
  const queues = new Map<string, Queue>()
  const sources = new Map<Queue, Source>()
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
      const message: Stored = {
        id,
        body,
        ...(attributes ? { attributes } : {}),
        dueAt,
        again: copy > 0,
        receives: 0,
        visibleAt: 0,
        receipt: 0,
        ready: false,
      }
      queue.messages.set(id, message)
      hide(queue, message, dueAt + 1 + world.random.upTo(copy === 0 ? 40 : 30_000) + late)
    }
  }

  /** Each message has an event of its own at which it appears, unless something else became of it by then. */
  const hide = (queue: Queue, message: Stored, until: EpochMs) => {
    message.visibleAt = until
    const source = sources.get(queue)
    if (source) world.after(Math.max(0, until - world.now()), () => source.appears(message))
  }

  const subscribe = (subscription: Subscription) => {
    const { queue } = subscription
    sources.set(
      queue,
      eventSource(world, timing, subscription, {
        hide,
        park: ({ id, body, attributes }, deadLetters) => {
          queue.messages.delete(id)
          put(deadLetters, body, 0, attributes)
        },
        overtaken: ({ body }) => {
          overtaken.add(body)
          world.situations.reordered += 1
        },
        answered,
      }),
    )
  }

  /** The client as one process holds it. */
  const client = (process: Process) =>
    ({
      send: (command: { input: Record<string, unknown>; constructor: { name: string } }) => {
        const { input } = command
        const queue = queues.get(String(input.QueueUrl))
        if (!queue) throw new Error(`There is no queue ${input.QueueUrl}`)
        if (input.Entries)
          for (const { MessageBody } of input.Entries as Entry[]) watch(process, queue.name, MessageBody)
        return world.call(process, `${command.constructor.name.replace('Command', '')} ${queue.name}`, () => {
          switch (command.constructor.name) {
            case 'SendMessageBatchCommand': {
              const entries = input.Entries as Entry[]
              const Failed = entries.filter(() => world.strikes('entry-refused', queue.name))
              if (Failed.length > 0 && Failed.length < entries.length) world.situations['partly-refused'] += 1
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
              if (message && String(message.receipt) === receipt)
                hide(queue, message, world.now() + Number(input.VisibilityTimeout) * 1_000)
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
    subscribe,
    redeploy: () => {
      for (const source of sources.values()) source.redeploy()
    },
    all: () => [...queues.values()],
  }
}

/** Longer than any answer is waited for: what is said meanwhile, the same question asked again among it, is there first. */
const belated = ({ random }: World, { stepDeadline }: Timing): Millis =>
  stepDeadline + seconds(1) + random.upTo(stepDeadline)

const typeIn = (body: string): string => /"type":"([^"]+)"/.exec(body)?.[1] ?? 'none'
