import type { Instant, World } from './virtual-time.ts'

export type Delivery<Body> = {
  readonly body: Body
  readonly sentAt: Instant
  /** How often it has been handed out, this time included. */
  readonly receives: number
  /** How long it had waited when it was handed out. */
  readonly age: number
  /** Takes it out of the queue. Too late when it has become visible again meanwhile, as in SQS. */
  readonly acknowledge: () => void
  /** Makes it visible again in so many milliseconds. */
  readonly back: (delay: number) => void
}

export type QueueOptions = {
  /** How long a message that was handed out stays invisible, unless somebody says otherwise. */
  readonly visibility: number
  /** Receives after which it becomes a dead letter instead of being handed out again. */
  readonly receives: number
  /** Quiet tenants before noisy ones, as SQS does for messages with a MessageGroupId; without it, oldest first. */
  readonly fair?: boolean
  /** Which message goes first. */
  readonly order?: 'oldest' | 'newest'
}

export type Queue<Body> = {
  readonly send: (body: Body, options?: { readonly delay?: number; readonly tenant?: string }) => void
  readonly receive: () => Delivery<Body> | undefined
  /** Called whenever a message becomes visible. */
  readonly onReady: (ready: () => void) => void
  readonly waiting: () => number
  readonly inFlight: () => number
  /** Milliseconds that the oldest waiting message has been in the queue; 0 when nothing waits. */
  readonly oldest: () => number
  readonly dead: readonly Body[]
}

type Entry<Body> = {
  readonly body: Body
  readonly tenant: string | undefined
  readonly sentAt: Instant
  receives: number
  /** Which appointment to come back counts; 0 when it is in nobody's hands. */
  ticket: number
  gone: boolean
}

/**
 * A standard queue of SQS: what is handed out becomes invisible and comes back unless it is acknowledged, what was
 * received too often becomes a dead letter, and acknowledging late does nothing.
 *
 * Where it is fair, it is so by the rules that AWS states: a tenant is noisy while it has more than a tenth of the
 * messages in flight, at least 30 of them, or more than a tenth of the recent processing time; quiet tenants go first;
 * among noisy ones, the one with the least in flight.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues-detailed.html
 */
export const queue = <Body>(world: World, options: QueueOptions): Queue<Body> => {
  const { visibility, receives, fair = false, order = 'oldest' } = options
  const lines = fair ? fairLines<Body>(world) : singleLine<Body>(order)
  const dead: Body[] = []
  const listeners: (() => void)[] = []
  let tickets = 0
  let flying = 0

  const ready = (entry: Entry<Body>) => {
    if (entry.receives >= receives) {
      dead.push(entry.body)
      entry.gone = true
      return
    }
    lines.add(entry)
    for (const listener of listeners) listener()
  }

  return {
    dead,
    send: (body, { delay = 0, tenant } = {}) => {
      const entry: Entry<Body> = { body, tenant, sentAt: world.now(), receives: 0, ticket: 0, gone: false }
      if (delay > 0) world.after(delay, () => ready(entry))
      else ready(entry)
    },
    receive: () => {
      const entry = lines.take()
      if (!entry) return undefined
      entry.receives++
      const since = world.now()
      let ticket = 0
      flying++
      lines.took(entry)
      const land = (): boolean => {
        if (entry.ticket !== ticket || entry.gone) return false
        entry.ticket = 0
        flying--
        lines.landed(entry, world.now() - since)
        return true
      }
      /** Replaces when it comes back: an earlier appointment finds that its ticket is no longer the entry's. */
      const comeBack = (delay: number) => {
        ticket = ++tickets
        entry.ticket = ticket
        const mine = ticket
        world.after(delay, () => {
          if (entry.ticket === mine && land()) ready(entry)
        })
      }
      comeBack(visibility)
      return {
        body: entry.body,
        sentAt: entry.sentAt,
        receives: entry.receives,
        age: since - entry.sentAt,
        acknowledge: () => {
          if (land()) entry.gone = true
        },
        back: (delay) => {
          if (entry.ticket === ticket && !entry.gone) comeBack(delay)
        },
      }
    },
    onReady: (listener) => listeners.push(listener),
    waiting: () => lines.size(),
    inFlight: () => flying,
    oldest: () => {
      const sentAt = lines.oldest()
      return sentAt === undefined ? 0 : world.now() - sentAt
    },
  }
}

type Lines<Body> = {
  readonly add: (entry: Entry<Body>) => void
  readonly take: () => Entry<Body> | undefined
  readonly took: (entry: Entry<Body>) => void
  readonly landed: (entry: Entry<Body>, after: number) => void
  readonly size: () => number
  readonly oldest: () => Instant | undefined
}

const singleLine = <Body>(order: 'oldest' | 'newest'): Lines<Body> => {
  const line = fifo<Entry<Body>>()
  return {
    add: line.push,
    take: order === 'oldest' ? line.shift : line.pop,
    took: () => undefined,
    landed: () => undefined,
    size: line.size,
    oldest: () => line.first()?.sentAt,
  }
}

/** What AWS documents: shares of what is in flight, and of recent processing time. */
const noisyShare = 0.1
const noisyInFlight = 30
/** The documentation says "recent"; a minute is our assumption. */
const recent = 60_000

type Tenant<Body> = {
  readonly line: ReturnType<typeof fifo<Entry<Body>>>
  flying: number
  busy: number
  busyAt: Instant
}

const fairLines = <Body>({ now }: World): Lines<Body> => {
  const tenants = new Map<string, Tenant<Body>>()
  let size = 0
  let flying = 0
  let busy = 0
  let busyAt = 0
  let singles = 0

  const faded = (amount: number, since: Instant) => amount * Math.exp((since - now()) / recent)
  const tenantOf = (name: string): Tenant<Body> => {
    const known = tenants.get(name)
    if (known) return known
    const made: Tenant<Body> = { line: fifo(), flying: 0, busy: 0, busyAt: now() }
    tenants.set(name, made)
    return made
  }
  /** A message without a group is a tenant of its own. */
  const nameOf = new WeakMap<Entry<Body>, string>()
  const named = (entry: Entry<Body>): string => {
    if (entry.tenant !== undefined) return entry.tenant
    const known = nameOf.get(entry)
    if (known) return known
    const made = `\u0000${singles++}`
    nameOf.set(entry, made)
    return made
  }
  const isNoisy = (tenant: Tenant<Body>): boolean =>
    (tenant.flying >= noisyInFlight && tenant.flying > noisyShare * flying) ||
    faded(tenant.busy, tenant.busyAt) > noisyShare * Math.max(faded(busy, busyAt), 1)

  return {
    add: (entry) => {
      tenantOf(named(entry)).line.push(entry)
      size++
    },
    take: () => {
      let quiet: Tenant<Body> | undefined
      let noisy: Tenant<Body> | undefined
      for (const tenant of tenants.values()) {
        const first = tenant.line.first()
        if (!first) continue
        if (isNoisy(tenant)) {
          if (!noisy || tenant.flying < noisy.flying) noisy = tenant
        } else if (!quiet || first.sentAt < quiet.line.first()!.sentAt) quiet = tenant
      }
      const taken = (quiet ?? noisy)?.line.shift()
      if (taken) size--
      return taken
    },
    took: (entry) => {
      tenantOf(named(entry)).flying++
      flying++
    },
    landed: (entry, after) => {
      const name = named(entry)
      const tenant = tenantOf(name)
      tenant.flying--
      flying--
      tenant.busy = faded(tenant.busy, tenant.busyAt) + after
      tenant.busyAt = now()
      busy = faded(busy, busyAt) + after
      busyAt = now()
      if (entry.tenant === undefined && tenant.flying === 0 && tenant.line.size() === 0) tenants.delete(name)
    },
    size: () => size,
    oldest: () => {
      let oldest: Instant | undefined
      for (const { line } of tenants.values()) {
        const first = line.first()
        if (first && (oldest === undefined || first.sentAt < oldest)) oldest = first.sentAt
      }
      return oldest
    },
  }
}

/** A list that is read at both ends without moving what is in between. */
const fifo = <T>() => {
  let items: T[] = []
  let head = 0
  return {
    push: (item: T) => {
      items.push(item)
    },
    shift: (): T | undefined => {
      if (head === items.length) return undefined
      const item = items[head]!
      items[head++] = undefined as never
      if (head > 1_024 && head * 2 > items.length) {
        items = items.slice(head)
        head = 0
      }
      return item
    },
    pop: (): T | undefined => (head === items.length ? undefined : items.pop()),
    first: (): T | undefined => items[head],
    size: () => items.length - head,
  }
}
