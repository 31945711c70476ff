import type { Instant, World } from './virtual-time.ts'

/** Arrivals a second at an instant. */
export type Rate = (at: Instant) => number

export const steady =
  (perSecond: number): Rate =>
  () =>
    perSecond

/** One rate until an instant, another from there on. */
export const step =
  (before: number, from: Instant, then: number): Rate =>
  (at) =>
    at < from ? before : then

/** From one rate to another in a straight line between two instants. */
export const ramp =
  (before: number, from: Instant, to: Instant, then: number): Rate =>
  (at) =>
    before + (then - before) * Math.min(1, Math.max(0, (at - from) / (to - from)))

/** A rate, and for a while another. */
export const spike =
  (usual: number, from: Instant, to: Instant, peak: number): Rate =>
  (at) =>
    at >= from && at < to ? peak : usual

/**
 * Open arrivals: a Poisson process with a rate that may change, whoever is served or not. Nobody waits for an answer
 * before the next one comes, so that a slow system does not slow its own load.
 *
 * @param most the highest rate that `rate` ever answers; candidates come at it and are thinned out.
 * @see P. A. W. Lewis, G. S. Shedler, Simulation of nonhomogeneous Poisson processes by thinning, 1979
 */
export const arrivals = (
  { after, now, random }: World,
  { rate, most, until = Number.POSITIVE_INFINITY }: { rate: Rate; most: number; until?: Instant },
  arrive: () => void,
): void => {
  if (!(most > 0)) throw new Error(`Arrivals need a highest rate above 0 a second, not ${most}.`)
  const mean = 1_000 / most
  const next = () => {
    const at = now()
    if (at > until) return
    const wanted = rate(at)
    if (wanted > most)
      throw new Error(`The rate at ${at} ms is ${wanted} a second, above the ${most} that were announced.`)
    if (random.next() * most < wanted) arrive()
    after(random.exponential(mean), next)
  }
  after(random.exponential(mean), next)
}
