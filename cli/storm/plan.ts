import type { PlaceOrderBody } from '../../events/http/ordering.ts'
import { shelf } from '../catalogue.ts'
import { type Kind, mixOf } from '../demo/mix.ts'

/** One order of a storm. The same seed gives the same orders, and without faults the same ends. */
export type StormOrder = {
  readonly index: number
  readonly kind: Kind
  readonly customer: string
  readonly body: PlaceOrderBody
}

/** What happens while orders are placed, by how many of them have been: `kill` ends every function process. */
export type StormAct = 'payments down' | 'payments up' | 'poison deployed' | 'kill' | 'poison taken back'

/**
 * The orders of a storm: the demonstration's mix without what is a race by itself, since the end of a cancellation that
 * comes in the middle is nobody's to predict.
 */
export const stormOrders = ({ orders, seed }: { readonly orders: number; readonly seed: number }): StormOrder[] =>
  mixOf({ orders, seed, shelf }).map(({ index, kind, customer, body }) => {
    const plain = kind === 'cancelled' || kind === 'poison' || kind === 'large'
    // Nobody stands by to approve anything: what would have to be is ordered once.
    const lines = kind === 'large' ? body.lines.map((line) => ({ ...line, quantity: 1 })) : body.lines
    return { index, kind: plain ? 'plain' : kind, customer, body: { ...body, lines } }
  })

/**
 * When what happens, as the number of orders placed before it. First payments rejects everything, then inventory is
 * deployed poisoned; kills are spread over both and the time between.
 *
 * @example
 * actsOf(100, 1) // [[15, 'payments down'], [45, 'payments up'], [50, 'kill'], [55, 'poison deployed'], …]
 */
export const actsOf = (orders: number, kills: number): (readonly [after: number, act: StormAct])[] => {
  const at = (share: number) => Math.max(1, Math.round(orders * share))
  const acts: (readonly [number, StormAct])[] = [
    [at(0.15), 'payments down'],
    [at(0.45), 'payments up'],
    [at(0.55), 'poison deployed'],
    [at(0.8), 'poison taken back'],
    ...Array.from({ length: kills }, (_, index) => [at(0.2 + (0.6 * (index + 0.5)) / kills), 'kill'] as const),
  ]
  return acts.toSorted(([a], [b]) => a - b)
}
