import type { Random } from '../random.ts'

/** How long something takes, in milliseconds, drawn anew each time. */
export type Distribution = (random: Random) => number

/** Always the same. */
export const constant =
  (ms: number): Distribution =>
  () =>
    ms

/** Anything between the two, each as likely. */
export const uniform =
  (least: number, most: number): Distribution =>
  ({ next }) =>
    least + next() * (most - least)

/** Without memory: mostly short, now and then long. The distribution of the textbooks' M. */
export const exponential =
  (mean: number): Distribution =>
  (random) =>
    random.exponential(mean)

/**
 * What measured service times look like: half take less than the median, about 84 in a hundred less than the median times
 * the factor; a factor of 1.65 puts the 99th percentile at 3.2 medians.
 */
export const lognormal =
  (median: number, factor: number): Distribution =>
  (random) =>
    random.lognormal(median, factor)
