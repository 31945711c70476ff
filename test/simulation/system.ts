import type { AnyContract } from '../../events/contract.ts'
import type { Message } from '../../events/envelope.ts'
import { DirectSaga, WakeSaga } from '../../events/saga.ts'
import { endCommands, orderingCommands } from '../../functions/ordering/commands.ts'
import { learnsFrom, orderingFacts } from '../../functions/ordering/learn.ts'
import { published } from '../../functions/ordering/published.ts'
import { reconcile } from '../../functions/ordering/reconcile.ts'
import { ordering } from '../../functions/ordering/service.ts'
import type { Views } from '../../functions/ordering/views.ts'
import { type ConsumerOptions, consumer } from '../../reactive/consume.ts'
import { publishAll, replier } from '../../reactive/send.ts'
import { type Clock, minutes, seconds } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import { coordinator } from '../../sagas/engine/coordinator.ts'
import { type Definition, inboxContracts } from '../../sagas/engine/definition.ts'
import { advanced } from '../../sagas/engine/history.ts'
import { sqsTransport } from '../../sagas/engine/sqs-transport.ts'
import { sweeper } from '../../sagas/engine/sweeper.ts'
import { unobserved } from '../support/observation.ts'
import { eventBus } from './bus.ts'
import { type StreamTable, simulatedStreams, streamTable } from './order-streams.ts'
import { type Participants, participants } from './participants.ts'
import { type Handler, queueing } from './queues.ts'
import { sagaTable, simulatedStore, simulatedSweeperStore } from './saga-store.ts'
import type { Process, World } from './world.ts'

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
  /** Ids of the events that the bus was ever told. */
  readonly said: ReadonlySet<string>
  /** A customer who repeats the request under one key until it is answered. */
  place(placing: Placing): void
  cancel(customer: string, orderId: string): void
  /** What is parked on the desk, oldest first; `redrive` puts it back under its own id. */
  parked(): { readonly queue: string; readonly body: string }[]
  redrive(): number
  inFlight(): number
}

/** `sleepless`: no timer, no sweeper, no reconciler. What redelivery alone must bring to its end shows there. */
export type Conditions = {
  readonly sleepless: boolean
  /** Which calls the partners refuse; by chance when absent, but always the same for one key. */
  readonly refuses?: (key: string) => boolean
}

/** The whole platform on the simulated cloud. */
export const system = (
  world: World,
  definition: Definition,
  timing: Timing,
  { sleepless, refuses }: Conditions,
): System => {
  const queues = queueing(world, timing)
  const bus = eventBus(world, queues.put)
  const sagas = sagaTable()
  const orders = streamTable()
  const clockOf =
    (process: Process): Clock =>
    () =>
      world.now() + process.skew

  const withDeadLetters = (name: string) => queues.create(name, queues.create(`${name}-dead`))
  const inbox = withDeadLetters(`saga-${definition.name}`)
  const wakeups = withDeadLetters('saga-wakeups')
  const places = {
    ...Object.fromEntries(
      ['ordering', 'inventory', 'payments', 'shipping'].map((context) => [
        context,
        withDeadLetters(`${context}-commands`).name,
      ]),
    ),
    [inbox.name]: inbox.name,
  }
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
    queues.subscribe({ queue: queues.find(name)!, function: serve(options), batch: 10 })

  const coordinate = (process: Process): ConsumerOptions<AnyContract> => {
    const clock = clockOf(process)
    const transport = sqsTransport(queues.client(process), places, wakeups.name, clock)
    const run = coordinator({
      definitions: [definition],
      store: simulatedStore(world, sagas, process, clock, timing),
      transport: { ...transport, ...(sleepless ? { wake: async () => {} } : {}) },
      congestion: async () => false,
      clock,
      timing,
    })
    return {
      service: '/saga',
      contracts: [...inboxContracts(definition), WakeSaga, DirectSaga],
      handleBatch: (deliveries) => run(deliveries),
    }
  }
  subscribe(inbox.name, coordinate)
  subscribe(wakeups.name, coordinate)

  const reply = (process: Process) => replier(queues.client(process), { [definition.name]: inbox.name })
  subscribe('ordering-commands', (process) => {
    const carryOut = orderingCommands({
      store: simulatedStreams(world, orders, process),
      reply: reply(process),
      clock: clockOf(process),
      measure: nobody.measure,
    })
    return { service: '/ordering', contracts: endCommands, handle: ({ message }) => carryOut(message) }
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
    ...(refuses ? { refuses } : {}),
    reply,
    clockOf,
    subscribe,
    send: queues.client,
    queueOf: (context) => `${context}-commands`,
  })

  bus.subscribe(inbox, [definition.startedBy, ...(definition.cancelledBy ? [definition.cancelledBy] : [])])
  bus.subscribe(inventoryEvents, others.listensTo)
  bus.subscribe(orderingEvents, learnsFrom)
  // A stream forgets after a day; the reconciler must make good for what a relay never said.
  const relay = (messages: readonly Message[], delay: number) => {
    if (!world.strikes('lost-stream')) world.after(world.random.upTo(delay), () => messages.forEach(bus.accept))
  }
  orders.listeners.push((event) => relay([published(event)], 200))
  sagas.watch.push((before, after) => {
    relay(advanced([definition], { ...(before ? { before: { ...before } } : {}), after: { ...after } }), 400)
  })

  const every = (period: number, name: string, run: (process: Process) => Promise<unknown>) => {
    const tick = () => {
      run(world.process(name, seconds(30))).catch(() => {})
      world.after(period, tick)
    }
    if (!sleepless) world.after(period, tick)
  }
  every(timing.sweep, 'saga-sweeper', (process) => {
    const clock = clockOf(process)
    const transport = sqsTransport(queues.client(process), {}, wakeups.name, clock)
    return sweeper({
      store: simulatedSweeperStore(world, sagas, process),
      transport,
      congestion: async () => false,
      clock,
      timing,
    })()
  })
  every(minutes(1), 'ordering-reconciler', (process) => {
    const views = { apply: () => world.call(process, 'bring a view up to date', () => {}) }
    const ports = { store: simulatedStreams(world, orders, process), views, clock: clockOf(process), log: nobody.log }
    const publish = (messages: readonly Message[]) => publishAll(bus.client(process), 'bus', messages)
    return reconcile({ ...ports, publish }, timing.stepDeadline)()
  })
  for (const { name, period, run } of others.schedules) every(period, name, run)

  const api = (process: Process) =>
    ordering({
      store: simulatedStreams(world, orders, process),
      prices: { find: async (skus) => others.pricesOf(skus) } as Parameters<typeof ordering>[0]['prices'],
      views: {} as Views,
      clock: clockOf(process),
    })
  /** Repeats what was not answered, as a client with an Idempotency-Key may. */
  const insisting = (what: (process: Process) => Promise<unknown>) => {
    let answered = false
    const attempt = () => {
      if (answered) return
      world.after(seconds(5), attempt)
      what(world.process('ordering-api', timing.handlerTimeout)).then(
        () => {
          answered = true
        },
        () => {},
      )
    }
    attempt()
  }

  const deadQueues = () => queues.all().filter(({ name }) => name.endsWith('-dead'))
  return {
    sagas,
    orders,
    participants: others,
    said: bus.accepted,
    place: ({ customer, key, body }) =>
      insisting((process) => api(process).place({ caller: { role: 'customer', subject: customer }, body, key })),
    cancel: (customer, orderId) =>
      insisting((process) => api(process).cancel({ role: 'customer', subject: customer }, orderId)),
    parked: () =>
      deadQueues().flatMap((queue) =>
        [...queue.messages.values()].map(({ body }) => ({ queue: queue.name.replace(/-dead$/, ''), body })),
      ),
    redrive: () => {
      let redriven = 0
      for (const dead of deadQueues()) {
        for (const { id, body } of [...dead.messages.values()]) {
          dead.messages.delete(id)
          queues.put(queues.find(dead.name.replace(/-dead$/, ''))!, body)
          redriven += 1
        }
      }
      return redriven
    },
    inFlight: () =>
      queues.all().reduce((sum, { name, messages }) => sum + (name.startsWith('saga-wakeups') ? 0 : messages.size), 0),
  }
}
