import { backoff } from '../reactive/backoff.ts'
import { budgetTerms, retryBudget } from '../reactive/retry-budget.ts'
import { type Millis, minutes, seconds } from '../reactive/time.ts'
import { lab } from './lab.ts'
import { seeded } from './random.ts'
import { arrivals, steady } from './simulator/arrivals.ts'
import { dependency } from './simulator/dependency.ts'
import { lognormal } from './simulator/distributions.ts'
import { world } from './simulator/virtual-time.ts'

/** Each caller asks so often before it gives up. */
const most = 4
const within: Millis = seconds(1)
/** The trigger is over soon; what it sets off may not be. */
const trigger = { from: seconds(30), to: seconds(40) } as const

/** Retry budget: a partner that is slow for ten seconds, called by somebody who repeats what is not answered. */
export const retryBudgetLab = lab({
  name: 'retry-budget',
  concept: 'A8',
  title: 'A storm of retries',
  claim:
    'When retries have a budget and jitter, a partner that was slow for ten seconds recovers with that; when each call is repeated at once up to four times, the retries keep it down long after.',
  arms: { without: 'up to four tries, at once', with: 'a tenth of the calls, with jitter' },
  figures: {
    requests: { unit: 'count', meaning: 'requests that came' },
    amplification: { unit: 'ratio', meaning: 'calls for each request, from the trigger on' },
    answered: { unit: '%', meaning: 'requests that were answered in time, from the trigger on' },
    wasted: { unit: 'count', meaning: 'calls that the partner worked on although nobody waited any more' },
    recovered: {
      unit: 's',
      meaning: 'from the end of the trigger until nine in ten requests are answered for five seconds',
    },
  },
  run: (arm, { seed, scale }) => {
    const its = world(seed)
    const length = scale === 'small' ? minutes(2) : minutes(5)
    // Ten places of 50 ms: 200 calls a second, of which 150 are used while all is well.
    const partner = dependency(its, {
      latency: lognormal(50, 1.2),
      places: 10,
      slow: (at) => (at >= trigger.from && at < trigger.to ? 6 : 1),
    })
    const budget = retryBudget(budgetTerms, its.now)
    const requests: { readonly at: number; answered: boolean }[] = []
    let callsBefore = 0

    function* request(of: { answered: boolean }) {
      for (let attempt = 1; attempt <= most; attempt++) {
        if (attempt === 1) budget.called()
        else if (arm === 'with') {
          if (!budget.mayRetry()) return
          yield backoff(attempt - 1, { base: 200, cap: seconds(2) }, its.random.next())
        }
        if ((yield* partner.call(within)) === 'ok') {
          of.answered = true
          return
        }
      }
    }
    // The same arrivals in both arms, whatever else is left to chance in them.
    arrivals({ ...its, random: seeded(seed + 1) }, { rate: steady(150), most: 150, until: length }, () => {
      const one = { at: its.now(), answered: false }
      requests.push(one)
      its.start(request(one))
    })
    its.after(trigger.from, () => {
      callsBefore = partner.calls()
    })
    its.runTo(length + seconds(10))

    const since = requests.filter(({ at }) => at >= trigger.from)
    return {
      requests: requests.length,
      amplification: (partner.calls() - callsBefore) / since.length,
      answered: (100 * since.filter(({ answered }) => answered).length) / since.length,
      wasted: partner.wasted(),
      recovered: recoveredAfter(requests, length) / 1_000,
    }
  },
  holds: (without, and) =>
    and.amplification < 1.2 &&
    without.amplification > and.amplification &&
    and.answered > without.answered &&
    and.recovered < without.recovered,
})

/** When the first five seconds began in which nine in ten were answered; the end of the run, if there were none. */
const recoveredAfter = (requests: readonly { readonly at: number; readonly answered: boolean }[], length: Millis) => {
  for (let from: number = trigger.to; from + seconds(5) <= length; from += seconds(1)) {
    const within = requests.filter(({ at }) => at >= from && at < from + seconds(5))
    if (within.filter(({ answered }) => answered).length >= 0.9 * within.length) return from - trigger.to
  }
  return length - trigger.to
}
