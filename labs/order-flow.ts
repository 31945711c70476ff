import { type Admitter, admitter, type Priority } from '../reactive/admission.ts'
import { type Path, pressureGauge, type Reading } from '../reactive/pressure.ts'
import { open, type Regulation, regulate } from '../reactive/regulator.ts'
import { arrivals, type Rate } from './simulator/arrivals.ts'
import { consumer, type Said } from './simulator/consumer.ts'
import { lognormal } from './simulator/distributions.ts'
import { type Delivery, type Queue, queue } from './simulator/queue.ts'
import { type Instant, type Process, type World, world } from './simulator/virtual-time.ts'

/** An order on its way through the platform. */
export type Order = {
  readonly placedAt: Instant
  readonly tenant: string
  readonly priority: Priority
  /** How far it is: the index of the next stop on its way. */
  stop: number
  doneAt: Instant
  /** Its saga gave up and undoes what was done. */
  late: boolean
}

type Stop = 'inbox' | 'inventory' | 'payments' | 'shipping' | 'ordering'

/**
 * The way of an order as its saga goes it: the inbox before each command, and once more at the end. An order whose saga
 * has gone past its deadline goes the same number of stops back, to be undone: work that nobody thanks for.
 */
const way: readonly Stop[] = [
  ...(['inventory', 'payments', 'shipping', 'ordering'] as const).flatMap((stop): Stop[] => ['inbox', stop]),
  'inbox',
]
export const path: Path = { inbox: 5, inventory: 1, payments: 1, shipping: 1, ordering: 1 }

type Served = { readonly median: number; readonly places: number }

/** Median service times in milliseconds, and how many are at work at once. Payments, with its acquirer, is the bottleneck. */
const served: Readonly<Record<Stop, Served>> = {
  inbox: { median: 25, places: 2 },
  inventory: { median: 40, places: 1 },
  payments: { median: 320, places: 4 },
  shipping: { median: 250, places: 4 },
  ordering: { median: 40, places: 1 },
}
const spread = 1.5
const stops = Object.entries(served) as [Stop, Served][]

/** What the platform can do, in orders a second: the mean of a lognormal is its median times e^(σ²/2). */
export const capacity = Math.min(
  ...stops.map(([stop, { median, places }]) => {
    const mean = median * Math.exp(Math.log(spread) ** 2 / 2)
    return (places * 1_000) / mean / path[stop]!
  }),
)

export type FlowOptions = {
  readonly seed: number
  readonly rate: Rate
  /** The highest that the rate ever is. */
  readonly most: number
  readonly until: Instant
  readonly regulated: boolean
  /** Within what an order is to be confirmed. */
  readonly objective: number
  /** When an order's saga gives up. */
  readonly deadline: number
  readonly tenantOf?: (world: World) => string
  /** Whether the queues tell tenants apart. */
  readonly fair?: boolean
  /** Whether the door does; otherwise whoever comes is refused with the same probability. */
  readonly shares?: boolean
  /** For how long it goes on after the last arrival; as long as the objective unless said otherwise. */
  readonly drain?: number
  /** Instances of the API, each with a look at the demand of its own. */
  readonly instances?: number
  /** Readings as they reach the regulator: lost, late, or from a broken clock. */
  readonly readings?: (all: readonly Reading[], now: Instant) => readonly Reading[]
}

export type Flow = {
  readonly offered: Order[]
  readonly admitted: Order[]
  readonly refused: { readonly order: Order; readonly because: 'over-share' | 'overloaded' }[]
  /** Once a second. */
  readonly trace: { readonly at: Instant; readonly regulation: Regulation; readonly waiting: number }[]
  /** Orders that are still in a queue or being worked on. */
  readonly underWay: () => number
}

/** Plays orders through the simulated platform, with the production regulator and admission at its door or without. */
export const orderFlow = (options: FlowOptions): Flow => {
  const {
    seed,
    rate,
    most,
    until,
    regulated,
    objective,
    deadline,
    fair = false,
    shares = true,
    instances = 4,
    drain = objective,
  } = options
  const here = world(seed)
  const tenantOf = options.tenantOf ?? (() => 'only')
  const queues = {} as Record<Stop, Queue<Order>>
  const reported = new Map<string, Reading>()
  const flow: Flow = {
    offered: [],
    admitted: [],
    refused: [],
    trace: [],
    underWay: () => Object.values(queues).reduce((sum, line) => sum + line.waiting() + line.inFlight(), 0),
  }

  for (const [stop, { median, places }] of stops) {
    const takes = lognormal(median, spread)
    const line = queue<Order>(here, { visibility: 30_000, receives: 5, fair })
    queues[stop] = line
    // One gauge an instance of the consumer, as in the deployed functions.
    const gauges = Array.from({ length: places }, pressureGauge)
    let next = 0
    function* handle({ body: order, age, receives }: Delivery<Order>): Process<Said> {
      const gauge = gauges[next++ % places]!
      if (receives === 1) gauge.saw(stop, age)
      for (const reading of gauge.due(here.now())) reported.set(stop, reading)
      yield takes(here.random)
      move(order)
      return 'done'
    }
    consumer(here, line, { concurrency: places, handle })
  }

  const move = (order: Order) => {
    if (!order.late && here.now() - order.placedAt > deadline && order.stop < way.length - 1) {
      // Undoing takes the stops that were made once more.
      order.late = true
      order.stop = Math.max(0, way.length - order.stop - 1)
    } else order.stop++
    if (order.stop >= way.length) order.doneAt = here.now()
    else queues[way[order.stop]!].send(order, { tenant: order.tenant })
  }

  let regulation = open(0)
  let admittedLately = false
  const tick = () => {
    const all = [...reported.values()]
    const readings = options.readings?.(all, here.now()) ?? all
    if (regulated) regulation = regulate(regulation, readings, here.now(), { objective, path }, admittedLately)
    admittedLately = false
    const waiting = Object.values(queues).reduce((sum, line) => sum + line.waiting(), 0)
    flow.trace.push({ at: here.now(), regulation, waiting })
    here.after(1_000, tick)
  }
  here.after(1_000, tick)

  const doors: Admitter[] = Array.from({ length: instances }, () => admitter(here.random.next))
  arrivals(here, { rate, most, until }, () => {
    const order: Order = {
      placedAt: here.now(),
      tenant: tenantOf(here),
      priority: 'normal',
      stop: 0,
      doneAt: Number.POSITIVE_INFINITY,
      late: false,
    }
    flow.offered.push(order)
    const door = doors[here.random.upTo(doors.length)]!
    const asking = shares ? order : { ...order, tenant: 'anybody' }
    const verdict = regulated ? door(asking, regulation, here.now()) : ({ admitted: true } as const)
    if (verdict.admitted) {
      admittedLately = true
      flow.admitted.push(order)
      queues.inbox.send(order, { tenant: order.tenant })
    } else flow.refused.push({ order, because: verdict.because })
  })
  here.runTo(until + drain)
  return flow
}

/** Orders a second that were confirmed in time, between two instants. */
export const goodput = ({ admitted }: Flow, objective: number, from: Instant, to: Instant): number =>
  (admitted.filter(
    ({ placedAt, doneAt, late }) => doneAt >= from && doneAt < to && !late && doneAt - placedAt <= objective,
  ).length *
    1_000) /
  (to - from)
