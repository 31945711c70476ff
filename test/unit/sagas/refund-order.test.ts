import { describe, expect, test } from 'vitest'
import {
  RecordRefund,
  RefundRecorded,
  RefundRejectionRecorded,
  RefundRequested,
  RejectRefund,
} from '../../../events/ordering.ts'
import { PaymentRefunded, RefundPayment, RefundRefused } from '../../../events/payments.ts'
import { RefundCompleted, RefundDeclined, RefundOrder } from '../../../events/refund.ts'
import { days, hours } from '../../../reactive/time.ts'
import { inboxContracts } from '../../../sagas/engine/definition.ts'
import { refundOrder } from '../../../sagas/refund-order.ts'
import { refundOrderV1 } from '../../../sagas/retired/refund-order-v1.ts'
import { transcript } from '../../../sagas/testing/transcript.ts'

const orderId = 'ord_0123456789abcdef'
const amount = { amount: 4_200, currency: 'EUR' }
const refunded = PaymentRefunded({ orderId, refundId: 'ref_1' })
const refused = RefundRefused({ orderId, reason: { code: 'exceeds-capture', message: 'nothing is left' } })

const requested = () => transcript(refundOrder).given(RefundRequested({ orderId, amount, requestedBy: 'olga' }))
const asked = () => requested().sends(RefundPayment, { orderId, amount })

describe('refund-order', () => {
  test('records the refund that was made', () => {
    asked()
      .replies(refunded)
      .sends(RecordRefund, { orderId, refundId: 'ref_1' })
      .replies(RefundRecorded({ orderId }))
      .ends('done')
  })

  test('records the refusal, and undoes nothing', () => {
    asked()
      .replies(refused)
      .sends(RejectRefund, { because: { code: 'exceeds-capture', message: 'nothing is left' } })
      .replies(RefundRejectionRecorded({ orderId }))
      .ends('undone', { because: 'nothing is left' })
  })

  test('asks the same again for as long as payments is silent', () => {
    const silent = asked()
    for (let time = 0; time < 20; time++) silent.after(hours(1)).sends(RefundPayment, { amount })
    silent.replies(refunded).sends(RecordRefund)
  })

  test('never gives up a refund that may have been made', () => {
    asked().after(days(3)).sends(RefundPayment).sendsNothing().replies(refunded).sends(RecordRefund)
  })

  test('starts one refund an order, however often it is requested', () => {
    asked()
      .given(RefundRequested({ orderId, amount, requestedBy: 'oleg' }))
      .sendsNothing()
  })

  test('hears the same answer twice without doing anything twice', () => {
    asked().replies(refunded).sends(RecordRefund).hears(refunded, RefundPayment).sendsNothing()
  })

  test('answers the saga that called it, either way', () => {
    const called = () =>
      transcript(refundOrder).given(RefundOrder({ orderId, amount })).sends(RefundPayment, { amount })
    const done = called().replies(refunded).sends(RecordRefund).replies(RefundRecorded({ orderId }))
    done.sends(RefundCompleted, { orderId, refundId: 'ref_1' })
    const declined = called().replies(refused).sends(RejectRefund).replies(RefundRejectionRecorded({ orderId }))
    declined.sends(RefundDeclined, { reason: { code: 'exceeds-capture', message: 'nothing is left' } })
  })

  test('has a version before that nobody could call', () => {
    transcript(refundOrderV1)
      .given(RefundRequested({ orderId, amount, requestedBy: 'olga' }))
      .sends(RefundPayment)
      .replies(refunded)
      .sends(RecordRefund)
      .replies(RefundRecorded({ orderId }))
      .ends('done')
    expect(refundOrderV1.call).toBeUndefined()
  })

  test('keeps nobody’s name', () => {
    expect(JSON.stringify(requested().state)).not.toContain('olga')
  })

  test('hears nothing that would cancel it', () => {
    expect(inboxContracts(refundOrder).filter(({ kind }) => kind === 'event')).toEqual([RefundRequested])
  })
})
