import { minutes, seconds } from '../reactive/time.ts'
import { lab } from './lab.ts'
import { capacity, type Flow, orderFlow } from './order-flow.ts'
import { steady } from './simulator/arrivals.ts'
import { percentile } from './simulator/figures.ts'

const objective = seconds(30)
/** Tenants who together ask for half of what there is. */
const quiet = 20
const quietLoad = 0.5
/** One more, who alone asks for twice what there is. */
const noisyLoad = 2
const warm = seconds(60)

const played = (seed: number, until: number, noise: boolean, fair: boolean): Flow => {
  const load = quietLoad + (noise ? noisyLoad : 0)
  return orderFlow({
    seed,
    rate: steady(load * capacity),
    most: load * capacity,
    until,
    objective,
    deadline: minutes(5),
    // What is compared is who waits; without fairness the same share is let in, of whomever.
    regulated: true,
    fair,
    tenantOf: ({ random }) => (random.chance(quietLoad / load) ? `quiet-${random.upTo(quiet)}` : 'noisy'),
    shares: fair,
  })
}

/** Orders of quiet tenants, from placing to confirmation, once everything has settled. */
const timesOfQuiet = ({ admitted }: Flow): number[] =>
  admitted
    .filter(({ tenant, placedAt }) => tenant !== 'noisy' && placedAt >= warm)
    .map(({ placedAt, doneAt }) => Math.min(doneAt, Number.MAX_SAFE_INTEGER) - placedAt)
    .toSorted((a, b) => a - b)

const refusedOf = ({ offered, refused }: Flow, whose: (tenant: string) => boolean): number => {
  const asked = offered.filter(({ tenant, placedAt }) => whose(tenant) && placedAt >= warm).length
  const not = refused.filter(({ order }) => whose(order.tenant) && order.placedAt >= warm).length
  return Number(((100 * not) / Math.max(1, asked)).toFixed(1))
}

/** Fairness: a tenant who asks for too much waits and is refused alone, or takes everybody along. */
export const fairness = lab({
  name: 'fairness',
  concept: 'D5',
  title: 'Fair queues and fair admission',
  claim:
    'One noisy tenant leaves the 99th percentile of the others within 20 % of what it is without that tenant, and few of them are refused; unfair, it is a multiple, and more than half of them are refused with it.',
  arms: {
    without: 'first come, first served, at the door and in the queues',
    with: 'by tenant, at the door and in the queues',
  },
  figures: {
    quietAlone: { unit: 'ms', meaning: '99th percentile of the quiet tenants, without the noisy one' },
    quietBeside: { unit: 'ms', meaning: '99th percentile of the quiet tenants, beside the noisy one' },
    quietRefused: { unit: '%', meaning: 'orders of quiet tenants that were refused' },
    noisyRefused: { unit: '%', meaning: 'orders of the noisy tenant that were refused' },
  },
  run: (arm, { seed, scale }) => {
    const until = scale === 'small' ? minutes(4) : minutes(20)
    const fair = arm === 'with'
    const alone = played(seed, until, false, fair)
    const beside = played(seed, until, true, fair)
    return {
      quietAlone: Math.round(percentile(timesOfQuiet(alone), 0.99)),
      quietBeside: Math.round(percentile(timesOfQuiet(beside), 0.99)),
      quietRefused: refusedOf(beside, (tenant) => tenant !== 'noisy'),
      noisyRefused: refusedOf(beside, (tenant) => tenant === 'noisy'),
    }
  },
  holds: (without, and) =>
    and.quietBeside <= 1.2 * and.quietAlone &&
    and.quietRefused < 25 &&
    without.quietBeside > 2 * without.quietAlone &&
    without.quietRefused > 50,
})
