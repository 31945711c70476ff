import type { AnyContract, AnyDraft, DataOf } from '../../events/contract.ts'
import { type Message, seal } from '../../events/envelope.ts'
import {
  ApprovalRequested,
  CancellationRequested,
  OrderCancelled,
  OrderConfirmed,
  OrderPlaced,
  OrderRefunded,
  OrderRefundRefused,
  OrderRejected,
  OrderReviewed,
  RefundRequested,
  ReturnCompleted,
  ReturnInspected,
  ReturnRejected,
  ReturnRequested,
} from '../../events/ordering.ts'
import { DirectSaga, WakeSaga } from '../../events/saga.ts'
import { ParcelReceived } from '../../events/shipping.ts'
import type { Condition } from '../../events/vocabulary.ts'
import { orderCommands, orderingCommands } from '../../functions/ordering/commands.ts'
import { orderIdFor } from '../../functions/ordering/identity.ts'
import { learnsFrom, orderingFacts } from '../../functions/ordering/learn.ts'
import { publishedBy } from '../../functions/ordering/published.ts'
import { reconcile } from '../../functions/ordering/reconcile.ts'
import { ordering } from '../../functions/ordering/service.ts'
import type { Views } from '../../functions/ordering/views.ts'
import { parcels } from '../../functions/shipping/parcels.ts'
import { type ConsumerOptions, consumer } from '../../reactive/consume.ts'
import { PermanentError, TransientError } from '../../reactive/errors.ts'
import { publishAll, replier } from '../../reactive/send.ts'
import { type RelayOptions, relaying } from '../../reactive/stream-relay.ts'
import { type Clock, iso, minutes, seconds } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import { coordinator } from '../../sagas/engine/coordinator.ts'
import { type Definition, eventsOf, inboxContracts } from '../../sagas/engine/definition.ts'
import { advanced } from '../../sagas/engine/history.ts'
import type { SagaItem } from '../../sagas/engine/item.ts'
import { sqsTransport } from '../../sagas/engine/sqs-transport.ts'
import { sweeper } from '../../sagas/engine/sweeper.ts'
import { definitions as production } from '../../sagas/index.ts'
import { unobserved } from '../support/observation.ts'
import { eventBus } from './bus.ts'
import { alone, every } from './environments.ts'
import { eager, type Handler, type Pace } from './event-source.ts'
import { type Historian, simulatedHistory } from './historian.ts'
import { journey, nextJourney, settleBill, TripAsked } from './journey.ts'
import { type StreamTable, simulatedStreams, streamTable } from './order-streams.ts'
import { type Participants, participants, type Refuses } from './participants.ts'
import type { Queue } from './queue.ts'
import { queueing } from './queues.ts'
import { sagaTable, simulatedStore, simulatedSweeperStore } from './saga-store.ts'
import { streaming } from './table-stream.ts'
import { type Witness, witness } from './witness.ts'
import { type Process, Unanswered, type World } from './world.ts'

const nobody = unobserved('/simulation')

export type Placing = {
  readonly customer: string
  readonly key: string
  readonly body: Parameters<ReturnType<typeof ordering>['place']>[0]['body']
}

/** The whole platform in one process: production code, with the world outside it simulated. */
export type System = {
  readonly sagas: ReturnType<typeof sagaTable>
  readonly orders: StreamTable
  readonly participants: Participants
  readonly witness: Witness
  readonly history: Historian
  readonly definitions: readonly Definition[]
  /** Ids of the events that the bus was ever told. */
  readonly said: ReadonlySet<string>
  /** Instances that must come to an end, whatever happens. */
  readonly expected: ReadonlySet<string>
  /** What each journey was asked for with, by its saga's id. */
  readonly trips: ReadonlyMap<string, unknown>
  /** Which deployment new processes belong to; `both` while one takes over from the other. */
  deployed: 'old' | 'both' | 'new'
  /** A customer who repeats the request under one key until it is answered. */
  place(placing: Placing): void
  cancel(customer: string, orderId: string): void
  refund(orderId: string): void
  /** A person's word about an order that is large enough to wait for it. */
  review(orderId: string, approved: boolean): void
  sendBack(customer: string, orderId: string): void
  /** A carrier, or somebody at the gate, says that the parcel of an order has come back. */
  receiveParcel(orderId: string): void
  inspect(orderId: string, condition: Condition): void
  /** An event of a business that keeps no events of its own: said once, and heard. */
  tell(draft: AnyDraft, subject: string, id: string): void
  /** An operator's act, on its way. */
  direct(act: DataOf<typeof DirectSaga>, id: string): void
  /** A message that nobody can make sense of. */
  poison(queue: string, body: string): void
  /** What is parked on the desk, oldest first; `redrive` puts it back under its own id, and throws away what nobody wants. */
  parked(): { readonly queue: string; readonly body: string }[]
  redrive(): number
  /** Messages that arrived after one that was sent later to the same queue. */
  readonly overtaken: ReadonlySet<string>
  /** Poison that was dropped in silence. */
  swallowed(): readonly string[]
  inFlight(): number
  /** Changes that nobody has read from their stream yet. */
  unread(): number
}

/** `sleepless`: no timer, no sweeper, no reconciler. What redelivery alone must bring to its end shows there. */
export type Conditions = {
  readonly sleepless: boolean
  /** Timers, but no sweeper to make good what becomes of one. */
  readonly unswept?: boolean
  readonly refuses: Refuses
  /** How the queues' messages are taken; each at once where nothing is said. */
  readonly pace?: Pace
}

const newest: readonly Definition[] = [...production, journey, nextJourney, settleBill]
/** What was deployed before: of every definition that has several versions only the oldest, and no returns yet. */
const oldest = newest.filter(
  ({ name, version }) => name !== 'return-order' && !newest.some((it) => it.name === name && it.version < version),
)

type Deployment = { readonly definitions: readonly Definition[]; readonly contracts: readonly AnyContract[] }
const deploymentOf = (definitions: readonly Definition[]): Deployment => ({
  definitions,
  contracts: [...new Set([...definitions.flatMap(inboxContracts), WakeSaga, DirectSaga])],
})
const deployments = { old: deploymentOf(oldest), new: deploymentOf(newest) }
const names = [...new Set(newest.map(({ name }) => name))]

/** Ordering says its events again until they were heard, a parcel is received and a trip asked for until it is. */
const lasting = [
  OrderPlaced,
  CancellationRequested,
  OrderConfirmed,
  OrderRejected,
  OrderCancelled,
  RefundRequested,
  OrderRefunded,
  OrderRefundRefused,
  ApprovalRequested,
  OrderReviewed,
  ReturnRequested,
  ReturnInspected,
  ReturnCompleted,
  ReturnRejected,
  ParcelReceived,
  TripAsked,
].map(({ type }) => type)

/** The whole platform on the simulated cloud. */
export const system = (world: World, timing: Timing, conditions: Conditions): System => {
  const { sleepless, unswept = false, refuses, pace = eager } = conditions
  const seen = witness(world, newest)
  const queues = queueing(world, timing, { lasting, watch: seen.sends, answered: seen.answered })
  const bus = eventBus(world, queues.put)
  const sagas = sagaTable()
  const orders = streamTable()
  const clockOf =
    (process: Process): Clock =>
    () =>
      world.now() + process.skew
  const streams = streaming(world, timing, {
    answered: seen.answered,
    parked: (what) => seen.violations.push(what),
    observed: nobody,
    clockOf,
  })
  const relay = (name: string, options: RelayOptions) =>
    streams.read({
      name,
      gather: 0,
      options: (process) => relaying(options, (messages) => publishAll(bus.client(process), 'bus', messages)),
    })
  const history = simulatedHistory(world, streams.read, newest)
  const expected = new Set<string>()
  const trips = new Map<string, unknown>()
  const poisoned = new Set<string>()

  const withDeadLetters = (name: string) => queues.create(name, queues.create(`${name}-dead`))
  const inboxes = Object.fromEntries(names.map((name) => [name, withDeadLetters(`saga-${name}`)]))
  const wakeups = withDeadLetters('saga-wakeups')
  const places = Object.fromEntries([
    ...['ordering', 'inventory', 'payments', 'shipping', 'notifications'].map((context) => [
      context,
      withDeadLetters(`${context}-commands`).name,
    ]),
    ...names.map((name) => [`saga-${name}`, `saga-${name}`]),
  ]) as Record<string, string>
  const inventoryEvents = withDeadLetters('inventory-events')
  const orderingEvents = withDeadLetters('ordering-events')

  const serve =
    <C extends AnyContract>(options: (process: Process) => ConsumerOptions<C>) =>
    (process: Process): Handler =>
      consumer(options(process), {
        sqs: queues.client(process),
        urlOf: (queue) => queue,
        deadLetterUrlOf: (queue) => `${queue}-dead`,
        desk: 'recovery-commands',
        receives: timing.receives,
        observed: nobody,
        clock: clockOf(process),
        random: world.random.next,
      })
  const subscribe = <C extends AnyContract>(name: string, options: (process: Process) => ConsumerOptions<C>) =>
    queues.subscribe({ queue: queues.find(name)!, function: serve(options), batch: 10, pace })

  let deployed: System['deployed'] = 'new'
  const deploymentFor = (): Deployment =>
    deployed === 'new' || (deployed === 'both' && !world.strikes('old-process')) ? deployments.new : deployments.old
  const coordinate = (process: Process): ConsumerOptions<AnyContract> => {
    const clock = clockOf(process)
    const transport = sqsTransport(queues.client(process), places, wakeups.name, clock)
    const { definitions, contracts } = deploymentFor()
    const run = coordinator({
      definitions,
      store: simulatedStore(world, sagas, process, clock, timing),
      transport: { ...transport, ...(sleepless ? { wake: async () => new Map() } : {}) },
      congestion: async (places) => {
        seen.looked(process, places)
        return world.strikes('congested')
      },
      clock,
      timing,
      watch: (movement) => seen.moved(process, movement),
    })
    return {
      service: '/saga',
      contracts,
      handleBatch: async (deliveries) => {
        const outcomes = await run(deliveries)
        for (const it of outcomes)
          if (it && !(it instanceof TransientError || it instanceof PermanentError || it instanceof Unanswered))
            seen.violations.push(`the coordinator broke down: ${it.message}`)
        if (outcomes.some((it) => it?.message.includes('which this deployment does not have')))
          world.situations['ahead-of-process'] += 1
        if (outcomes.some((it) => it?.message.includes('was moved by somebody else')))
          world.situations['lost-race'] += 1
        return outcomes
      },
    }
  }
  for (const inbox of Object.values(inboxes)) subscribe(inbox.name, coordinate)
  subscribe(wakeups.name, coordinate)

  const reply = (process: Process) =>
    replier(queues.client(process), Object.fromEntries(names.map((name) => [name, `saga-${name}`])))
  subscribe('ordering-commands', (process) => {
    const carryOut = orderingCommands({
      store: simulatedStreams(world, orders, process),
      reply: reply(process),
      clock: clockOf(process),
      measure: nobody.measure,
    })
    return { service: '/ordering', contracts: orderCommands, handle: ({ message }) => carryOut(message) }
  })
  // Views and prices decide nothing here; what counts is that hearing its own events ends ordering's watch over them.
  subscribe(orderingEvents.name, (process) => {
    const learn = orderingFacts({
      store: simulatedStreams(world, orders, process),
      views: { advance: (orderId) => world.call(process, `note an advance of ${orderId}`, () => 'noted' as const) },
      prices: { list: ({ sku }) => world.call(process, `list ${sku}`, () => {}) },
    })
    return { service: '/ordering', contracts: learnsFrom, handle: ({ message }) => learn(message) }
  })
  const others = participants(world, timing, {
    refuses,
    reply,
    clockOf,
    subscribe,
    send: queues.client,
    queueOf: (context) => `${context}-commands`,
  })

  for (const name of names)
    bus.subscribe(inboxes[name]!, [...new Set(newest.filter((it) => it.name === name).flatMap(eventsOf))])
  bus.subscribe(inventoryEvents, others.listensTo)
  bus.subscribe(orderingEvents, learnsFrom)
  // A stream forgets after a day; the reconciler must make good for what a relay never said.
  const events = relay('ordering-relay', { service: '/ordering', toMessages: publishedBy })
  orders.listeners.push((item) => events.hear({ after: item }))
  const advances = relay('saga-relay', { service: '/saga', toMessages: (change) => advanced(newest, change) })
  sagas.watch.push((before, after, process) => {
    seen.committed(before, after, process)
    const change = { ...(before ? { before } : {}), after }
    history.hear(change, after)
    // Ordering decides only by how the fulfilment of an order begins and ends, so the bus is told nothing else.
    if (isSign(before, after)) advances.hear(change)
  })

  const { answered } = seen
  const schedule = (period: number, name: string, work: (process: Process) => Promise<unknown>) => {
    if (!sleepless) every(world, period, { name, lifetime: seconds(30), work, answered })
  }
  schedule(timing.sweep, 'saga-sweeper', async (process) => {
    if (unswept) return
    const clock = clockOf(process)
    const transport = sqsTransport(queues.client(process), {}, wakeups.name, clock)
    await sweeper({
      store: simulatedSweeperStore(world, sagas, process),
      transport,
      congestion: async () => world.strikes('congested'),
      clock,
      timing,
    })(nobody.measure)
  })
  schedule(minutes(1), 'ordering-reconciler', (process) => {
    const views = { apply: () => world.call(process, 'bring a view up to date', () => {}) }
    const ports = { store: simulatedStreams(world, orders, process), views, clock: clockOf(process), log: nobody.log }
    const publish = (messages: readonly Message[]) => publishAll(bus.client(process), 'bus', messages)
    return reconcile({ ...ports, publish }, timing.stepDeadline)()
  })
  for (const { name, period, run } of others.schedules) schedule(period, name, run)

  const api = (process: Process) =>
    ordering({
      store: simulatedStreams(world, orders, process),
      prices: { find: async (skus) => others.pricesOf(skus) } as Parameters<typeof ordering>[0]['prices'],
      views: {} as Views,
      clock: clockOf(process),
    })
  /** Repeats what was not answered, as a client with an Idempotency-Key may. */
  const insisting = (what: (process: Process) => Promise<unknown>) => {
    let heard = false
    const attempt = () => {
      if (heard) return
      world.after(seconds(5), attempt)
      alone(world, { name: 'api', lifetime: timing.handlerTimeout, work: what, answered }).then(
        () => {
          heard = true
        },
        () => {},
      )
    }
    attempt()
  }
  const staff = { role: 'operator', subject: 'op' } as const

  const deadQueues = () => queues.all().filter(({ dead }) => dead)
  const liveOf = (dead: Queue) => queues.find(dead.name.replace(/-dead$/, ''))!
  const isPoison = (body: string) => poisoned.has(body)
  const stage: System = {
    sagas,
    orders,
    participants: others,
    witness: seen,
    history,
    definitions: newest,
    said: bus.accepted,
    overtaken: queues.overtaken,
    expected,
    trips,
    get deployed() {
      return deployed
    },
    set deployed(now) {
      deployed = now
      queues.redeploy()
      streams.redeploy()
    },
    place: (placing) => {
      expected.add(`fulfil-order:${orderIdFor(placing.customer, placing.key)}`)
      insisting((process) =>
        api(process).place({
          caller: { role: 'customer', subject: placing.customer },
          body: placing.body,
          key: placing.key,
        }),
      )
    },
    cancel: (customer, orderId) =>
      insisting((process) => api(process).cancel({ role: 'customer', subject: customer }, orderId)),
    refund: (orderId) => insisting((process) => api(process).refund(staff, orderId, 'It was broken.')),
    review: (orderId, approved) =>
      insisting((process) => api(process).review(staff, orderId, { approved, reason: 'I have looked at it.' })),
    sendBack: (customer, orderId) =>
      insisting((process) => api(process).sendBack({ role: 'customer', subject: customer }, orderId, 'Too small.')),
    receiveParcel: (orderId) =>
      insisting((process) =>
        parcels({
          store: others.shipmentBook(process),
          publish: (messages) => publishAll(bus.client(process), 'bus', messages),
          clock: clockOf(process),
        })(orderId),
      ),
    inspect: (orderId, condition) => insisting((process) => api(process).inspect(staff, orderId, condition)),
    tell: (draft, subject, id) => {
      if (draft.contract === TripAsked) {
        expected.add(`journey:${subject}`)
        trips.set(`journey:${subject}`, draft.data)
      }
      const time = iso(world.now())
      bus.accept(seal(draft, { id, source: '/notifications', subject, time, correlationid: subject }))
    },
    direct: (act, id) => {
      const { sagaId } = act
      const time = iso(world.now())
      const subject = sagaId.slice(sagaId.indexOf(':') + 1)
      const body = JSON.stringify(
        seal(DirectSaga(act), { id, source: '/recovery', subject, time, correlationid: subject }),
      )
      // An operator's request that was not answered is made again, under the same id.
      for (let copy = world.strikes('double-click') ? 2 : 1; copy > 0; copy -= 1) queues.put(wakeups, body)
    },
    poison: (name, body) => {
      const queue = queues.find(name)!
      const before = queue.messages.size
      queues.put(queue, body)
      // What a queue loses was never there.
      if (queue.messages.size > before) poisoned.add(body)
    },
    parked: () =>
      deadQueues().flatMap((dead) =>
        [...dead.messages.values()]
          .filter(({ body }) => !isPoison(body))
          .map(({ body }) => ({ queue: liveOf(dead).name, body })),
      ),
    redrive: () => {
      let redriven = 0
      for (const dead of deadQueues()) {
        for (const { id, body } of [...dead.messages.values()]) {
          if (isPoison(body)) continue
          dead.messages.delete(id)
          // What does not fit the saga's state any more is thrown away by whoever asked for it.
          if (body.includes(DirectSaga.type)) {
            world.situations['act-refused'] += 1
            continue
          }
          // Two operators at the desk, and each clicks.
          const twice = world.strikes('double-click')
          if (twice) world.situations['double-redrive'] += 1
          for (let copy = twice ? 2 : 1; copy > 0; copy -= 1) queues.put(liveOf(dead), body)
          redriven += 1
        }
      }
      return redriven
    },
    swallowed: () => {
      const kept = new Set(deadQueues().flatMap((dead) => [...dead.messages.values()].map(({ body }) => body)))
      return [...poisoned].filter((body) => !kept.has(body))
    },
    inFlight: () =>
      queues
        .all()
        .reduce((sum, { name, messages, dead }) => sum + (dead || name === 'saga-wakeups' ? 0 : messages.size), 0),
    unread: streams.unread,
  }
  return stage
}

/** Whether a commit shows ordering that the placing of its order was heard. */
const isSign = (before: SagaItem | undefined, { sagaId, phase }: SagaItem): boolean =>
  sagaId.startsWith('fulfil-order:') && (phase === 'ended' || (phase === 'running' && before?.phase !== 'running'))
