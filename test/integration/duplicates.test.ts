import { randomBytes } from 'node:crypto'
import {
  DeleteRuleCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
} from '@aws-sdk/client-eventbridge'
import {
  CreateQueueCommand,
  DeleteQueueCommand,
  GetQueueAttributesCommand,
  ReceiveMessageCommand,
  SendMessageCommand,
  SQSClient,
} from '@aws-sdk/client-sqs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { countMessages } from '../../cli/audit/settled.ts'
import type { AnyDraft } from '../../events/contract.ts'
import { answer, type Message } from '../../events/envelope.ts'
import type { OrderDocument } from '../../events/http/ordering.ts'
import { StockReleased, StockReserved } from '../../events/inventory.ts'
import { ConfirmationRecorded, OrderConfirmed, OrderRejected, RejectionRecorded } from '../../events/ordering.ts'
import { PaymentAuthorised, PaymentCaptured, PaymentRefused } from '../../events/payments.ts'
import { ShipmentBooked } from '../../events/shipping.ts'
import { timings } from '../../reactive/timing.ts'
import { outstanding } from '../../sagas/engine/outstanding.ts'
import type { Running, StepState } from '../../sagas/engine/state.ts'
import { fulfilOrder } from '../../sagas/fulfil-order.ts'
import { until } from './patience.ts'
import {
  booksOf,
  ended,
  expectAgreement,
  expectConservation,
  newCustomer,
  newProducts,
  operator,
  orderOf,
  recordsOf,
  system,
  tableOf,
} from './world.ts'

const sqs = new SQSClient(system.clientConfig)
const bridge = new EventBridgeClient(system.clientConfig)
const bus = tableOf('BusName')

/** A subscriber of everything on the bus: the messages that were really sent, not ones that a test made up. */
const tap = { name: `tap-${randomBytes(4).toString('hex')}`, url: '', heard: [] as Message[] }
beforeAll(async () => {
  const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: tap.name }))
  tap.url = QueueUrl!
  const { Attributes } = await sqs.send(
    new GetQueueAttributesCommand({ QueueUrl: tap.url, AttributeNames: ['QueueArn'] }),
  )
  const EventPattern = JSON.stringify({ source: [{ prefix: 'neverstop.' }] })
  await bridge.send(new PutRuleCommand({ Name: tap.name, EventBusName: bus, EventPattern }))
  await bridge.send(
    new PutTargetsCommand({
      Rule: tap.name,
      EventBusName: bus,
      Targets: [{ Id: 'tap', Arn: Attributes!.QueueArn!, InputPath: '$.detail' }],
    }),
  )
})
afterAll(async () => {
  await bridge.send(new RemoveTargetsCommand({ Rule: tap.name, EventBusName: bus, Ids: ['tap'] }))
  await bridge.send(new DeleteRuleCommand({ Name: tap.name, EventBusName: bus }))
  await sqs.send(new DeleteQueueCommand({ QueueUrl: tap.url }))
})

/** The events about an order, once the one that ends it is among them. */
const eventsAbout = async (orderId: string, last: string): Promise<Message[]> => {
  const about = () => tap.heard.filter(({ subject }) => subject === orderId)
  const complete = await until(
    async () => {
      const { Messages = [] } = await sqs.send(
        new ReceiveMessageCommand({ QueueUrl: tap.url, MaxNumberOfMessages: 10, WaitTimeSeconds: 1 }),
      )
      tap.heard.push(...Messages.map(({ Body }) => JSON.parse(Body!) as Message))
      const advances = about().filter(({ type }) => type.startsWith('saga.'))
      const over = advances.some(({ data }) => (data as { phase: string }).phase === 'ended')
      return over && about().some(({ type }) => type === last) ? about() : undefined
    },
    { within: 30_000, every: 10 },
  )
  return complete ?? expect.fail(`the bus never carried ${last} of ${orderId}, only ${JSON.stringify(about())}`)
}

/** The commands that the coordinator derives for an order when its steps are in these states: its own code, no copy. */
const commandsOf = (order: OrderDocument, placed: Message, steps: readonly StepState[], end?: 'confirm' | 'reject') => {
  const state: Running = {
    id: `fulfil-order:${order.orderId}`,
    definition: 'fulfil-order',
    version: fulfilOrder.version,
    subject: order.orderId,
    correlationId: placed.correlationid,
    revision: 9,
    phase: 'running',
    hash: '',
    mode: end === 'reject' ? 'compensating' : 'forward',
    input: placed.data,
    startedAt: Date.parse(order.placedAt),
    deadlineAt: Date.parse(order.placedAt) + timings.brief.sagaDeadline,
    // An order of this size waits for nobody's approval.
    steps: [{ status: 'skipped', attempt: 1, asks: 0 }, ...steps],
    ...(order.reason ? { because: order.reason } : {}),
    ...(end ? { end: { command: end, asks: 0, dueAt: Date.now() } } : {}),
    wake: { number: 1, at: Date.now() },
  }
  return outstanding(fulfilOrder, state, Date.now(), timings.brief).map(({ message }) => message)
}

const queueOf = ({ type }: Message) => {
  const owner = type.split('.')[0]!
  return tableOf(`${owner.charAt(0).toUpperCase()}${owner.slice(1)}CommandsQueueUrl`)
}

/** Sends every message `times` times over, all at once, and waits until all queues are empty again. */
const sendAgain = async (
  { events, commands, replies }: { events: Message[]; commands: Message[]; replies: Message[] },
  times = 2,
) => {
  const to = (QueueUrl: string) => (message: Message) => () =>
    sqs.send(new SendMessageCommand({ QueueUrl, MessageBody: JSON.stringify(message) }))
  const sends = [
    ...commands.map((command) => to(queueOf(command))(command)),
    ...replies.map(to(tableOf('SagaFulfilOrderQueueUrl'))),
    ...events.map(
      (event) => () =>
        bridge.send(
          new PutEventsCommand({
            Entries: [
              {
                EventBusName: bus,
                Source: `neverstop.${event.type.split('.')[0]}`,
                DetailType: event.type,
                Detail: JSON.stringify(event),
              },
            ],
          }),
        ),
    ),
  ]
  await Promise.all(Array.from({ length: times }, () => sends.map((send) => send())).flat())
  const quiet = await until(async () => ((await countMessages(system)) === 0 ? true : undefined), { within: 60_000 })
  expect(quiet, 'all queues are empty again').toBe(true)
}

/** What an order and its records look like from everywhere, to be the same after every duplicate. */
const everythingAbout = async (orderId: string, sku: string) => ({
  order: await operator.order(orderId),
  books: await booksOf(orderId),
  payments: await recordsOf('PaymentsTable', orderId),
  shipments: await recordsOf('ShipmentsTable', orderId),
  reservations: await recordsOf('ReservationsTable', orderId),
  product: await operator.product(sku),
  failed: (await operator.failed({ limit: 100 })).items.filter(({ subject }) => subject === orderId),
})

describe('every message of an order, delivered again', () => {
  test('changes nothing about one that was confirmed: the same outcome, one charge, one parcel', async () => {
    const [sku] = (await newProducts(10)) as [string]
    const { orderId } = await newCustomer().api.placeOrder(orderOf({ [sku]: 2 }))
    const order = await ended(orderId)
    expect(order.status).toBe('confirmed')
    await expectAgreement([sku, orderId])
    const events = await eventsAbout(orderId, OrderConfirmed.type)
    const before = await everythingAbout(orderId, sku)

    const placed = events.find(({ type }) => type === 'ordering.OrderPlaced.v1')!
    const { authorisationId } = before.payments.find(({ result }) => result?.kind === 'authorised')!.result as {
      authorisationId: string
    }
    const { captureId } = before.payments.find(({ result }) => result?.kind === 'captured')!.result as {
      captureId: string
    }
    const shipment = { carrier: order.carrier!, trackingNumber: order.trackingNumber! }
    const outputs = [undefined, { authorisationId }, shipment, undefined]
    const sent = outputs.map((output): StepState => ({ status: 'sent', attempt: 1, asks: 0, dueAt: 0, output }))
    const commands = commandsOf(order, placed, sent, 'confirm')
    expect(commands.map(({ type }) => type)).toEqual([
      'inventory.ReserveStock.v1',
      'payments.AuthorisePayment.v1',
      'shipping.BookShipment.v1',
      'payments.CapturePayment.v1',
      'ordering.ConfirmOrder.v1',
    ])
    const said: AnyDraft[] = [
      StockReserved({ orderId }),
      PaymentAuthorised({ orderId, authorisationId }),
      ShipmentBooked({ orderId, ...shipment }),
      PaymentCaptured({ orderId, captureId }),
      ConfirmationRecorded({ orderId }),
    ]
    await sendAgain({ events, commands, replies: repliesTo(commands, said) })

    expect(before.books).toMatchObject([{ captured: 2_000 }])
    expect(before.product.available).toBe(8)
    expect(await everythingAbout(orderId, sku)).toEqual(before)
    await expectAgreement([sku, orderId])
  })

  test('changes nothing about one that was undone, its compensations included', async () => {
    const [sku] = (await newProducts(10)) as [string]
    const { orderId } = await newCustomer().api.placeOrder(orderOf({ [sku]: 2 }, { token: 'tok_declined' }))
    const order = await ended(orderId)
    expect(order.status).toBe('rejected')
    await expectAgreement([sku, orderId])
    const events = await eventsAbout(orderId, OrderRejected.type)
    const before = await everythingAbout(orderId, sku)

    const placed = events.find(({ type }) => type === 'ordering.OrderPlaced.v1')!
    const step = (status: StepState['status']): StepState => ({ status, attempt: 1, asks: 0, dueAt: 0 })
    const skipped = [step('skipped'), step('skipped')]
    const forward = commandsOf(order, placed, [step('sent'), step('sent'), ...skipped])
    const backward = commandsOf(order, placed, [step('undoing'), step('refused'), ...skipped], 'reject')
    const commands = [...forward, ...backward]
    expect(commands.map(({ type }) => type)).toEqual([
      'inventory.ReserveStock.v1',
      'payments.AuthorisePayment.v1',
      'inventory.ReleaseStock.v1',
      'ordering.RejectOrder.v1',
    ])
    const said: AnyDraft[] = [
      StockReserved({ orderId }),
      PaymentRefused({ orderId, reason: order.reason! }),
      StockReleased({ orderId }),
      RejectionRecorded({ orderId }),
    ]
    await sendAgain({ events, commands, replies: repliesTo(commands, said) })

    expect(before.books).toEqual([])
    expect(before.product.available).toBe(10)
    expect(await everythingAbout(orderId, sku)).toEqual(before)
    await expectAgreement([sku, orderId])
  })
})

const repliesTo = (commands: readonly Message[], drafts: readonly AnyDraft[]): Message[] =>
  commands.map((command, index) =>
    answer(drafts[index]!, command, `/${command.type.split('.')[0]}`, new Date().toISOString()),
  )

test('afterwards money and stock are conserved', expectConservation)
