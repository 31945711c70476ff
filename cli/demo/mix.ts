import type { PlaceOrderBody } from '../../events/http/ordering.ts'
import type { Sku } from '../../events/vocabulary.ts'
import { type Random, randomOf } from './random.ts'

/** The kinds of order that the demonstration places, each with how often it comes per 100 and how it must end. */
export const kinds = {
  plain: { share: 60, ends: ['confirmed'], because: undefined },
  'card declined': { share: 6, ends: ['rejected'], because: /declined/i },
  'no funds': { share: 6, ends: ['rejected'], because: /funds/i },
  'sold out': { share: 6, ends: ['rejected'], because: /stock/i },
  'carrier fails at first': { share: 6, ends: ['confirmed'], because: undefined },
  'slow card': { share: 4, ends: ['confirmed'], because: undefined },
  'flaky card': { share: 4, ends: ['confirmed'], because: undefined },
  'charged, then silence': { share: 4, ends: ['confirmed'], because: undefined },
  // Whether a cancellation is in time is a race that the customer may lose; what counts is that it is never half of both.
  cancelled: { share: 4, ends: ['cancelled', 'confirmed'], because: undefined },
  /** So large that somebody has to approve it. One in a run. */
  large: { share: 0, ends: ['confirmed'], because: undefined },
  /** Its stock record is damaged: dead-lettered, repaired, redriven, confirmed. One in a run. */
  poison: { share: 0, ends: ['confirmed'], because: undefined },
} as const satisfies Record<string, { share: number; ends: readonly Ending[]; because: RegExp | undefined }>

export type Ending = 'confirmed' | 'rejected' | 'cancelled'
export type Kind = keyof typeof kinds

export type PlannedOrder = {
  /** The number of the order in its run, from 0. */
  readonly index: number
  readonly kind: Kind
  /** Subject of the customer who places it. */
  readonly customer: string
  readonly body: PlaceOrderBody
  /** Milliseconds after the answer to the placement; absent when nobody cancels. */
  readonly cancelAfterMs?: number
  /** An operator approves it; absent where none has to. */
  readonly approved?: true
}

/** What the mix may order. */
export type Shelf = {
  readonly plenty: readonly Sku[]
  readonly soldOut: Sku
  readonly fragile: Sku
  readonly dear: Sku
}

const customers = ['alice', 'bert', 'chandra', 'dilek', 'emil', 'fatou', 'goran', 'hana'] as const
const streets = ['Harbour Road', 'Mill Lane', 'Station Street', 'Orchard Way', 'Bridge Street'] as const
const cities = [
  ['Amsterdam', 'NL', '10'],
  ['Antwerp', 'BE', '20'],
  ['Leipzig', 'DE', '04'],
  ['Lyon', 'FR', '69'],
  ['Turin', 'IT', '10'],
] as const

/** The token that makes the acquirer behave as a kind needs it. */
const tokens: Partial<Record<Kind, string>> = {
  'card declined': 'tok_declined',
  'no funds': 'tok_insufficient_funds',
  'slow card': 'tok_slow',
  'flaky card': 'tok_flaky',
  'charged, then silence': 'tok_timeout_after_charge',
}

/**
 * The orders of one demonstration. The same seed gives the same orders; from eleven on, every kind is among them.
 *
 * The first kinds of `must` come first when there is no room for all: one order is a plain one, two add the poison.
 *
 * @example
 * mixOf({ orders: 200, seed: 7, shelf })[0] // { index: 0, kind: 'plain', customer: 'dilek', body: { lines: … } }
 */
export const mixOf = ({ orders, seed, shelf }: { orders: number; seed: number; shelf: Shelf }): PlannedOrder[] => {
  const random = randomOf(seed)
  const must: readonly Kind[] = [
    'plain',
    'poison',
    'card declined',
    'sold out',
    'carrier fails at first',
    'no funds',
    'charged, then silence',
    'flaky card',
    'slow card',
    'cancelled',
    'large',
  ]
  const chosen = Array.from({ length: orders }, (_, index) => must[index] ?? byShare(random))
  return random.shuffled(chosen).map((kind, index) => {
    const order = { index, kind, customer: random.pick(customers), body: bodyOf(kind, shelf, random) }
    if (kind === 'large') return { ...order, approved: true }
    return kind === 'cancelled' ? { ...order, cancelAfterMs: random.between(0, 150) } : order
  })
}

const byShare = (random: Random): Kind => {
  const entries = Object.entries(kinds) as [Kind, { share: number }][]
  let rest = random.next() * entries.reduce((sum, [, { share }]) => sum + share, 0)
  for (const [kind, { share }] of entries) {
    rest -= share
    if (rest < 0) return kind
  }
  return 'plain'
}

/** An order of a kind, by chance. */
export const bodyOf = (kind: Kind, shelf: Shelf, random: Random): PlaceOrderBody => {
  const [city, country, region] = random.pick(cities)
  const chosen = random.shuffled(shelf.plenty).slice(0, random.between(1, 3))
  const lines = chosen.map((sku) => ({ sku, quantity: random.between(1, 4) }))
  if (kind === 'large') return { ...bodyOf('plain', shelf, random), lines: [{ sku: shelf.dear, quantity: 20 }] }
  if (kind === 'sold out') lines.push({ sku: shelf.soldOut, quantity: 1 })
  if (kind === 'poison') lines.push({ sku: shelf.fragile, quantity: 1 })
  return {
    lines,
    payment: { token: tokens[kind] ?? 'tok_ok' },
    shipTo: {
      name: 'A customer of the demonstration',
      street: `${random.pick(streets)} ${random.between(1, 180)}`,
      city,
      // Carriers take their time over postcodes that begin with 99: their first call fails.
      postcode: `${kind === 'carrier fails at first' ? '99' : region}${random.between(100, 999)}`,
      country,
    },
  }
}
