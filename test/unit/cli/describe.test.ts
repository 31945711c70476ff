import { describe, expect, test } from 'vitest'
import type { Audit } from '../../../cli/audit/compare.ts'
import { describeAudit } from '../../../cli/audit/describe.ts'
import { demoDocument, describeDemo } from '../../../cli/demo/describe.ts'
import type { DemoResult } from '../../../cli/demo/outcome.ts'
import { describeFailure, describeFailures } from '../../../cli/failures.ts'
import { formatMoney, formatTime, shortened } from '../../../cli/format.ts'
import { describeOrder, describeOrders } from '../../../cli/orders.ts'
import type { OrderDocument } from '../../../events/http/ordering.ts'
import type { FailedRecord } from '../../../events/http/recovery.ts'

describe('amounts and times', () => {
  test.each([
    [{ amount: 1_250, currency: 'EUR' }, '12.50 EUR'],
    [{ amount: 5, currency: 'EUR' }, '0.05 EUR'],
    [{ amount: 0, currency: 'USD' }, '0.00 USD'],
    [{ amount: 1_250, currency: 'JPY' }, '1250 JPY'],
    [{ amount: 1_250, currency: 'KWD' }, '1.250 KWD'],
  ])('%j reads %s', (money, text) => {
    expect(formatMoney(money)).toBe(text)
  })

  test('a time keeps its milliseconds', () => {
    expect(formatTime('2026-11-01T12:03:07.005Z')).toMatch(/^\d\d:03:07\.005$/)
  })

  test('long words are cut to the width, and only those', () => {
    expect(shortened('abcdef', 6)).toBe('abcdef')
    expect(shortened('abcdefg', 6)).toBe('abcde…')
  })
})

const order: OrderDocument = {
  orderId: 'ord_aaaaaaaaaaaaaaaaaaaaaaaaaa',
  customerId: 'alice',
  status: 'rejected',
  placedAt: '2026-11-01T12:00:00.000Z',
  endedAt: '2026-11-01T12:00:00.400Z',
  lines: [{ sku: 'TEA-01', name: 'Tea', quantity: 2, price: { amount: 450, currency: 'EUR' } }],
  total: { amount: 900, currency: 'EUR' },
  shipTo: { name: 'Alice', street: 'Mill Lane 1', city: 'Amsterdam', postcode: '1011', country: 'NL' },
  reason: { code: 'declined', message: 'The card was declined.' },
  timeline: [
    { at: '2026-11-01T12:00:00.000Z', source: 'order', event: 'placed' },
    { at: '2026-11-01T12:00:00.200Z', source: 'saga', event: 'sent', step: 'reserve-stock', attempt: 2 },
    {
      at: '2026-11-01T12:00:00.300Z',
      source: 'saga',
      event: 'refused',
      step: 'authorise-payment',
      attempt: 1,
      reason: { code: 'declined', message: 'The card was declined.' },
    },
  ],
}

describe('an order for a person', () => {
  const text = describeOrder(order)

  test('says how it stands, why, what was ordered and what it costs', () => {
    for (const said of ['rejected', 'The card was declined.', 'TEA-01', '9.00 EUR', 'alice', '1011 Amsterdam, NL'])
      expect(text).toContain(said)
  })

  test('tells its story, with attempts only where there was more than one', () => {
    expect(text).toContain('reserve-stock sent (attempt 2)')
    expect(text).toMatch(/authorise-payment refused\s+│ The card was declined\./)
  })

  test('leaves out what it does not have', () => {
    expect(text).not.toContain('carrier')
    expect(text).not.toContain('undefined')
    expect(describeOrder({ ...order, carrier: 'swift', trackingNumber: 'swift-1' })).toContain('swift swift-1')
  })

  test('in a list is one line, and a list tells how to go on', () => {
    const { orderId, customerId, status, placedAt, total, reason } = order
    const item = { orderId, customerId, status, placedAt, total, reason }
    expect(describeOrders({ items: [item] })).toContain(orderId)
    expect(describeOrders({ items: [item], next: 'abc' })).toContain('--cursor abc')
    expect(describeOrders({ items: [] })).toBe('no orders')
  })
})

const failed: FailedRecord = {
  id: 'f_aaaaaaaaaaaaaaaaaaaaaaaaaa',
  status: 'open',
  class: 'permanent',
  code: 'damaged-stock-record',
  reason: 'The stock record of TEA-01 is damaged.',
  fingerprint: 'abc',
  messageType: 'inventory.ReserveStock.v1',
  messageId: 'm-1',
  subject: order.orderId,
  queue: 'neverstop-local-inventory-commands',
  deadLetterQueue: 'neverstop-local-inventory-commands-dead',
  count: 2,
  firstSeen: '2026-11-01T12:00:00.000Z',
  lastSeen: '2026-11-01T12:00:01.000Z',
  body: '{"id":"m-1"}',
  encoding: 'utf8',
  masked: false,
  stack: 'PermanentError: damaged\n    at reserve',
  attempts: [],
  history: [{ id: 'a-1', act: 'redrive', by: 'olga', reason: 'repaired', at: '2026-11-01T12:00:02.000Z' }],
}

describe('a failed message for a person', () => {
  test('says why, where, how often, what was done, and what it carried', () => {
    const text = describeFailure(failed)
    for (const said of [
      'permanent, damaged-stock-record: The stock record of TEA-01 is damaged.',
      'neverstop-local-inventory-commands',
      '2 times',
      'at reserve',
      'redrive by olga: repaired (under way)',
      '"id": "m-1"',
    ])
      expect(text).toContain(said)
  })

  test('that is no envelope shows its bytes, and where it was found when it came from no queue', () => {
    const { queue: _, messageType: __, ...rest } = failed
    const text = describeFailure({ ...rest, body: 'AAECAw==', encoding: 'base64' })
    expect(text).toContain('base64: AAECAw==')
    expect(text).toContain('none: found in neverstop-local-inventory-commands-dead')
  })

  test('in a list is one line, and a list tells how to go on', () => {
    expect(describeFailures({ items: [failed] })).toContain('damaged-stock-record: The stock record')
    expect(describeFailures({ items: [failed], next: 'abc' })).toContain('--cursor abc')
    expect(describeFailures({ items: [] })).toBe('no failed messages')
  })
})

const audit: Audit = {
  ok: true,
  money: { authorised: 900, captured: 450, voided: 450, refunded: 0, open: 0, currency: 'EUR' },
  stock: [{ sku: 'TEA-01', initial: 10, available: 7, reserved: 1, sold: 2 }],
  orders: { placed: 0, confirmed: 1, rejected: 1, cancelled: 0 },
  unfinishedSagas: 0,
  messagesInFlight: 0,
  failedMessages: 1,
  differences: [],
}

describe('an audit for a person', () => {
  test('shows money, stock and what is under way', () => {
    const text = describeAudit(audit)
    for (const said of ['9.00 EUR', '4.50 EUR', 'TEA-01', '1 confirmed', 'on the desk: 1', 'money and stock agree'])
      expect(text).toContain(said)
  })

  test('names every difference', () => {
    const differences = [{ code: 'charged-twice', about: 'ord_x', detail: 'two captures' }]
    const text = describeAudit({ ...audit, ok: false, differences })
    expect(text).toContain('1 differences:')
    expect(text).toContain('ord_x  charged-twice: two captures')
    expect(text).not.toContain('agree')
  })

  test('of an empty system is one, too', () => {
    const money = { authorised: 0, captured: 0, voided: 0, refunded: 0, open: 0, currency: null }
    expect(describeAudit({ ...audit, money, stock: [] })).toContain('0.00')
  })
})

describe('the demonstration for a person', () => {
  const parked = {
    id: 'f_1',
    messageType: 'inventory.ReserveStock.v1',
    code: 'damaged-stock-record',
    reason: 'The stock record of TEA-01 is damaged.',
    order: 'ord_x',
    ended: 'confirmed',
  }
  const result: DemoResult = {
    placed: 3,
    confirmed: 2,
    rejected: 1,
    cancelled: 0,
    parked: 1,
    recovered: 1,
    seconds: { p50: 0.4, p99: 1.2, total: 2 },
    conserved: true,
    unexpected: [],
    outcomes: [],
    kinds: [
      { kind: 'plain', orders: 2, ended: { confirmed: 2 } },
      { kind: 'sold out', orders: 1, ended: { rejected: 1 } },
    ],
    desk: [parked],
    audit,
  }

  test('shows each kind, the sums, the times and the check', () => {
    const text = describeDemo(result)
    expect(text).toMatch(/sold out\s+│ 1\s+│\s+│ 1/)
    expect(text).toMatch(/all\s+│ 3\s+│ 2\s+│ 1/)
    for (const said of [
      'parked 1, recovered 1',
      'p50 0.4 s',
      '9.00 EUR authorised = 4.50 EUR captured + 4.50 EUR voided + 0.00 EUR open',
      '10 units = 7 available + 1 reserved + 2 sold',
      'money and stock are conserved',
      'everything came out as it should',
    ])
      expect(text).toContain(said)
  })

  test('tells what was parked, why, and how its order ended', () => {
    const text = describeDemo(result)
    expect(text).toContain(
      'inventory.ReserveStock.v1 of ord_x was parked (damaged-stock-record): The stock record of TEA-01',
    )
    expect(text).toContain('put back as f_1, its order was confirmed')
  })

  test('names only a few of many parked messages, and where the others are', () => {
    const text = describeDemo({ ...result, desk: Array.from({ length: 9 }, () => parked) })
    expect(text.match(/was parked/g)).toHaveLength(3)
    expect(text).toContain('and 6 more: ./neverstop failed list')
  })

  test('says what went wrong', () => {
    const text = describeDemo({ ...result, conserved: false, unexpected: ['ord_x is placed'] })
    expect(text).toContain('NOT conserved')
    expect(text).toContain('  ord_x is placed')
  })

  test('for machines has the counts and the endings, and no more', () => {
    expect(Object.keys(demoDocument(result))).toEqual([
      'placed',
      'confirmed',
      'rejected',
      'cancelled',
      'parked',
      'recovered',
      'seconds',
      'conserved',
      'unexpected',
      'outcomes',
    ])
  })
})
