import type { AnyDraft } from '../events/contract.ts'
import { answer, type Message, parse, seal } from '../events/envelope.ts'
import { StockReserved } from '../events/inventory.ts'
import { ConfirmationRecorded, OrderPlaced } from '../events/ordering.ts'
import { PaymentAuthorised, PaymentCaptured } from '../events/payments.ts'
import { ShipmentBooked } from '../events/shipping.ts'
import { iso } from '../reactive/time.ts'
import { timings } from '../reactive/timing.ts'
import { coordinator } from '../sagas/engine/coordinator.ts'
import { inboxContracts } from '../sagas/engine/definition.ts'
import { fromItem, type SagaItem, written } from '../sagas/engine/item.ts'
import type { SagaInput, SagaState } from '../sagas/engine/state.ts'
import { transition } from '../sagas/engine/transition.ts'
import { fulfilOrder } from '../sagas/fulfil-order.ts'
import { type Figure, figure, rate, repeated, timed } from './measure.ts'

const now = Date.UTC(2026, 0, 1)
const timing = timings.standard
const orderOf = (index: number) => ({
  orderId: `ord_${String(index).padStart(16, '0')}`,
  customerId: 'alice',
  lines: [
    { sku: 'TEA-01', quantity: 2 },
    { sku: 'CUP-04', quantity: 1 },
  ],
  total: { amount: 4_200, currency: 'EUR' },
  paymentToken: 'tok_ok',
  shipTo: { name: 'A. Reader', street: '1 High Street', city: 'York', postcode: 'YO1 7HH', country: 'GB' },
})

const replies = (orderId: string): Record<string, AnyDraft> => ({
  'inventory.ReserveStock.v1': StockReserved({ orderId }),
  'payments.AuthorisePayment.v1': PaymentAuthorised({ orderId, authorisationId: 'auth_0123456789' }),
  'shipping.BookShipment.v1': ShipmentBooked({ orderId, carrier: 'swift', trackingNumber: 'SW0123456789' }),
  'payments.CapturePayment.v1': PaymentCaptured({ orderId, captureId: 'cap_0123456789' }),
  'ordering.ConfirmOrder.v1': ConfirmationRecorded({ orderId }),
})

/** Pure transitions of sagas that run from start to end. */
const transitions = (sagas: number): Promise<number> => {
  const inputs: SagaInput[] = [
    { kind: 'start', data: orderOf(1) },
    { kind: 'done', step: 'reserve-stock', attempt: 1, data: {} },
    { kind: 'done', step: 'authorise-payment', attempt: 1, data: { authorisationId: 'auth_0123456789' } },
    { kind: 'done', step: 'book-shipment', attempt: 1, data: { carrier: 'swift', trackingNumber: 'SW0123456789' } },
    { kind: 'done', step: 'capture-payment', attempt: 1, data: {} },
    { kind: 'ended', command: 'confirm' },
  ]
  const occasion = { sagaId: 'fulfil-order:ord_1', subject: 'ord_1', correlationId: 'ord_1' }
  return rate(sagas * inputs.length, () => {
    for (let saga = 0; saga < sagas; saga += 1) {
      let state: SagaState | undefined
      for (const input of inputs) {
        const verdict = transition(fulfilOrder, state, input, occasion, now, timing)
        if (verdict.is === 'applied') state = verdict.state
      }
      if (state?.phase !== 'ended') throw new Error('A saga of the benchmark did not end.')
    }
  })
}

/**
 * Whole sagas through the production coordinator, parsed and serialised as in production, on ports in memory. What the
 * participants make of a command is not ours to measure: the watch stands still while they answer.
 */
const sagasInMemory = async (sagas: number) => {
  const items = new Map<string, string>()
  const contracts = inboxContracts(fulfilOrder)
  const indexed = new Map<string, number | undefined>()
  const commands: string[] = []
  let largest = 0
  let writes = 0
  let reads = 0
  const coordinate = coordinator({
    definitions: [fulfilOrder],
    clock: () => now,
    timing,
    store: {
      load: async (id) => {
        reads += 1
        const text = items.get(id)
        return text ? fromItem(JSON.parse(text) as SagaItem) : undefined
      },
      save: async (next, over) => {
        const { item, text } = written(next, now, timing, over)
        largest = Math.max(largest, text.length)
        writes += Math.ceil(text.length / 1_024)
        const before = indexed.get(item.sagaId)
        if (before !== item.dueAt) writes += (before ? 1 : 0) + (item.dueAt ? 1 : 0)
        indexed.set(item.sagaId, item.dueAt)
        items.set(item.sagaId, text)
        return 'saved'
      },
    },
    transport: {
      send: async (messages) => {
        for (const { message } of messages) commands.push(JSON.stringify(message))
        return new Map()
      },
      wake: async () => new Map(),
    },
    congestion: async () => false,
  })
  const handle = async (inbox: readonly string[]) => {
    for (let read = 0; read < inbox.length; read += 10) {
      await coordinate(
        inbox.slice(read, read + 10).map((text) => {
          const parsed = parse(text, contracts)
          if (!parsed.ok) throw new Error(parsed.detail)
          return { message: parsed.message, contract: parsed.contract! }
        }),
      )
    }
  }
  const spent = { seconds: 0, cpuMs: 0 }
  for (let begun = 0; begun < sagas; begun += inFlight) {
    let inbox = Array.from({ length: Math.min(inFlight, sagas - begun) }, (_, index) => placed(begun + index))
    while (inbox.length > 0) {
      const { seconds, cpuMs } = await timed(() => handle(inbox))
      spent.seconds += seconds
      spent.cpuMs += cpuMs
      inbox = commands.splice(0).map(answered)
    }
  }
  const ended = [...items.values()].filter((text) => (JSON.parse(text) as SagaItem).phase === 'ended').length
  if (ended !== sagas) throw new Error(`${sagas - ended} sagas of the benchmark did not end.`)
  return {
    perSecond: sagas / spent.seconds,
    cpuMs: spent.cpuMs / sagas,
    largest,
    writeUnits: writes / sagas,
    readUnits: reads / sagas,
  }
}

/** Few enough for the processor's caches, many enough that looking at the watch costs nothing. */
const inFlight = 500

/** The event that starts a saga, as its inbox gets it. */
const placed = (index: number): string => {
  const order = orderOf(index)
  const { orderId } = order
  return JSON.stringify(
    seal(OrderPlaced(order), {
      id: `${orderId}/1`,
      source: '/ordering',
      subject: orderId,
      time: iso(now),
      correlationid: orderId,
    }),
  )
}

/** What a participant answers to a command. */
const answered = (text: string): string => {
  const command = JSON.parse(text) as Message
  return JSON.stringify(answer(replies(command.subject)[command.type]!, command, '/participant', iso(now)))
}

export const sagaFigures = async (): Promise<Figure[]> => {
  const pure = await repeated(7, () => transitions(20_000))
  const whole: Awaited<ReturnType<typeof sagasInMemory>>[] = []
  // A process in the middle of its day: what the first thousands cost, while the engine is still being compiled, is what
  // a cold start costs, and that has a figure of its own.
  await sagasInMemory(10_000)
  for (let run = 0; run < 7; run += 1) whole.push(await sagasInMemory(2_000))
  return [
    figure('pure transitions', '/s', pure, { atLeast: 200_000 }),
    figure(
      'whole sagas on ports in memory',
      '/s',
      whole.map(({ perSecond }) => perSecond),
      { atLeast: 10_000 },
    ),
    figure(
      'processor time of a four-step saga on ports in memory',
      'ms',
      whole.map(({ cpuMs }) => cpuMs),
      { atMost: 0.1 },
    ),
    figure(
      'largest item of a four-step saga',
      'bytes',
      whole.map(({ largest }) => largest),
      { atMost: 1_024 },
    ),
    figure(
      'write units of a four-step saga and its index',
      'units',
      whole.map(({ writeUnits }) => writeUnits),
      { atMost: 8 },
    ),
    figure(
      'read units of a four-step saga',
      'units',
      whole.map(({ readUnits }) => readUnits),
      { atMost: 6 },
    ),
  ]
}
