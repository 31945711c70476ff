import { learn, noRhythm, type PhiTerms, phi } from '../reactive/phi-accrual.ts'
import { type EpochMs, type Millis, minutes, seconds } from '../reactive/time.ts'
import { lab } from './lab.ts'
import { type Random, seeded } from './random.ts'

/** When a partner was heard, and when it died. */
type Trace = { readonly heard: readonly EpochMs[]; readonly died: EpochMs }

/** Says at `now`, after so long a silence, whether the partner is suspected; hears each time that it was. */
type Detector = { readonly heard: (interval: Millis) => void; readonly suspects: (silence: Millis) => boolean }

const every: Millis = seconds(1)
const looksEvery: Millis = 50

/** The one timeout for all partners: a nervous one would be wrong about the unsteady, a patient one slow about the steady. */
const fixedTimeout: Millis = seconds(2)

const threshold = 8
const terms: PhiTerms = { window: 200, least: 10, leastDeviation: 20 }

/**
 * Two partners, each heard about once a second. One answers as a clock does; the other's way to us is long, and what it
 * says comes late by a long-tailed time. Both die in the end.
 */
const worlds: Readonly<Record<'steady' | 'unsteady', (random: Random) => Millis>> = {
  steady: (random) => Math.max(0, random.normal(20, 10)),
  unsteady: (random) => random.lognormal(250, 2.2),
}

const traceOf = (delay: (random: Random) => Millis, length: Millis, random: Random): Trace => {
  const said = Array.from({ length: Math.floor(length / every) }, (_, index) => index * every)
  // What was said later is not heard earlier: the way is a stream.
  let last = 0
  const heard = said.map((at) => {
    last = Math.max(last, at + Math.floor(delay(random)))
    return last
  })
  return { heard, died: said.at(-1)! + 1 }
}

/** Follows a trace: how often a living partner was suspected, and how long the dead one was not. */
const follow = ({ heard, died }: Trace, { heard: hear, suspects }: Detector) => {
  let wrong = 0
  let [next, last] = [0, heard[0]!]
  let suspected = false
  for (let now = last; ; now += looksEvery) {
    while (next < heard.length && heard[next]! <= now) {
      if (next > 0) hear(heard[next]! - last)
      last = heard[next]!
      next++
      suspected = false
    }
    if (suspected || !suspects(now - last)) continue
    suspected = true
    if (next === heard.length && now >= died) return { wrong, noticedAfter: now - died }
    wrong++
  }
}

const fixed = (): Detector => ({ heard: () => undefined, suspects: (silence) => silence > fixedTimeout })

const accrual = (): Detector => {
  let rhythm = noRhythm
  return {
    heard: (interval) => {
      rhythm = learn(rhythm, interval, terms)
    },
    suspects: (silence) => phi(rhythm, silence, terms) > threshold,
  }
}

/** Failure detection: a timeout for everybody, or a suspicion that has learnt each partner's rhythm. */
export const failureDetection = lab({
  name: 'failure-detection',
  concept: 'A5',
  title: 'Failure detection by phi accrual',
  claim:
    'A detector that learns each partner’s rhythm notices the death of the steady one sooner, and suspects the unsteady one wrongly less often, than one timeout for both.',
  arms: { without: 'one timeout of 2 s', with: 'φ > 8 on the rhythm learnt' },
  figures: {
    steadyWrong: { unit: 'count', meaning: 'times that the steady partner was suspected while it lived' },
    steadyNoticed: { unit: 'ms', meaning: 'from the death of the steady partner to the suspicion' },
    unsteadyWrong: { unit: 'count', meaning: 'times that the unsteady partner was suspected while it lived' },
    unsteadyNoticed: { unit: 'ms', meaning: 'from the death of the unsteady partner to the suspicion' },
  },
  run: (arm, { seed, scale }) => {
    const length = scale === 'small' ? minutes(20) : minutes(240)
    const through = (name: 'steady' | 'unsteady') =>
      follow(
        traceOf(worlds[name], length, seeded(seed + (name === 'steady' ? 0 : 1))),
        arm === 'with' ? accrual() : fixed(),
      )
    const [steady, unsteady] = [through('steady'), through('unsteady')]
    return {
      steadyWrong: steady.wrong,
      steadyNoticed: steady.noticedAfter,
      unsteadyWrong: unsteady.wrong,
      unsteadyNoticed: unsteady.noticedAfter,
    }
  },
  holds: (without, and) =>
    and.steadyWrong <= without.steadyWrong &&
    and.steadyNoticed < without.steadyNoticed &&
    and.unsteadyWrong < without.unsteadyWrong,
})
