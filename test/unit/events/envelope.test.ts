import { describe, expect, test } from 'vitest'
import { randomOf } from '../../../cli/demo/random.ts'
import { envelopeSchema, isPlainEnvelope, parse, seal } from '../../../events/envelope.ts'
import { OrderCancelled } from '../../../events/ordering.ts'
import { mutantOf } from '../../support/mutations.ts'

const orderId = 'ord_aaaaaaaaaaaaaaaaaaaaaaaaaa'
const time = '2026-02-28T14:00:00.000Z'
const message = {
  ...seal(OrderCancelled({ orderId, customerId: 'alice' }), {
    id: `${orderId}/3`,
    source: '/ordering',
    subject: orderId,
    time,
    correlationid: orderId,
    causationid: `${orderId}/2`,
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    tenantid: 'acme',
    deadline: time,
    priority: 'high',
    undoes: 'x/do/1',
    firstsent: time,
  }),
  another: 'attribute',
}

describe('an envelope that is plainly in order', () => {
  test('is read as it came', () => {
    expect(isPlainEnvelope(message)).toBe(true)
    expect(envelopeSchema.parse(message)).toEqual(message)
    expect(parse(JSON.stringify(message), [OrderCancelled])).toMatchObject({ ok: true, message })
  })

  test('is what the schema accepts, and nothing else', () => {
    const random = randomOf(20_261_121)
    let plain = 0
    for (let count = 0; count < 4_000; count += 1) {
      const { body } = mutantOf(message, random)
      const raw = readable(body)
      if (!isPlainEnvelope(raw)) continue
      plain += 1
      expect(envelopeSchema.safeParse(raw), body.slice(0, 300)).toEqual({ success: true, data: raw })
    }
    expect(plain).toBeGreaterThan(200)
  })

  const names = Object.keys(message).filter((name) => name !== 'another' && name !== 'data') as (keyof typeof message)[]
  const wrong = [
    7,
    null,
    '',
    'x'.repeat(257),
    {},
    '2026-02-30T14:00:00.000Z',
    '2026-02-28T14:00:00+01:00',
    '2026-02-28',
  ]

  test.each(names)('has a %s that the schema accepts, or is left to it', (name) => {
    for (const value of [...wrong, 'high', 'urgent', '1.1', time, undefined]) {
      const { [name]: _, ...rest } = message
      const raw = value === undefined ? rest : { ...rest, [name]: value }
      expect(isPlainEnvelope(raw), `${name} ${value}`).toBe(envelopeSchema.safeParse(raw).success)
    }
  })

  test.each([
    ['a list', [message]],
    ['nothing', null],
    ['a word', 'message'],
    ['one without data', (({ data: _, ...rest }) => rest)(message)],
  ])('is not %s', (_, raw) => expect(isPlainEnvelope(raw)).toBe(false))

  test('does not name what every object has', () => {
    const text = JSON.stringify(message).replace('{', '{"__proto__":{"polluted":true},')
    expect(isPlainEnvelope(JSON.parse(text))).toBe(false)
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
  })
})

describe('sealing a draft', () => {
  const draft = OrderCancelled({ orderId, customerId: 'alice' })
  const addressing = { id: `${orderId}/3`, source: '/ordering', subject: orderId, time, correlationid: orderId }
  const optional = {
    causationid: `${orderId}/2`,
    traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
    tenantid: 'acme',
    deadline: '2026-02-28T15:00:00.000Z',
    priority: 'low',
    undoes: 'x/do/1',
    firstsent: '2026-02-28T13:00:00.000Z',
  } as const
  const plain = {
    specversion: '1.0',
    type: 'ordering.OrderCancelled.v1',
    dataschema: 'urn:neverstop:ordering.OrderCancelled.v1',
    datacontenttype: 'application/json',
    ...addressing,
    data: draft.data,
  }

  test('gives it what every envelope has, and no more', () => {
    expect(seal(draft, addressing)).toStrictEqual(plain)
  })

  test('gives it every attribute that it is told', () => {
    expect(seal(draft, { ...addressing, ...optional })).toStrictEqual({ ...plain, ...optional })
  })

  test.each(Object.keys(optional))('has no %s where that is undefined', (name) => {
    const { [name as keyof typeof optional]: _, ...others } = optional
    expect(seal(draft, { ...addressing, ...optional, [name]: undefined })).toStrictEqual({ ...plain, ...others })
  })
})

const readable = (body: string): unknown => {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
