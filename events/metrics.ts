import type { MetricTerms } from './metric.ts'

/**
 * Why orders are rejected, as a dimension may say it. Reasons come from partners too, and a code that nobody foresaw
 * must not make a new metric: it counts as `other`.
 */
export const rejectionReasons = [
  'out-of-stock',
  'unknown-product',
  'declined',
  'insufficient-funds',
  'invalid-token',
  'currency-not-settled',
  'undeliverable',
  'expired',
  'timed-out',
  'other',
] as const
export type RejectionReason = (typeof rejectionReasons)[number]

/** The currencies that are told apart: those that payments settles in. */
export const countedCurrencies = ['EUR', 'GBP', 'USD', 'other'] as const
export type CountedCurrency = (typeof countedCurrencies)[number]

/** What the business counts. Emitted by ordering, which alone knows how an order ends; see `reactive/metrics.ts`. */
export const businessMetrics = {
  OrdersPlaced: {
    unit: 'Count',
    by: [['service']],
    statistics: ['Sum'],
    meaning: 'Orders that were recorded, each once.',
    emittedBy: 'functions/ordering/measured.ts',
  },
  OrdersConfirmed: {
    unit: 'Count',
    by: [['service']],
    statistics: ['Sum'],
    meaning: 'Orders that ended well: paid and booked.',
    emittedBy: 'functions/ordering/measured.ts',
  },
  OrdersRejected: {
    unit: 'Count',
    by: [['service'], ['service', 'reason']],
    statistics: ['Sum'],
    meaning: 'Orders that ended because something was refused, by the code of the reason.',
    emittedBy: 'functions/ordering/measured.ts',
  },
  OrdersCancelled: {
    unit: 'Count',
    by: [['service']],
    statistics: ['Sum'],
    meaning: 'Orders that ended because their customers wished so.',
    emittedBy: 'functions/ordering/measured.ts',
  },
  TimeToConfirm: {
    unit: 'Milliseconds',
    by: [['service']],
    statistics: ['p50', 'p99', 'Maximum'],
    meaning: 'From the moment an order was recorded to the moment its confirmation was.',
    emittedBy: 'functions/ordering/commands.ts',
  },
  Revenue: {
    unit: 'None',
    by: [['service', 'currency']],
    statistics: ['Sum'],
    meaning: 'Totals of confirmed orders in minor units of the currency (cents).',
    emittedBy: 'functions/ordering/measured.ts',
  },
  OrdersRefunded: {
    unit: 'Count',
    by: [['service']],
    statistics: ['Sum'],
    meaning: 'Orders whose total went back to their customers.',
    emittedBy: 'functions/ordering/measured.ts',
  },
  RefundsRefused: {
    unit: 'Count',
    by: [['service']],
    statistics: ['Sum'],
    meaning: 'Refunds that were asked for and refused.',
    emittedBy: 'functions/ordering/measured.ts',
  },
  AmountRefunded: {
    unit: 'None',
    by: [['service', 'currency']],
    statistics: ['Sum'],
    meaning: 'What went back to customers, in minor units of the currency (cents).',
    emittedBy: 'functions/ordering/measured.ts',
  },
} as const satisfies Record<string, MetricTerms>
