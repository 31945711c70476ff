import type { SQSClient } from '@aws-sdk/client-sqs'
import type { AnyContract } from '../../events/contract.ts'
import type { Message } from '../../events/envelope.ts'
import { OrderConfirmed } from '../../events/ordering.ts'
import { saleOf } from '../../functions/inventory/sale.ts'
import { inventory, inventoryCommands } from '../../functions/inventory/service.ts'
import { paymentCommands, payments } from '../../functions/payments/service.ts'
import type { ShipmentResult, ShippingIntent } from '../../functions/shipping/decide.ts'
import { shipping, shippingCommands } from '../../functions/shipping/service.ts'
import type { CommandRecords } from '../../reactive/command-records.ts'
import type { ConsumerOptions } from '../../reactive/consume.ts'
import { hashOf } from '../../reactive/hash.ts'
import { resendOpenIntents } from '../../reactive/open-intents.ts'
import { sendAll } from '../../reactive/send.ts'
import { type Clock, minutes } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import { type Books, simulatedGuard, simulatedPartner } from './partner.ts'
import { type RecordTable, simulatedRecords } from './records.ts'
import { type StockTable, simulatedStock } from './stock-store.ts'
import { type Travel, travelCommands, travelling } from './travel.ts'
import type { Process, World } from './world.ts'

export type Participants = {
  readonly stock: StockTable
  readonly payments: RecordTable
  readonly shipments: RecordTable
  readonly acquirer: Books
  readonly carriers: Books
  readonly travel: Travel
  /** The records of shipping, as one process reads them. */
  readonly shipmentBook: (process: Process) => CommandRecords<ShippingIntent, ShipmentResult>
  readonly listensTo: readonly AnyContract[]
  readonly pricesOf: (
    skus: readonly string[],
  ) => Record<string, { name: string; price: { amount: number; currency: string } }>
  readonly schedules: readonly {
    readonly name: string
    readonly period: number
    readonly run: (process: Process) => Promise<unknown>
  }[]
}

/** A product of which two make a large order. */
export const dear = 'SKU-C'

type House = {
  readonly refuses: Refuses
  readonly reply: (process: Process) => (reply: Message, to: Message) => Promise<void>
  readonly clockOf: (process: Process) => Clock
  readonly send: (process: Process) => SQSClient
  readonly queueOf: (context: string) => string
  readonly subscribe: <C extends AnyContract>(
    queue: string,
    options: (process: Process) => ConsumerOptions<C>,
  ) => unknown
}

/**
 * What partners refuse: `share` of all keys, but always the same for one key: what it once said it says again.
 */
export type Refuses = (key: string, share: number) => boolean

export const bySeed =
  (seed: number): Refuses =>
  (key, share) =>
    hashOf(`${key}#${seed}`) / 2 ** 32 < share

/** The production services of the three contexts that a saga commands, on simulated tables and partners. */
export const participants = (world: World, timing: Timing, house: House): Participants => {
  const stock: StockTable = { stock: new Map(), reservations: new Map() }
  const paymentRecords: RecordTable = new Map()
  const shipmentRecords: RecordTable = new Map()
  const acquirer: Books = new Map()
  const carriers: Books = new Map()

  const shipmentBook = (process: Process) =>
    simulatedRecords<ShippingIntent, ShipmentResult>(world, shipmentRecords, process)

  const travel: Travel = { records: new Map(), books: new Map(), endings: new Map(), violations: [] }

  const { reply, clockOf, subscribe, send, queueOf, refuses } = house
  const ports = (process: Process) => ({ reply: reply(process), clock: clockOf(process), timing })

  subscribe(queueOf('inventory'), (process) => {
    const serve = inventory({ ...ports(process), store: simulatedStock(world, stock, process) })
    return { service: '/inventory', contracts: inventoryCommands, handle: ({ message }) => serve(message) }
  })
  subscribe('inventory-events', (process) => {
    const sell = saleOf({ clock: clockOf(process), store: simulatedStock(world, stock, process) })
    return { service: '/inventory', contracts: [OrderConfirmed], handle: ({ message }) => sell(message) }
  })
  subscribe(queueOf('payments'), (process) => {
    const serve = payments({
      ...ports(process),
      store: simulatedRecords(world, paymentRecords, process),
      guard: simulatedGuard(world, process, 'acquirer'),
      acquirer: simulatedPartner(world, process, {
        name: 'acquirer',
        books: acquirer,
        refuses: (key) => refuses(key, key.includes('/authorise-payment/') ? 0.12 : 0.05),
        outcomeOf: (key) =>
          key.includes('/capture-payment/')
            ? { kind: 'captured', captureId: `cap(${key})`, authorisationId: `auth(${key})` }
            : key.includes('/authorise-payment/')
              ? { kind: 'authorised', authorisationId: `auth(${key})` }
              : { kind: 'refunded', refundId: `ref(${key})`, captureId: `cap(${key})` },
      }),
    })
    return {
      service: '/payments',
      contracts: paymentCommands,
      handle: ({ message, remainingMs }) => serve(message, remainingMs),
    }
  })
  subscribe(queueOf('shipping'), (process) => {
    const serve = shipping({
      ...ports(process),
      store: shipmentBook(process),
      guardOf: (carrier) => simulatedGuard(world, process, carrier),
      carriers: simulatedPartner(world, process, {
        name: 'carrier',
        books: carriers,
        // Who has fetched a parcel cannot refuse to be told that all is settled.
        refuses: (key) => !key.includes('/close-with-carrier/') && refuses(key, 0.06),
        outcomeOf: (key) => {
          const carrier = key.includes('/pick-up-by-steady/') ? 'steady' : 'swift'
          return { carrier, trackingNumber: `${carrier}(${key})` }
        },
        keeps: (key) => key.includes('/pick-up-by-'),
      }),
    })
    return {
      service: '/shipping',
      contracts: shippingCommands,
      handle: ({ message, remainingMs }) => serve(message, remainingMs),
    }
  })

  subscribe(queueOf('notifications'), (process) => {
    const serve = travelling({
      ...ports(process),
      world,
      process,
      travel,
      refuses: (key) =>
        key.includes('/flight/') && refuses(`${key}/busy`, 0.4) ? 'busy' : refuses(key, 0.05) ? 'declined' : undefined,
    })
    return {
      service: '/notifications',
      contracts: travelCommands,
      handle: ({ message, remainingMs }) => serve(message as Message, remainingMs),
    }
  })

  const resend = (context: string, table: RecordTable) => (process: Process) =>
    resendOpenIntents({
      intents: simulatedRecords(world, table, process),
      send: (messages) =>
        sendAll(
          send(process),
          queueOf(context),
          messages.map((message) => ({ message })),
        ),
      clock: clockOf(process),
      olderThan: timing.visibility,
    })

  return {
    stock,
    payments: paymentRecords,
    shipments: shipmentRecords,
    acquirer,
    carriers,
    travel,
    shipmentBook,
    listensTo: [OrderConfirmed],
    // Two of the dear ones make an order that waits for an approval.
    pricesOf: (skus) =>
      Object.fromEntries(
        skus.map((sku) => [sku, { name: sku, price: { amount: sku === dear ? 60_000 : 1_000, currency: 'EUR' } }]),
      ),
    schedules: [
      { name: 'payments-intents', period: minutes(1), run: resend('payments', paymentRecords) },
      { name: 'shipping-intents', period: minutes(1), run: resend('shipping', shipmentRecords) },
      { name: 'travel-intents', period: minutes(1), run: resend('notifications', travel.records) },
    ],
  }
}
