import { describe, expect, test } from 'vitest'
import { ReleaseStock, ReserveStock, StockRefused, StockReleased, StockReserved } from '../../../events/inventory.ts'
import {
  ConfirmationRecorded,
  ConfirmOrder,
  OrderPlaced,
  OrderReviewed,
  RejectionRecorded,
  RejectOrder,
} from '../../../events/ordering.ts'
import {
  AuthorisePayment,
  CapturePayment,
  CaptureRefused,
  PaymentAuthorised,
  PaymentCaptured,
  PaymentRefused,
  PaymentVoided,
  VoidPayment,
} from '../../../events/payments.ts'
import {
  BookShipment,
  CancelShipment,
  ShipmentBooked,
  ShipmentCancelled,
  ShipmentRefused,
} from '../../../events/shipping.ts'
import { hours, minutes } from '../../../reactive/time.ts'
import { timings } from '../../../reactive/timing.ts'
import { fulfilOrder } from '../../../sagas/fulfil-order.ts'
import { fulfilOrderV1 } from '../../../sagas/retired/fulfil-order-v1.ts'
import { transcript } from '../../../sagas/testing/transcript.ts'

const orderId = 'ord_0123456789abcdef'
const total = { amount: 4_200, currency: 'EUR' }
const lines = [{ sku: 'TEA-01', quantity: 2 }]
const shipTo = { name: 'A. Reader', street: '1 High Street', city: 'York', postcode: 'YO1 7HH', country: 'GB' }
const anOrder = { orderId, customerId: 'alice', lines, total, paymentToken: 'tok_ok', shipTo }

const reserved = StockReserved({ orderId })
const authorised = PaymentAuthorised({ orderId, authorisationId: 'auth_1' })
const booked = ShipmentBooked({ orderId, carrier: 'swift', trackingNumber: 'SW1' })
const captured = PaymentCaptured({ orderId, captureId: 'cap_1' })
const reason = (message: string) => ({ orderId, reason: { code: 'refused', message } })

const placed = () => transcript(fulfilOrder).given(OrderPlaced(anOrder))
const untilPayment = () => placed().sends(ReserveStock, { lines }).replies(reserved)
const untilShipment = () =>
  untilPayment().sends(AuthorisePayment, { amount: total, token: 'tok_ok' }).replies(authorised)
const untilPivot = () => untilShipment().sends(BookShipment, { lines, shipTo }).replies(booked).sends(CapturePayment)

describe('fulfil-order', () => {
  test('confirms an order whose every step is done', () => {
    untilPivot()
      .replies(captured)
      .sends(ConfirmOrder, { carrier: 'swift', trackingNumber: 'SW1' })
      .replies(ConfirmationRecorded({ orderId }))
      .ends('done')
  })

  test('captures under the authorisation that it was given', () => {
    untilShipment()
      .sends(BookShipment)
      .replies(booked)
      .sends(CapturePayment, { authorisationId: 'auth_1', amount: total })
  })

  test('rejects without any undo when nothing can be reserved', () => {
    placed()
      .sends(ReserveStock)
      .replies(StockRefused(reason('out of stock')))
      .sends(RejectOrder, { because: { code: 'refused', message: 'out of stock' } })
      .replies(RejectionRecorded({ orderId }))
      .ends('undone', { because: 'out of stock' })
  })

  test('undoes the reservation when the card is refused', () => {
    untilPayment()
      .sends(AuthorisePayment)
      .replies(PaymentRefused(reason('insufficient funds')))
      .sends(ReleaseStock)
      .replies(StockReleased({ orderId }))
      .sends(RejectOrder)
      .replies(RejectionRecorded({ orderId }))
      .ends('undone', { because: 'insufficient funds' })
  })

  test('undoes in reverse, one after the other, when no carrier will go', () => {
    untilShipment()
      .sends(BookShipment)
      .replies(ShipmentRefused(reason('no carrier')))
      .sends(VoidPayment)
      .sendsNothing()
      .replies(PaymentVoided({ orderId }))
      .sends(ReleaseStock)
      .replies(StockReleased({ orderId }))
      .sends(RejectOrder)
      .replies(RejectionRecorded({ orderId }))
      .ends('undone', { because: 'no carrier' })
  })

  test('undoes everything when the capture is refused', () => {
    untilPivot()
      .replies(CaptureRefused(reason('authorisation expired')))
      .sends(CancelShipment)
      .replies(ShipmentCancelled({ orderId }))
      .sends(VoidPayment)
      .replies(PaymentVoided({ orderId }))
      .sends(ReleaseStock)
      .replies(StockReleased({ orderId }))
      .sends(RejectOrder)
      .replies(RejectionRecorded({ orderId }))
      .ends('undone', { because: 'authorisation expired' })
  })
})

describe('a large order', () => {
  const said = (approved: boolean) =>
    OrderReviewed({ orderId, approved, reviewedBy: 'olga', reason: { code: 'said', message: 'We know them.' } })
  const large = () => transcript(fulfilOrder).given(OrderPlaced({ ...anOrder, approval: 'needed' }))

  test('holds nothing until somebody approves it', () => {
    large().sendsNothing().after(hours(20)).sendsNothing().signals(said(true)).sends(ReserveStock, { lines })
  })

  test('goes on at once where the approval overtook its start', () => {
    const script = transcript(fulfilOrder)
    script
      .signals(said(true))
      .given(OrderPlaced({ ...anOrder, approval: 'needed' }))
      .sends(ReserveStock)
  })

  test('ends with the words of who declined it', () => {
    large()
      .signals(said(false))
      .sends(RejectOrder, { because: { code: 'said', message: 'We know them.' } })
      .replies(RejectionRecorded({ orderId }))
      .ends('undone', { because: 'We know them.' })
  })

  test('ends when nobody has looked at it for a day, and does not mind a word that comes later', () => {
    large()
      .after(hours(24))
      .sends(RejectOrder)
      .signals(said(true))
      .sendsNothing()
      .hears(RejectionRecorded({ orderId }), RejectOrder)
      .ends('undone', { because: 'We could not look at the order in time.' })
  })

  test('can be cancelled while it waits', () => {
    large()
      .cancelled()
      .sends(RejectOrder)
      .replies(RejectionRecorded({ orderId }))
      .ends('undone', { because: 'Cancelled at your request.' })
  })

  test('can be approved by an operator of sagas, with the word that the signal has', () => {
    large()
      .declines({ verb: 'signal', step: 'approval', data: { orderId } }, 'OrderReviewed')
      .directed({ verb: 'signal', step: 'approval', data: said(true).data })
      .sends(ReserveStock)
  })

  test('waits no longer than its saga lasts, in either table of times', () => {
    const approval = fulfilOrder.steps.find(({ name }) => name === 'approval')
    const patience = approval?.kind === 'signal' ? approval.within : 0
    for (const { stepDeadline } of Object.values(timings))
      expect(fulfilOrder.within).toBeGreaterThan(patience + 4 * stepDeadline)
  })
})

describe('a small order', () => {
  test('waits for nobody, and a word about it changes nothing', () => {
    const script = placed().sends(ReserveStock)
    const word = { orderId, approved: false, reviewedBy: 'olga', reason: { code: 'said', message: 'No.' } }
    script.signals(OrderReviewed(word)).sendsNothing()
    expect(script.state).toMatchObject({ mode: 'forward' })
  })
})

describe('the version before', () => {
  test('still fulfils what it had started, without an approval', () => {
    transcript(fulfilOrderV1)
      .given(OrderPlaced({ ...anOrder, approval: 'needed' }))
      .sends(ReserveStock)
  })
})

describe('a cancellation', () => {
  test('compensates before the pivot, the step under way included', () => {
    untilPayment()
      .sends(AuthorisePayment)
      .cancelled()
      .sends(VoidPayment)
      .replies(PaymentVoided({ orderId }))
      .sends(ReleaseStock)
      .replies(StockReleased({ orderId }))
      .sends(RejectOrder, { because: { code: 'cancelled', message: 'Cancelled at your request.' } })
      .replies(RejectionRecorded({ orderId }))
      .ends('undone')
  })

  test('is told that it came too late once the pivot is sent', () => {
    untilPivot()
      .cancelled()
      .sendsNothing()
      .hears(captured, CapturePayment)
      .sends(ConfirmOrder, { cancellationTooLate: true })
      .replies(ConfirmationRecorded({ orderId }))
      .ends('done')
  })

  test('is honoured after all when the capture is refused', () => {
    untilPivot()
      .cancelled()
      .hears(CaptureRefused(reason('declined')), CapturePayment)
      .sends(CancelShipment)
      .replies(ShipmentCancelled({ orderId }))
      .sends(VoidPayment)
      .replies(PaymentVoided({ orderId }))
      .sends(ReleaseStock)
      .replies(StockReleased({ orderId }))
      .sends(RejectOrder, { because: { code: 'cancelled', message: 'Cancelled at your request.' } })
  })

  test('that overtakes its order waits, and the order ends with nothing done', () => {
    transcript(fulfilOrder)
      .cancelled()
      .sendsNothing()
      .given(OrderPlaced(anOrder))
      .sends(RejectOrder)
      .sendsNothing()
      .replies(RejectionRecorded({ orderId }))
      .ends('undone', { because: 'Cancelled at your request.' })
  })
})

describe('an answer that comes twice or late', () => {
  test('done after done changes nothing', () => {
    untilShipment().hears(authorised, AuthorisePayment).sendsNothing()
  })

  test('done while undoing proves nothing: only the reply of the undo does', () => {
    untilPayment()
      .sends(AuthorisePayment)
      .cancelled()
      .sends(VoidPayment)
      .hears(authorised, AuthorisePayment)
      .sendsNothing()
      .hears(PaymentRefused(reason('late')), AuthorisePayment)
      .sendsNothing()
  })

  test('after the end changes nothing', () => {
    const ended = untilPivot().replies(captured).sends(ConfirmOrder).replies(ConfirmationRecorded({ orderId }))
    ended.hears(captured, CapturePayment).cancelled().given(OrderPlaced(anOrder)).ends('done')
  })
})

describe('silence', () => {
  test('makes a step unknown and asks it again under the same id', () => {
    const script = placed().sends(ReserveStock).after(minutes(5)).sends(ReserveStock)
    expect(script.state).toMatchObject({
      steps: [{ status: 'skipped' }, { status: 'unknown', attempt: 1, asks: 1 }, {}, {}, {}],
    })
  })

  test('of a compensable step is undone as if it had happened, in the end', () => {
    placed()
      .sends(ReserveStock)
      .after(minutes(5))
      .sends(ReserveStock)
      .after(minutes(5))
      .sends(ReserveStock)
      .after(minutes(5))
      .sends(ReleaseStock)
      .replies(StockReleased({ orderId }))
      .sends(RejectOrder, { because: { code: 'timed-out', message: 'It could not be completed in time.' } })
  })

  test('of the pivot is asked for ever and never undone', () => {
    const script = untilPivot()
    for (let asked = 0; asked < 20; asked += 1) script.after(hours(2)).sends(CapturePayment)
    expect(script.state).toMatchObject({ mode: 'forward', steps: [{}, {}, {}, {}, { status: 'unknown', attempt: 1 }] })
    script.replies(captured).sends(ConfirmOrder)
  })

  test('of an undo is asked again', () => {
    untilPayment().sends(AuthorisePayment).cancelled().sends(VoidPayment).after(minutes(5)).sends(VoidPayment)
  })

  test('of the end is asked again: a saga has ended only when its end is recorded', () => {
    untilPivot()
      .replies(captured)
      .sends(ConfirmOrder)
      .after(minutes(5))
      .sends(ConfirmOrder)
      .after(minutes(10))
      .sends(ConfirmOrder)
      .replies(ConfirmationRecorded({ orderId }))
      .ends('done')
  })
})
