import { describe, expect, test } from 'vitest'
import { Restock, Restocked, TakeBack, TakenBack } from '../../../events/inventory.ts'
import {
  CheckReturn,
  RecordReturn,
  RejectReturn,
  ReturnAllowed,
  ReturnDisallowed,
  ReturnInspected,
  ReturnRecorded,
  ReturnRejectionRecorded,
  ReturnRequested,
} from '../../../events/ordering.ts'
import { RefundCompleted, RefundDeclined, RefundOrder } from '../../../events/refund.ts'
import {
  BookReturn,
  CancelReturn,
  CloseReturn,
  ParcelReceived,
  ReturnBooked,
  ReturnCancellationRefused,
  ReturnCancelled,
  ReturnClosed,
  ReturnRefused,
} from '../../../events/shipping.ts'
import { days, minutes, seconds } from '../../../reactive/time.ts'
import { timings } from '../../../reactive/timing.ts'
import { inboxContracts } from '../../../sagas/engine/definition.ts'
import { returnOrder } from '../../../sagas/return-order.ts'
import { transcript } from '../../../sagas/testing/transcript.ts'

const orderId = 'ord_0123456789abcdef'
const amount = { amount: 4_200, currency: 'EUR' }
const lines = [{ sku: 'TEA-01', quantity: 2 }]
const fetchFrom = { name: 'A. Reader', street: '1 High Street', city: 'York', postcode: 'YO1 7HH', country: 'GB' }
const no = (message: string) => ({ orderId, reason: { code: 'no', message } })

const bookedBy = (carrier: string) => ReturnBooked({ orderId, carrier, trackingNumber: `${carrier}-1` })
const arrived = ParcelReceived({ orderId, carrier: 'swift', trackingNumber: 'swift-1' })
const found = (condition: 'resellable' | 'damaged') => ReturnInspected({ orderId, condition, inspectedBy: 'olga' })
const givenBack = RefundCompleted({ orderId, refundId: 'ref_1' })
const calledOff = ReturnCancelled({ orderId })

const wanted = () =>
  transcript(returnOrder).given(ReturnRequested({ orderId, lines, amount, fetchFrom, requestedBy: 'alice' }))
const allowed = () => wanted().sends(CheckReturn, { orderId }).replies(ReturnAllowed({ orderId }))
/** Swift is quicker, and steady is called off. */
const fetched = () =>
  allowed()
    .sends(BookReturn, { carrier: 'swift', lines, fetchFrom })
    .replies(bookedBy('swift'))
    .sends(CancelReturn)
    .replies(calledOff)
const inspected = (condition: 'resellable' | 'damaged') => fetched().signals(arrived).signals(found(condition))
const refunding = (condition: 'resellable' | 'damaged') =>
  inspected(condition).sendsNothing().after(seconds(5)).sends(RefundOrder, { orderId, amount })
const refunded = (condition: 'resellable' | 'damaged') => refunding(condition).replies(givenBack)

describe('a return', () => {
  test('ends with the money given back and the goods on the shelves', () => {
    refunded('resellable')
      .sends(CloseReturn, { carrier: 'swift', trackingNumber: 'swift-1' })
      .replies(ReturnClosed({ orderId }))
      .sendsNothing()
      .hears(TakenBack({ orderId }), TakeBack)
      .sends(Restock, { orderId })
      .replies(Restocked({ orderId }))
      .sends(RecordReturn, { condition: 'resellable' })
      .replies(ReturnRecorded({ orderId }))
      .ends('done')
  })

  test('leaves damaged goods where they are', () => {
    refunded('damaged')
      .sends(TakeBack, { condition: 'damaged' })
      .replies(TakenBack({ orderId }))
      .sendsNothing()
      .hears(ReturnClosed({ orderId }), CloseReturn)
      .sends(RecordReturn, { condition: 'damaged' })
      .replies(ReturnRecorded({ orderId }))
      .ends('done')
  })

  test('is not begun where the order may not be sent back', () => {
    wanted()
      .sends(CheckReturn)
      .replies(ReturnDisallowed(no('It is too late.')))
      .sends(RejectReturn, { because: { code: 'no', message: 'It is too late.' } })
      .replies(ReturnRejectionRecorded({ orderId }))
      .ends('undone', { because: 'It is too late.' })
  })

  test('happens once an order, however often it is asked for', () => {
    wanted()
      .sends(CheckReturn)
      .given(ReturnRequested({ orderId, lines, amount, fetchFrom, requestedBy: 'alice' }))
      .sendsNothing()
  })

  test('keeps nobody’s name but where the parcel is', () => {
    expect(JSON.stringify(wanted().state)).not.toContain('alice')
  })

  test('reads nothing of the refund but its answer', () => {
    const heard = inboxContracts(returnOrder).map(({ contractName }) => contractName)
    expect(heard).toContain('RefundCompleted')
    expect(heard).not.toContain('PaymentRefunded')
  })
})

describe('the pick-up', () => {
  test('is booked with both carriers, and the slower one is called off whatever it says', () => {
    const script = allowed().sends(BookReturn).sends(BookReturn, { carrier: 'steady' })
    script
      .replies(bookedBy('steady'))
      .sends(CancelReturn)
      .sendsNothing()
      .hears(bookedBy('swift'), BookReturn)
      .sendsNothing()
      .hears(calledOff, CancelReturn)
      .signals(arrived)
      .signals(found('damaged'))
      .after(seconds(5))
      .sends(RefundOrder)
      .replies(givenBack)
      .sends(CloseReturn, { carrier: 'steady', trackingNumber: 'steady-1' })
  })

  test('goes by the one carrier that does not refuse', () => {
    allowed()
      .sends(BookReturn, { carrier: 'swift' })
      .replies(ReturnRefused(no('Not there.')))
      .sendsNothing()
      .hears(bookedBy('steady'), BookReturn)
      .sendsNothing()
      .signals(arrived)
      .signals(found('resellable'))
      .after(seconds(5))
      .sends(RefundOrder)
  })

  test('that both carriers refuse ends the return', () => {
    allowed()
      .sends(BookReturn, { carrier: 'swift' })
      .replies(ReturnRefused(no('Not there.')))
      .hears(ReturnRefused(no('Not there either.')), BookReturn)
      .sends(RejectReturn)
      .replies(ReturnRejectionRecorded({ orderId }))
      .ends('undone')
  })

  test('that neither answers is called off and ends the return', () => {
    const script = allowed().sends(BookReturn).sends(BookReturn)
    for (let silence = 0; silence < 3; silence++) script.after(minutes(5))
    expect(script.state).toMatchObject({ mode: 'compensating' })
    script.sends(CancelReturn).sends(CancelReturn)
  })
})

describe('the parcel', () => {
  test('that does not come in two weeks ends the return, and the carrier is called off', () => {
    fetched()
      .after(days(14))
      .sends(CancelReturn)
      .replies(calledOff)
      .sends(RejectReturn)
      .replies(ReturnRejectionRecorded({ orderId }))
      .ends('undone', { because: 'The parcel has not reached us in time.' })
  })

  test('that comes before it is waited for is not forgotten', () => {
    const script = transcript(returnOrder).signals(arrived)
    script.given(ReturnRequested({ orderId, lines, amount, fetchFrom, requestedBy: 'alice' })).sends(CheckReturn)
    script.replies(ReturnAllowed({ orderId })).sends(BookReturn).replies(bookedBy('swift')).sends(CancelReturn)
    expect(script.state).toMatchObject({
      steps: [{}, {}, {}, { status: 'done' }, { status: 'sent' }, {}, {}, {}, {}, {}],
    })
  })

  test('that comes too late changes nothing', () => {
    const late = fetched().after(days(14)).sends(CancelReturn)
    late.signals(arrived).sendsNothing()
  })
})

describe('the inspection', () => {
  test('that nobody makes in three days takes the goods for damaged', () => {
    fetched()
      .signals(arrived)
      .after(days(3))
      .after(seconds(5))
      .sends(RefundOrder)
      .replies(givenBack)
      .sends(TakeBack, { condition: 'damaged' })
  })

  test('is waited for no longer than the saga lasts, in either table of times', () => {
    for (const { stepDeadline } of Object.values(timings))
      expect(returnOrder.within).toBeGreaterThan(days(17) + seconds(5) + 3 * stepDeadline)
  })
})

describe('a refund that is not made', () => {
  const rejected = (script: ReturnType<typeof refunding>) => script.sends(CancelReturn)
  const declined = () =>
    refunding('resellable').replies(RefundDeclined({ reason: { code: 'taken', message: 'It has been done already.' } }))

  test('ends the return with the reason, as soon as the carrier is called off', () => {
    rejected(declined())
      .replies(calledOff)
      .sends(RejectReturn, { because: { code: 'taken', message: 'It has been done already.' } })
      .replies(ReturnRejectionRecorded({ orderId }))
      .ends('undone', { because: 'It has been done already.' })
  })

  const stuck = () =>
    rejected(declined())
      .replies(ReturnCancellationRefused(no('It is collected.')))
      .sends(RejectReturn)
      .replies(ReturnRejectionRecorded({ orderId }))

  test('leaves a case where the carrier has the parcel, and the rest is done all the same', () => {
    const script = stuck()
    expect(script.state).toMatchObject({ phase: 'running', end: { command: 'reject' } })
    expect(script.state).toMatchObject({ steps: [{}, { status: 'undo-failed' }, {}, {}, {}, {}, {}, {}, {}, {}] })
  })

  test('is over when an operator tries again and the carrier gives in', () => {
    stuck()
      .directed({ verb: 'retry', step: 'pick-up-by-swift' })
      .sends(CancelReturn)
      .replies(ReturnCancellationRefused(no('It is still collected.')))
      .directed({ verb: 'retry' })
      .sends(CancelReturn)
      .replies(calledOff)
      .ends('undone')
  })

  test('is over when an operator lets it be', () => {
    stuck()
      .directed({ verb: 'skip', step: 'pick-up-by-swift', reason: 'The parcel went back by post.' })
      .ends('operator')
  })

  test('is over when an operator has settled it with the carrier', () => {
    stuck().directed({ verb: 'resolve', step: 'pick-up-by-swift', as: 'undone' }).ends('undone')
  })

  test('is never assumed: silence asks the same again', () => {
    const silent = refunding('damaged')
    for (let time = 0; time < 5; time++) silent.after(days(1)).sends(RefundOrder, { amount })
    silent.replies(givenBack).sends(CloseReturn)
  })
})

describe('an operator', () => {
  test('can turn back before the refund, and not after', () => {
    fetched().directed({ verb: 'compensate' }).sends(CancelReturn).replies(calledOff).sends(RejectReturn)
    refunding('damaged').declines({ verb: 'compensate' }, 'cannot turn back')
  })

  test('can go on without a carrier who does not close its file', () => {
    refunded('damaged')
      .sends(CloseReturn)
      .directed({ verb: 'skip', step: 'close-with-carrier', reason: 'The carrier is out of business.' })
      .hears(TakenBack({ orderId }), TakeBack)
      .sends(RecordReturn)
      .replies(ReturnRecorded({ orderId }))
      .ends('operator')
  })
})
