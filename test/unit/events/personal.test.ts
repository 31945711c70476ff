import { describe, expect, test } from 'vitest'
import { OrderPlaced } from '../../../events/ordering.ts'
import { AuthorisePayment } from '../../../events/payments.ts'
import { maskPersonal } from '../../../events/personal.ts'

const shipTo = { name: 'Ada Lovelace', street: '1 Ada Street', city: 'London', postcode: 'W1', country: 'GB' }

describe('a text about a message', () => {
  test('keeps what is not personal', () => {
    expect(maskPersonal('no room for TEA-01', OrderPlaced, { customerId: 'ada', shipTo })).toBe('no room for TEA-01')
  })

  test('masks a personal field wherever it stands', () => {
    expect(maskPersonal('tok_ok is refused: tok_ok', AuthorisePayment, { token: 'tok_ok' })).toBe('*** is refused: ***')
  })

  test('masks everything within a personal object, longer values first', () => {
    const text = 'undeliverable: Ada Lovelace, 1 Ada Street, London'
    expect(maskPersonal(text, OrderPlaced, { shipTo: { ...shipTo, nick: 'Ada' } })).toBe('undeliverable: ***, ***, ***')
  })

  test('leaves values alone that are too short to be told from words', () => {
    expect(maskPersonal('WGB 1', OrderPlaced, { shipTo: { country: 'GB', postcode: 'W1' } })).toBe('WGB 1')
  })

  test.each([undefined, null, 'text', { shipTo: null }, { customerId: 7 }])('takes data of any form: %j', (data) => {
    expect(maskPersonal('as it was', OrderPlaced, data)).toBe('as it was')
  })
})
