import {
  type CountedCurrency,
  countedCurrencies,
  type RejectionReason,
  rejectionReasons,
} from '../../events/metrics.ts'
import type { Measure } from '../../reactive/metering.ts'
import type { OrderEvent } from './events.ts'

/**
 * Counts what an event means to the business. Called with each event once it has been projected: the stream delivers
 * every event, whoever appended it, and again only after a batch that failed.
 *
 * @example
 * measureEvent({ type: 'confirmed', data: { total: { amount: 1_250, currency: 'EUR' }, … } }, measure) // OrdersConfirmed 1, Revenue 1250
 */
export const measureEvent = (event: OrderEvent, measure: Measure): void => {
  switch (event.type) {
    case 'placed':
      measure('OrdersPlaced', 1)
      break
    case 'confirmed':
      measure('Revenue', event.data.total.amount, { currency: counted(event.data.total.currency) })
      measure('OrdersConfirmed', 1)
      break
    case 'rejected':
      measure('OrdersRejected', 1, { reason: listed(event.data.reason.code) })
      break
    case 'cancelled':
      measure('OrdersCancelled', 1)
      break
    case 'refunded':
      measure('AmountRefunded', event.data.amount.amount, { currency: counted(event.data.amount.currency) })
      measure('OrdersRefunded', 1)
      break
    case 'refund-refused':
      measure('RefundsRefused', 1)
      break
    case 'cancellation-requested':
    case 'refund-requested':
      break
  }
}

const listed = (code: string): RejectionReason => rejectionReasons.find((known) => known === code) ?? 'other'
const counted = (currency: string): CountedCurrency => countedCurrencies.find((known) => known === currency) ?? 'other'
