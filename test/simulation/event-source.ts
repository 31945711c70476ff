import type { Context, SQSBatchResponse, SQSEvent } from 'aws-lambda'
import type { EpochMs, Millis } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import { contextOf, environments } from './environments.ts'
import type { Attributes, Queue, Stored } from './queue.ts'
import type { Random } from './random.ts'
import type { Process, World } from './world.ts'

export type Handler = (event: SQSEvent, context: Context) => Promise<SQSBatchResponse>

/** How a queue's messages reach a function: what is made anew for each process is what a cold start makes. */
export type Subscription = {
  readonly queue: Queue
  readonly function: (process: Process) => Handler
  readonly batch: number
  readonly pace: Pace
}

/** How an event source takes what is there. The slower it is, the more messages are received together. */
export type Pace = {
  /** How many invocations may be under way at once; what comes meanwhile waits in its queue. */
  readonly concurrency: number
  /** For how long what is there may wait for more to come. */
  readonly window: Millis
}

/** Everything at once, and by itself. */
export const eager: Pace = { concurrency: Number.POSITIVE_INFINITY, window: 0 }

/** As a seed has it: every fourth takes each message at once and by itself, the others gather more or less of them. */
export const paceOf = (random: Random): Pace => ({
  concurrency: random.pick([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 2, 1]),
  window: random.pick([0, 0, 500, 2_500]),
})

export type Source = {
  /** The moment has come at which a message was to be visible; `false` when that has set nothing in motion. */
  readonly appears: (message: Stored) => boolean
  /** A deployment: what was started before serves nobody any more once it has answered. */
  readonly redeploy: () => void
}

type Hands = {
  /** A message is not to be seen until then, when it appears again. */
  readonly hide: (queue: Queue, message: Stored, until: EpochMs) => void
  readonly park: (message: Stored, deadLetters: Queue) => void
  /** Told of a message that another one, sent later to the same queue, was received before. */
  readonly overtaken: (message: Stored) => void
  readonly answered: (process: Process) => void
}

/** The event source mapping of one function: receives in no order, within its pace, and acknowledges what was handled. */
export const eventSource = (
  world: World,
  timing: Timing,
  { queue, function: start, batch: most, pace }: Subscription,
  { hide, park, overtaken, answered }: Hands,
): Source => {
  /** What has become visible and was not received since; some of it may be gone by now, or hidden again. */
  const ready: Stored[] = []
  let busy = 0
  let looks = false
  /** The latest that any of what was received was meant to be there. */
  let latest: EpochMs = 0
  const its = environments(world, timing, { name: queue.name, start, answered })

  const isVisible = ({ id, visibleAt }: Stored) => visibleAt <= world.now() && queue.messages.has(id)

  /** Standard queues keep no order. */
  const draw = (): readonly Stored[] => {
    const drawn: Stored[] = []
    while (ready.length > 0 && drawn.length < most) {
      const at = world.random.upTo(ready.length)
      const message = ready[at]!
      ready[at] = ready.at(-1)!
      ready.pop()
      message.ready = false
      if (isVisible(message)) drawn.push(message)
    }
    return drawn
  }

  /** Hands what is ready to an invocation, if one more may begin. */
  const receive = (): boolean => {
    if (busy >= pace.concurrency) return false
    const handed: Stored[] = []
    for (const message of draw()) {
      if (queue.deadLetters && message.receives >= timing.receives) {
        park(message, queue.deadLetters)
        continue
      }
      message.receives += 1
      message.receipt += 1
      hide(queue, message, world.now() + timing.visibility)
      // The queue counts a receive that no consumer ever saw.
      if (!world.strikes('unseen-receive', queue.name, message.body)) handed.push(message)
    }
    if (handed.length > 0) {
      noteOrder(handed)
      void invoke(handed)
    }
    goOn()
    return handed.length > 0
  }

  const look = (delay: Millis) => {
    if (looks) return
    looks = true
    world.after(delay, () => {
      looks = false
      return receive()
    })
  }

  /** Looks again for what was left, or came while every invocation was busy. */
  const goOn = () => {
    if (ready.length > 0 && busy < pace.concurrency) look(1 + world.random.upTo(5))
  }

  /** Whoever is received for the first time after one that was meant to be there later has been overtaken by it. */
  const noteOrder = (handed: readonly Stored[]) => {
    const first = handed.filter(({ receives }) => receives === 1)
    for (const message of first) if (!message.again && message.dueAt < latest) overtaken(message)
    for (const { dueAt } of first) latest = Math.max(latest, dueAt)
  }

  /** Begins an invocation; it is over when its handler ends, its process dies or its time is up, whichever is first. */
  const occupy = (): (() => void) => {
    let over = false
    const leave = () => {
      if (over) return false
      over = true
      busy -= 1
      goOn()
      return false
    }
    busy += 1
    if (pace.concurrency < Number.POSITIVE_INFINITY) world.after(timing.handlerTimeout, leave)
    return leave
  }

  const invoke = async (batch: readonly Stored[]) => {
    const leave = occupy()
    const environment = its.take(leave)
    const { process, handle } = environment
    if (batch.length > 1) world.situations.gathered += 1
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
    const context = contextOf(world, process)
    let failures: SQSBatchResponse | undefined
    try {
      failures = await handle(event, context)
    } catch {
      return
    } finally {
      leave()
      its.rest(environment)
    }
    // A response that cannot be read counts as a failure of the whole batch.
    if (process.dead || world.strikes('malformed-response', queue.name)) return
    const failed = new Set(failures.batchItemFailures.map(({ itemIdentifier }) => itemIdentifier))
    if (failed.size > 0 && failed.size < batch.length) world.situations['partly-failed'] += 1
    for (const message of batch) {
      const id = String(message.id)
      if (!failed.has(id) && message.receipt === receipts.get(id)) queue.messages.delete(message.id)
    }
  }

  return {
    redeploy: its.redeploy,
    appears: (message) => {
      if (message.ready || !isVisible(message)) return false
      message.ready = true
      ready.push(message)
      if (pace.window === 0 || ready.length >= most) return receive()
      look(world.random.upTo(pace.window))
      return false
    },
  }
}

/** Attributes as a function gets them, whose sender wrote them otherwise. */
const received = (attributes: Attributes) =>
  Object.fromEntries(
    Object.entries(attributes).map(([name, { StringValue }]) => [
      name,
      { dataType: 'String', stringValue: StringValue },
    ]),
  )
