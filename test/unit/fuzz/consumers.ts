import type { AnyContract } from '../../../events/contract.ts'
import { type Message, seal } from '../../../events/envelope.ts'
import { ProductListed } from '../../../events/inventory.ts'
import { ConfirmOrder, OrderConfirmed, OrderPlaced } from '../../../events/ordering.ts'
import { AuthorisePayment } from '../../../events/payments.ts'
import { RecordOutcome } from '../../../events/recovery.ts'
import { WakeSaga } from '../../../events/saga.ts'
import { BookShipment } from '../../../events/shipping.ts'
import { saleOf } from '../../../functions/inventory/sale.ts'
import { inventory, inventoryCommands } from '../../../functions/inventory/service.ts'
import { news } from '../../../functions/notifications/compose.ts'
import { notifier } from '../../../functions/notifications/service.ts'
import { orderCommands, orderingCommands } from '../../../functions/ordering/commands.ts'
import { learnsFrom, orderingFacts } from '../../../functions/ordering/learn.ts'
import { httpAcquirer } from '../../../functions/payments/acquirer.ts'
import type { PaymentIntent, PaymentResult } from '../../../functions/payments/decide.ts'
import { paymentCommands, payments } from '../../../functions/payments/service.ts'
import { deskCommands, deskCommandsOf } from '../../../functions/recovery/outcomes.ts'
import { httpCarriers } from '../../../functions/shipping/carriers.ts'
import type { ShipmentResult, ShippingIntent } from '../../../functions/shipping/decide.ts'
import { shipping, shippingCommands } from '../../../functions/shipping/service.ts'
import type { ConsumerOptions } from '../../../reactive/consume.ts'
import { unmeasured } from '../../../reactive/metering.ts'
import { partnerCall } from '../../../reactive/partner-call.ts'
import { iso, minutes } from '../../../reactive/time.ts'
import { timings } from '../../../reactive/timing.ts'
import { coordinator } from '../../../sagas/engine/coordinator.ts'
import { inboxContracts } from '../../../sagas/engine/definition.ts'
import { fromItem, type SagaItem, toItem } from '../../../sagas/engine/item.ts'
import { definitions } from '../../../sagas/index.ts'
import { aProduct, memoryInventory, reserving } from '../../support/inventory.ts'
import { memoryCommandRecords } from '../../support/memory-command-records.ts'
import { deskTables, memoryStore as memoryDesk } from '../../support/memory-desk.ts'
import { memoryPartners } from '../../support/memory-partners.ts'
import { unobserved } from '../../support/observation.ts'
import { memoryPrices, memoryStore, memoryViews, placed, shipTo } from '../../support/ordering.ts'

/** One queue of the platform with its production consumer over ports in memory, and messages that it handles at once. */
export type Consumed = {
  readonly queue: string
  // biome-ignore lint/suspicious/noExplicitAny: consumers of every contract in one list
  readonly options: ConsumerOptions<any>
  /** A good message that nobody has seen before. */
  readonly next: () => Promise<Message>
}

export const now = Date.UTC(2026, 10, 21, 14)
const clock = () => now
const timing = timings.standard
const lines = [{ sku: 'TEA-01', quantity: 1 }]
const total = { amount: 450, currency: 'EUR' }
const quiet = async () => {}

/** Every queue that a function of the platform consumes. */
export const everyConsumer = (): Consumed[] => {
  let count = 0
  const newOrder = () => `ord_${(count++).toString(36).padStart(26, 'a')}`
  const event = (id: string, orderId: string) => ({
    id,
    source: '/ordering',
    subject: orderId,
    time: iso(now),
    correlationid: orderId,
  })
  const asked = (step: string, orderId: string) => ({
    ...event(`fulfil-order:${orderId}/${step}/do/1`, orderId),
    source: '/saga/fulfil-order',
    firstsent: iso(now),
    deadline: iso(now + minutes(5)),
  })

  const shelves = memoryInventory([aProduct('TEA-01', { stock: 1_000_000 })])
  const reserve = inventory({ store: shelves.store, reply: quiet, clock, timing })
  const sell = saleOf({ store: shelves.store, clock })
  const partners = memoryPartners({ clock })
  const partner = (name: string) =>
    partnerCall({
      baseUrl: `http://partners.test/${name}`,
      sign: async ({ headers }) => ({ ...headers }),
      exchange: partners.exchange,
    })
  const pay = payments({
    store: memoryCommandRecords<PaymentIntent, PaymentResult>(),
    acquirer: httpAcquirer(partner('acquirer'), 200),
    reply: quiet,
    clock,
    timing,
  })
  const ship = shipping({
    store: memoryCommandRecords<ShippingIntent, ShipmentResult>(),
    carriers: httpCarriers(partner('carriers'), 200),
    reply: quiet,
    clock,
    timing,
  })
  const streams = memoryStore()
  const carryOut = orderingCommands({ store: streams, reply: quiet, clock, measure: unmeasured })
  const learn = orderingFacts({ prices: memoryPrices(), views: memoryViews(), store: streams })
  const notices = new Map<string, 'pending' | 'sent' | 'outdated'>()
  const notify = notifier({
    store: {
      begin: async ({ eventId }) => {
        notices.set(eventId, notices.get(eventId) ?? 'pending')
        return notices.get(eventId)!
      },
      settled: async ({ eventId }, as) => void notices.set(eventId, as),
    },
    publish: quiet,
    clock,
    measure: unmeasured,
    level: async () => 0,
    waitsAtMost: 0,
  })
  const sagas = new Map<string, string>()
  const coordinate = coordinator({
    definitions,
    store: {
      load: async (id) => {
        const text = sagas.get(id)
        return text ? fromItem(JSON.parse(text) as SagaItem) : undefined
      },
      save: async (next) => {
        const item = toItem(next, now, timing)
        sagas.set(item.sagaId, JSON.stringify(item))
        return 'saved'
      },
    },
    transport: { send: async () => new Map(), wake: async () => new Map() },
    congestion: async () => false,
    clock,
    timing,
  })
  const desk = memoryDesk(deskTables())
  const { log } = unobserved('/recovery')
  const serveDesk = deskCommandsOf({
    desk,
    plans: { load: async () => undefined },
    clock,
    log,
  } as unknown as Parameters<typeof deskCommandsOf>[0])
  const saga = {
    service: '/saga',
    contracts: [...new Set<AnyContract>([...definitions.flatMap(inboxContracts), WakeSaga])],
    handleBatch: coordinate,
  }
  const confirmed = async () => {
    const orderId = newOrder()
    await reserve(reserving(lines, { order: orderId, time: now }))
    return seal(OrderConfirmed({ orderId, customerId: 'alice', lines, total }), event(`${orderId}/2`, orderId))
  }

  return [
    {
      queue: 'inventory-commands',
      options: {
        service: '/inventory',
        contracts: inventoryCommands,
        handle: ({ message }) => reserve(message as never),
      },
      next: async () => reserving(lines, { order: newOrder(), time: now }),
    },
    {
      queue: 'inventory-events',
      options: { service: '/inventory', contracts: [OrderConfirmed], handle: ({ message }) => sell(message as never) },
      next: confirmed,
    },
    {
      queue: 'payments-commands',
      options: {
        service: '/payments',
        contracts: paymentCommands,
        handle: ({ message, remainingMs }) => pay(message as never, remainingMs),
      },
      next: async () => {
        const orderId = newOrder()
        return seal(AuthorisePayment({ orderId, amount: total, token: 'tok_ok' }), asked('authorise-payment', orderId))
      },
    },
    {
      queue: 'shipping-commands',
      options: {
        service: '/shipping',
        contracts: shippingCommands,
        handle: ({ message, remainingMs }) => ship(message as never, remainingMs),
      },
      next: async () => {
        const orderId = newOrder()
        return seal(BookShipment({ orderId, lines, shipTo }), asked('book-shipment', orderId))
      },
    },
    {
      queue: 'ordering-commands',
      options: { service: '/ordering', contracts: orderCommands, handle: ({ message }) => carryOut(message as never) },
      next: async () => {
        const orderId = newOrder()
        await streams.append(orderId, 0, [placed], { at: iso(now), correlationid: orderId })
        return seal(ConfirmOrder({ orderId }), { ...asked('end', orderId), id: `fulfil-order:${orderId}/end/confirm` })
      },
    },
    {
      queue: 'ordering-events',
      options: { service: '/ordering', contracts: learnsFrom, handle: ({ message }) => learn(message as never) },
      next: async () => {
        const revision = count++ + 1
        return seal(ProductListed({ sku: 'TEA-01', name: 'Tea', price: total, revision }), {
          ...event(`TEA-01/${revision}`, 'TEA-01'),
          source: '/inventory',
        })
      },
    },
    {
      queue: 'notifications-events',
      options: { service: '/notifications', contracts: news, handle: ({ message }) => notify(message as never) },
      next: confirmed,
    },
    {
      queue: 'saga-fulfil-order',
      options: saga,
      next: async () => {
        const orderId = newOrder()
        const order = { orderId, customerId: 'alice', lines, total, paymentToken: 'tok_ok', shipTo }
        return seal(OrderPlaced(order), event(`${orderId}/1`, orderId))
      },
    },
    {
      queue: 'saga-wakeups',
      options: saga,
      next: async () => {
        const orderId = newOrder()
        const sagaId = `fulfil-order:${orderId}`
        return seal(WakeSaga({ sagaId, number: 1 }), event(`${sagaId}/wake/1`, orderId))
      },
    },
    {
      queue: 'recovery-commands',
      options: { service: '/recovery', contracts: deskCommands, handleBatch: serveDesk },
      next: async () => {
        const record = `f_${newOrder().slice(4)}`
        const said = { record, act: 'a', outcome: 'handled' as const, consumer: '/payments', at: iso(now) }
        return seal(RecordOutcome(said), event(`${record}/a/handled`, record))
      },
    },
  ]
}
