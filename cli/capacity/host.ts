import { queueingOf } from './queueing.ts'

/** The machine that everything ran on together while it was measured. */
export type Host = {
  readonly processors: number
  /** Orders a second meanwhile. */
  readonly rate: number
  /** The share of its processors in use, from 0 to 1: before the orders came, and while they were under way. */
  readonly atRest: number
  readonly busy: number
}

/** The share of its processors that is in use at another rate: what orders add grows with them. */
export const usedAt = ({ rate, atRest, busy }: Host, ordersPerSecond: number): number =>
  atRest + (Math.max(0, busy - atRest) * ordersPerSecond) / rate

/**
 * How many times as long work takes on processors that are in use to such a share as on idle ones: the mean time at the
 * station that they are over the mean service. Work comes evenly, as it does while it is counted, and takes times of such
 * a squared coefficient of variation. Infinite from 1 on.
 *
 * @example
 * stretchAt(2, 0.5, 1) // 1.17
 */
export const stretchAt = (processors: number, used: number, variation: number): number =>
  1 +
  queueingOf({
    arrivals: used * processors,
    service: 1,
    serviceVariation: variation,
    arrivalVariation: 0,
    servers: processors,
  }).delay
