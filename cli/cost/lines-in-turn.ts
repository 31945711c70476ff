import { shelf } from '../catalogue.ts'
import type { Planned } from '../load/mix.ts'

/** As many as a plain order of the demonstration has; it draws from one to so many. */
const mostLines = 3

/**
 * The same orders with one, two and three lines in turn, of products in turn. Each line is a write of stock, and how many
 * lines a few dozen orders happened to draw would change what an order costs by a few per cent.
 *
 * @example
 * withLinesInTurn(planOf(arrivals, 'plain', 1)).map(({ body }) => body?.lines.length) // [1, 2, 3, 1, …]
 */
export const withLinesInTurn = (plan: readonly Planned[]): Planned[] =>
  plan.map((one) => (one.body ? { ...one, body: { ...one.body, lines: linesOf(one.index) } } : one))

const linesOf = (index: number) =>
  Array.from({ length: 1 + (index % mostLines) }, (_, line) => ({
    sku: shelf.plenty[(index + line) % shelf.plenty.length]!,
    quantity: 1,
  }))
