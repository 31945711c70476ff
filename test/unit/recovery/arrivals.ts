import type { SQSMessageAttributes, SQSRecord } from 'aws-lambda'
import { seal } from '../../../events/envelope.ts'
import { ReserveStock } from '../../../events/inventory.ts'
import type { Arrival } from '../../../functions/recovery/record.ts'
import type { Failure as Note } from '../../../reactive/failure.ts'

export const orderId = 'ord_aaaaaaaaaaaaaaaaaaaaaaaaaa'

export const command = seal(ReserveStock({ orderId, lines: [{ sku: 'TEA-01', quantity: 2 }] }), {
  id: `fulfil-order:${orderId}/reserve-stock/do/1`,
  source: '/saga/fulfil-order',
  subject: orderId,
  time: '2026-11-01T10:00:00.000Z',
  correlationid: orderId,
})

export const note: Note = {
  class: 'permanent',
  code: 'damaged-stock-record',
  message: "The stock of 'TEA-01' cannot be read.",
  stack: 'PermanentError: The stock\n    at decide',
  consumer: '/inventory',
  receives: 1,
  at: '2026-11-01T10:00:01.000Z',
  origin: 'http://localhost:4566/000000000000/neverstop-local-inventory-commands',
}

export const attributes = (values: Record<string, string>): SQSMessageAttributes =>
  Object.fromEntries(
    Object.entries(values).map(([name, stringValue]) => [name, { dataType: 'String', stringValue } as const]),
  )

/** What Lambda hands the intake for one message of a dead-letter queue. */
export const deadLetter = (
  overrides: { body?: string; note?: unknown; attributes?: Record<string, string>; queue?: string; id?: string } = {},
): SQSRecord => ({
  messageId: overrides.id ?? 'm-1',
  receiptHandle: 'handle',
  body: overrides.body ?? JSON.stringify(command),
  attributes: {
    ApproximateReceiveCount: '1',
    SentTimestamp: '1',
    SenderId: 's',
    ApproximateFirstReceiveTimestamp: '1',
  },
  messageAttributes: attributes({
    ...(overrides.note === undefined ? {} : { failure: JSON.stringify(overrides.note) }),
    ...overrides.attributes,
  }),
  md5OfBody: '',
  eventSource: 'aws:sqs',
  eventSourceARN: `arn:aws:sqs:eu-central-1:000000000000:${overrides.queue ?? 'neverstop-local-inventory-commands-dead'}`,
  awsRegion: 'eu-central-1',
})

export const anArrival = (overrides: Partial<Arrival> = {}): Arrival => ({
  arrivalId: 'm-1',
  at: '2026-11-01T10:00:01.000Z',
  deadLetterQueue: 'neverstop-local-inventory-commands-dead',
  origin: 'neverstop-local-inventory-commands',
  consumer: '/inventory',
  build: null,
  receives: 1,
  sent: null,
  firstReceived: null,
  failure: { class: 'permanent', code: 'damaged-stock-record', message: "The stock of 'TEA-01' cannot be read." },
  payload: { kind: 'envelope', text: JSON.stringify(command) },
  identity: {
    id: command.id,
    type: command.type,
    subject: orderId,
    correlationId: orderId,
    sagaId: `fulfil-order:${orderId}`,
  },
  ...overrides,
})
