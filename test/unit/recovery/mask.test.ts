import { expect, test } from 'vitest'
import { contracts } from '../../../events/index.ts'
import { masked, maskPersonal, withoutQuoted } from '../../../functions/recovery/mask.ts'

test('masks what the contract marks as personal and leaves the rest', () => {
  expect(
    maskPersonal('payments.AuthorisePayment.v1', {
      orderId: 'ord_1',
      amount: { amount: 100, currency: 'EUR' },
      token: 'tok_ok',
    }),
  ).toEqual({ orderId: 'ord_1', amount: { amount: 100, currency: 'EUR' }, token: masked })
})

test('masks a whole object', () => {
  expect(maskPersonal('shipping.BookShipment.v1', { shipTo: { name: 'A', city: 'B' } })).toEqual({ shipTo: masked })
})

test('shows nothing of a message whose contract it does not know', () => {
  expect(maskPersonal('strange.Thing.v1', { name: 'A' })).toBe(masked)
})

test('adds nothing that is not there, and survives data that are no object', () => {
  expect(maskPersonal('shipping.BookShipment.v1', { orderId: 'o' })).toEqual({ orderId: 'o' })
  expect(maskPersonal('shipping.BookShipment.v1', null)).toBeNull()
  expect(maskPersonal('shipping.BookShipment.v1', 'text')).toBe('text')
})

test.each([
  ['often', Array.from({ length: 30_000 }, () => 'val')],
  ['in parts', ['value', 'valu', 'alue', 'val', 'alu', 'lue', '<val', 'lue>']],
])('takes a message for what it is that says %s what stands for a value', (_, data) => {
  const said = withoutQuoted('the val of a value', JSON.stringify({ data }))
  expect(said).not.toMatch(/<</)
  expect(said).toContain('<value>')
})

test('does not change what it is given', () => {
  const data = Object.freeze({ shipTo: Object.freeze({ name: 'A' }) })
  maskPersonal('shipping.BookShipment.v1', data)
  expect(data.shipTo.name).toBe('A')
})

test.each(
  contracts.filter(({ personal }) => personal.length > 0).map((contract) => [contract.type, contract] as const),
)('hides every personal field of %s', (type, contract) => {
  const data = Object.fromEntries(contract.personal.map((path) => [path, 'secret']))
  expect(JSON.stringify(maskPersonal(type, data))).not.toContain('secret')
})
