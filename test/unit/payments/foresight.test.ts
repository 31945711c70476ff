import { describe, expect, test } from 'vitest'
import { AuthorisePayment, CapturePayment, RefundPayment, VoidPayment } from '../../../events/payments.ts'
import type { PaymentIntent, PaymentResult } from '../../../functions/payments/decide.ts'
import { paymentsForesight } from '../../../functions/payments/foresight.ts'
import type { Written } from '../../../reactive/command-records.ts'
import { days, iso, minutes } from '../../../reactive/time.ts'
import { commandOf, handClock, orderId } from '../../support/deliveries.ts'
import { memoryCommandRecords } from '../../support/memory-command-records.ts'

const amount = { amount: 2_500, currency: 'EUR' }
const id = `fulfil-order:${orderId}/authorise-payment/do/1`
const key = { orderId, commandId: id }
const { clock, start } = handClock()
const authorise = (more = {}, money = amount) =>
  commandOf(AuthorisePayment({ orderId, amount: money, token: 'tok_of_a_person' }), start, { id, ...more })
const undo = commandOf(VoidPayment({ orderId }), start, { id: id.replace('/do/', '/undo/'), undoes: id })
const intent: PaymentIntent = { kind: 'authorise', amount, token: 'tok_of_a_person' }
const result: PaymentResult = { kind: 'authorised', authorisationId: 'auth_1' }

/** What payments says of a message, with these on record; and that nothing is on record afterwards that was not before. */
const said = async (message: unknown, ...records: Written<PaymentIntent, PaymentResult>[]) => {
  const store = memoryCommandRecords<PaymentIntent, PaymentResult>()
  for (const record of records) await store.commit(key, 'none', record, start)
  const before = JSON.stringify(store.all())
  const foresee = paymentsForesight({ store, clock, timing: { horizon: days(30), partnerCall: 1_000 } })
  const [word] = await foresee([JSON.stringify(message)])
  expect(JSON.stringify(store.all())).toBe(before)
  return word
}

describe('what payments would make of a command', () => {
  test.each([
    ['asks the acquirer for what is new', authorise(), [], 'passes', 'its partner would be asked'],
    [
      'asks it again for a call that is open, under the same key',
      authorise(),
      [{ state: 'intent', intent, openedAt: start }],
      'passes',
      'the acquirer would be asked again under the same key',
    ],
    [
      'answers from its record what it has done',
      authorise(),
      [{ state: 'done', intent, result }],
      'repeats',
      'it would be answered PaymentAuthorised from its record',
    ],
    [
      'does so however late it comes',
      authorise({ deadline: iso(start - 1) }),
      [{ state: 'done', intent, result }],
      'repeats',
      'it would be answered PaymentAuthorised from its record',
    ],
    ['refuses what comes too late', authorise({ deadline: iso(start - 1) }), [], 'refuses', 'expired'],
    ['refuses a currency', authorise({}, { amount: 1, currency: 'JPY' }), [], 'refuses', 'currency-not-settled'],
    [
      'gives back to the desk what was first sent before the horizon',
      authorise({ firstsent: iso(start - days(31)) }),
      [],
      'refuses',
      'it would come back to the desk',
    ],
    ['takes back what it has done', undo, [{ state: 'done', intent, result }], 'passes', 'asked to take it back'],
    ['has nothing to take back', undo, [], 'passes', 'there is nothing to take back'],
    ['has taken it back', undo, [{ state: 'undone' }], 'repeats', 'it would be answered PaymentVoided from its record'],
    [
      'gives no money back that was never taken',
      commandOf(RefundPayment({ orderId, amount }), start),
      [],
      'refuses',
      'nothing-captured',
    ],
    [
      'captures what is held',
      commandOf(CapturePayment({ orderId, amount, authorisationId: 'auth_1' }), start),
      [],
      'passes',
      'its partner would be asked',
    ],
  ] as const)('%s', async (_, message, records, says, because) => {
    const word = await said(message, ...(records as readonly Written<PaymentIntent, PaymentResult>[]))
    expect(word).toEqual({ says, because: expect.stringContaining(because) })
  })

  test('refuses what is no command of its own, without showing what is personal', async () => {
    const word = await said({ ...authorise(), data: { orderId, amount: 'much', token: 'tok_of_a_person' } })
    expect(word).toMatchObject({ says: 'refuses', because: expect.stringContaining('contract-violation') })
    expect(JSON.stringify(word)).not.toContain('tok_of_a_person')
    expect(await said('{')).toMatchObject({ says: 'refuses' })
  })

  test('says that it cannot tell while its table does not answer', async () => {
    const down = async () => Promise.reject(new Error('the table does not answer'))
    const foresee = paymentsForesight({
      store: { load: down, ofOrder: down },
      clock,
      timing: { horizon: days(30), partnerCall: minutes(1) },
    })
    expect(await foresee([JSON.stringify(authorise())])).toEqual([
      { says: 'not-asked', because: 'it cannot be told now: the table does not answer' },
    ])
  })
})
