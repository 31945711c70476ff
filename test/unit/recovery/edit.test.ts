import { describe, expect, test } from 'vitest'
import { seal } from '../../../events/envelope.ts'
import { AuthorisePayment } from '../../../events/payments.ts'
import { patched } from '../../../functions/recovery/edit.ts'
import { command, orderId } from './arrivals.ts'

const text = JSON.stringify(command)
const quantity = (value: unknown) => [{ op: 'replace' as const, path: '/data/lines/0/quantity', value }]
const refusedOf = (result: ReturnType<typeof patched>) => ('refused' in result ? result.refused : undefined)

describe('a patch', () => {
  test('gives a message that its contract takes, with the difference', () => {
    expect(patched(text, quantity(3), command.id)).toMatchObject({
      text: JSON.stringify({ ...command, data: { ...command.data, lines: [{ sku: 'TEA-01', quantity: 3 }] } }),
      identity: { id: command.id, subject: orderId },
      difference: [{ path: '/data/lines/0/quantity', before: 2, after: 3 }],
    })
  })

  test.each([
    ['breaks the contract', quantity(0), 'contract-violation'],
    [
      'makes it a message that nobody knows',
      [{ op: 'replace' as const, path: '/type', value: 'x' }],
      'contract-violation',
    ],
    ['gives it another id', [{ op: 'replace' as const, path: '/id', value: 'other' }], 'other-id'],
    [
      'makes it larger than a queue takes',
      [{ op: 'add' as const, path: '/data/note', value: 'é'.repeat(131_000) }],
      'too-large',
    ],
    ['leads nowhere', [{ op: 'replace' as const, path: '/data/nothing/here', value: 1 }], 'not-applicable'],
    ['tests what is not so', [{ op: 'test' as const, path: '/id', value: 'other' }], 'not-applicable'],
    ['reaches for the prototype', [{ op: 'add' as const, path: '/__proto__/polluted', value: 1 }], 'not-applicable'],
  ])('that %s is refused', (_, patch, refused) => {
    expect(refusedOf(patched(text, patch, command.id))).toBe(refused)
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
  })

  test('of what is no envelope replaces the whole, and nothing less', () => {
    expect(refusedOf(patched('{"half":', quantity(1), undefined))).toBe('not-applicable')
    const whole = [{ op: 'replace' as const, path: '', value: command }]
    expect(patched('{"half":', whole, undefined)).toMatchObject({ text, identity: { id: command.id } })
  })

  test('names what is personal and does not show it', () => {
    const payment = seal(AuthorisePayment({ orderId, amount: { amount: 1, currency: 'EUR' }, token: 'tok_secret' }), {
      id: 'p',
      source: '/saga/fulfil-order',
      subject: orderId,
      time: command.time,
      correlationid: orderId,
    })
    const result = patched(JSON.stringify(payment), [{ op: 'replace', path: '/data/token', value: 'tok_other' }], 'p')
    expect(result).toMatchObject({ difference: [{ path: '/data/token', before: '***', after: '***' }] })
    expect(JSON.stringify((result as { difference: unknown }).difference)).not.toMatch(/secret|other/)
  })

  test('does not change what it is given', () => {
    const patch = Object.freeze([
      Object.freeze({ op: 'replace' as const, path: '', value: Object.freeze({ ...command }) }),
    ])
    patched(text, patch, command.id)
    expect(patch[0]!.value).toEqual(command)
  })
})
