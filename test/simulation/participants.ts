import type { SQSClient } from '@aws-sdk/client-sqs'
import type { AnyContract } from '../../events/contract.ts'
import type { Message } from '../../events/envelope.ts'
import { OrderConfirmed } from '../../events/ordering.ts'
import { saleOf } from '../../functions/inventory/sale.ts'
import { inventory, inventoryCommands } from '../../functions/inventory/service.ts'
import { paymentCommands, payments } from '../../functions/payments/service.ts'
import { shipping, shippingCommands } from '../../functions/shipping/service.ts'
import type { ConsumerOptions } from '../../reactive/consume.ts'
import { resendOpenIntents } from '../../reactive/open-intents.ts'
import { sendAll } from '../../reactive/send.ts'
import { type Clock, minutes } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import { type Books, simulatedPartner } from './partner.ts'
import { type RecordTable, simulatedRecords } from './records.ts'
import { type StockTable, simulatedStock } from './stock-store.ts'
import type { Process, World } from './world.ts'

export type Participants = {
  readonly stock: StockTable
  readonly payments: RecordTable
  readonly shipments: RecordTable
  readonly acquirer: Books
  readonly carriers: Books
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

type House = {
  readonly refuses?: (key: string) => boolean
  readonly reply: (process: Process) => (reply: Message, to: Message) => Promise<void>
  readonly clockOf: (process: Process) => Clock
  readonly send: (process: Process) => SQSClient
  readonly queueOf: (context: string) => string
  readonly subscribe: <C extends AnyContract>(
    queue: string,
    options: (process: Process) => ConsumerOptions<C>,
  ) => unknown
}

/** A partner refuses by the seed's choice, but always the same for one key: what it once said it says again. */
const refusals = (world: World, share: number) => {
  const decided = new Map<string, boolean>()
  return (key: string) => {
    const known = decided.get(key) ?? world.random.chance(share)
    decided.set(key, known)
    return known
  }
}

/** The production services of the three contexts that a saga commands, on simulated tables and partners. */
export const participants = (world: World, timing: Timing, house: House): Participants => {
  const stock: StockTable = { stock: new Map(), reservations: new Map() }
  const paymentRecords: RecordTable = new Map()
  const shipmentRecords: RecordTable = new Map()
  const acquirer: Books = new Map()
  const carriers: Books = new Map()
  const declines = house.refuses ?? refusals(world, 0.12)
  const undeliverable = house.refuses ?? refusals(world, 0.06)
  const declinesCapture = house.refuses ?? refusals(world, 0.05)

  const { reply, clockOf, subscribe, send, queueOf } = house
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
      acquirer: simulatedPartner(world, process, {
        name: 'acquirer',
        books: acquirer,
        refuses: (key) => (key.includes('/capture-payment/') ? declinesCapture(key) : declines(key)),
        outcomeOf: (key) =>
          key.includes('/capture-payment/')
            ? { kind: 'captured', captureId: `cap(${key})`, authorisationId: `auth(${key})` }
            : { kind: 'authorised', authorisationId: `auth(${key})` },
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
      store: simulatedRecords(world, shipmentRecords, process),
      carriers: simulatedPartner(world, process, {
        name: 'carrier',
        books: carriers,
        refuses: undeliverable,
        outcomeOf: (key) => ({ carrier: 'swift', trackingNumber: `sw(${key})` }),
      }),
    })
    return {
      service: '/shipping',
      contracts: shippingCommands,
      handle: ({ message, remainingMs }) => serve(message, remainingMs),
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
    listensTo: [OrderConfirmed],
    pricesOf: (skus) =>
      Object.fromEntries(skus.map((sku) => [sku, { name: sku, price: { amount: 1_000, currency: 'EUR' } }])),
    schedules: [
      { name: 'payments-intents', period: minutes(1), run: resend('payments', paymentRecords) },
      { name: 'shipping-intents', period: minutes(1), run: resend('shipping', shipmentRecords) },
    ],
  }
}
