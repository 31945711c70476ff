import { describe, expect, test } from 'vitest'
import { type Bill, billOf, contextOf, type Functions, sagaUsage, usageOf } from '../../../../cli/cost/bill.ts'
import { describeCost, priced } from '../../../../cli/cost/describe.ts'
import type { FunctionSeen } from '../../../../cli/cost/seen.ts'
import type { CallCount } from '../../../../reactive/counted.ts'

const call = (service: string, operation: string, more: Partial<CallCount> = {}): CallCount => ({
  service,
  operation,
  target: 'x',
  calls: 1,
  requests: 1,
  entries: 1,
  write: 0,
  read: 0,
  ...more,
})
const seen = (handler: string, more: Partial<FunctionSeen> = {}): FunctionSeen => ({
  handler,
  invocations: 10,
  millis: 1_000,
  variation: 0,
  received: 0,
  logBytes: 0,
  calls: [],
  ...more,
})
const functions: Functions = {
  memory: new Map([['saga-coordinator', 512]]),
  queued: new Set(['saga-coordinator', 'payments-commands', 'inventory-events']),
  scheduled: new Set(['saga-sweeper']),
}
const host = { processors: 2, rate: 10, atRest: 0.1, busy: 0.5 }
const units = ({ lines }: Pick<Bill, 'lines'>, context: string, price: string) =>
  lines.find((line) => line.context === context && line.price === price)?.units

describe('the bill of an order', () => {
  test('has a line for each context and price, divided by the orders', () => {
    const bill = billOf(
      [
        seen('ordering-api', { calls: [call('DynamoDB', 'PutItem', { write: 30, read: 0 })] }),
        seen('ordering-projector', { invocations: 5, calls: [call('DynamoDB', 'UpdateItem', { write: 10 })] }),
      ],
      functions,
      10,
    )
    expect(units(bill, 'ordering', 'dynamodb.write')).toBe(4)
    expect(units(bill, 'ordering', 'lambda.request')).toBe(1.5)
    expect(units(bill, 'ordering', 'dynamodb.read')).toBeUndefined()
    expect(units(bill, 'edge', 'apigateway.request')).toBe(1)
  })

  test('pays for the memory of a function as long as it runs', () => {
    const bill = billOf(
      [seen('saga-coordinator', { millis: 4_000 }), seen('ordering-api', { millis: 4_000 })],
      functions,
      1,
    )
    expect(units(bill, 'saga', 'lambda.gb-second')).toBe(2)
    expect(units(bill, 'ordering', 'lambda.gb-second')).toBe(1)
  })

  test('counts a receive and a delete for each invocation by a queue', () => {
    const bill = billOf([seen('payments-commands', { invocations: 3 }), seen('ordering-api')], functions, 1)
    expect(units(bill, 'payments', 'sqs.request')).toBe(6)
    expect(units(bill, 'ordering', 'sqs.request')).toBeUndefined()
  })

  test('takes what was received and sent by nobody for deliveries of the bus', () => {
    const bill = billOf(
      [
        seen('saga-coordinator', {
          received: 12,
          calls: [call('SQS', 'SendMessageBatch', { entries: 20, requests: 2 })],
        }),
        seen('payments-commands', { received: 13 }),
        seen('inventory-events', { received: 5 }),
      ],
      functions,
      10,
    )
    expect(units(bill, 'bus', 'sqs.request')).toBe(1)
  })

  test('never takes back what was received more often than sent', () => {
    const bill = billOf(
      [seen('saga-coordinator', { calls: [call('SQS', 'SendMessage', { entries: 5 })] })],
      functions,
      1,
    )
    expect(units(bill, 'bus', 'sqs.request')).toBeUndefined()
  })

  test('leaves out the outside world, and tells what the clock did apart', () => {
    const bill = billOf(
      [
        seen('partners-acquirer', { calls: [call('DynamoDB', 'PutItem', { write: 50 })] }),
        seen('saga-sweeper', { calls: [call('DynamoDB', 'Query', { read: 16 })] }),
      ],
      functions,
      10,
    )
    expect(bill.lines.map(({ context }) => context)).toEqual(['edge'])
    expect(bill.background).toEqual({ invocations: 10, write: 0, read: 16 })
  })

  test('prices each service by its own thing, and an invocation with whom it invokes', () => {
    const bill = billOf(
      [
        seen('notifications-events', {
          invocations: 0,
          millis: 0,
          calls: [
            call('SNS', 'Publish'),
            call('EventBridge', 'PutEvents', { requests: 3 }),
            call('S3', 'PutObject'),
            call('S3', 'GetObject'),
            call('Lambda', 'Invoke'),
          ],
        }),
      ],
      functions,
      1,
    )
    expect(
      bill.lines.filter(({ context }) => context === 'notifications').map(({ price, units }) => [price, units]),
    ).toEqual([
      ['sns.publish', 1],
      ['events.put', 3],
      ['s3.put', 1],
      ['s3.get', 1],
    ])
  })
})

describe('the bill of a saga', () => {
  const table = 'neverstop-local-sagas-SagasTableE0739DE0-0E0C41E0B263E'
  const bill = billOf(
    [
      seen('saga-coordinator', {
        invocations: 2,
        received: 50,
        calls: [
          call('DynamoDB', 'PutItem', { target: table, write: 57, requests: 47 }),
          call('DynamoDB', 'PutItem refused', { target: table, write: 3, requests: 3 }),
          call('DynamoDB', 'PutItem', { target: `${table}/due`, write: 20, calls: 0, requests: 0 }),
          call('DynamoDB', 'GetItem', { target: table, read: 60 }),
          // How old its work is, for whoever regulates.
          call('DynamoDB', 'PutItem', { target: 'neverstop-local-x-ControlsTable0A1B2C3D-9Z', write: 7 }),
          call('SQS', 'SendMessageBatch', { entries: 40, requests: 4, calls: 4 }),
        ],
      }),
      seen('payments-commands', {
        invocations: 3,
        received: 10,
        calls: [
          call('DynamoDB', 'PutItem', { write: 30 }),
          // The same, and whether its partner may be called.
          call('DynamoDB', 'PutItem', { target: 'neverstop-local-x-ControlsTable0A1B2C3D-9Z', write: 5 }),
          call('DynamoDB', 'GetItem', { target: 'neverstop-local-x-ControlsTable0A1B2C3D-9Z', read: 4 }),
          call('SQS', 'SendMessageBatch', { entries: 20, requests: 2, calls: 2 }),
        ],
      }),
      seen('recovery-commands', { calls: [call('DynamoDB', 'PutItem', { write: 99 })] }),
    ],
    functions,
    10,
  )

  test('is its table with the index, and its messages with what it takes to receive them', () => {
    expect(bill.saga).toMatchObject({ write: 8, refused: 0.3, read: 6 })
    // Four and two sends; two and three invocations by a queue.
    expect(bill.transport).toEqual({
      requests: (6 + 2 * 5) / 10,
      messagesPerCall: 10,
      // Sixty sent, sixty received and deleted.
      requestsByTen: (6 + 6 + 6) / 10,
    })
    expect(sagaUsage(bill)).toEqual({ 'dynamodb.write': 8, 'dynamodb.read': 6, 'sqs.request': 1.6 })
  })

  test('has its participants’ own tables on a line, without the desk’s and without what goes by the second', () => {
    expect(bill.participants).toEqual({ 'dynamodb.write': 3, 'dynamodb.read': 0 })
  })

  test('is part of the order’s', () => {
    expect(usageOf(bill)['dynamodb.write']).toBeCloseTo(8 + 0.7 + 3 + 0.5 + 9.9)
  })

  test('costs a million times what the price list says', () => {
    const { million } = priced(bill, 'eu-central-1', host)
    // 8 × 0.7625 + 6 × 0.1525 + 1.6 × 0.4 dollars.
    expect(million.sagas.usd).toBeCloseTo(6.1 + 0.915 + 0.64)
    expect(million.sagasWithParticipants.usd).toBeCloseTo(7.655 + 3 * 0.7625)
    expect(million.sagasByTen.usd).toBeCloseTo(6.1 + 0.915 + 1.8 * 0.4)
    expect(million.sagasWithParticipantsByTen.usd).toBeCloseTo(million.sagasByTen.usd + 3 * 0.7625)
    expect(million.ordersWithoutCompute.usd).toBeLessThan(million.orders.usd)
    expect(million.ordersWithoutCompute.usage['lambda.gb-second']).toBeUndefined()
  })

  test('is told to a person with its budget’s units', () => {
    const text = describeCost(priced(bill, 'eu-central-1', host))
    expect(text).toContain(
      'a saga: 8.0 write and 6.0 read units in its table and index (0.30 written for nothing, as a race was lost or a message came again), 1.6 requests of queues',
    )
    expect(text).toContain('$ 7.6')
    expect(text).toContain('list prices of eu-central-1')
  })
})

test('a context is what its handlers’ names begin with', () => {
  expect(contextOf('payments-commands')).toBe('payments')
})
