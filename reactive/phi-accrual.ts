import type { Millis } from './time.ts'

/**
 * What is known of how long something takes between one sign of life and the next, or between a question and its
 * answer: the last so many times, and their sums. A value; `learn` makes the next one.
 */
export type Rhythm = {
  readonly times: readonly Millis[]
  readonly sum: number
  readonly sumOfSquares: number
}

export type PhiTerms = {
  /** How many of the last times count. */
  readonly window: number
  /** Before so many are known, nobody is suspected by them. */
  readonly least: number
  /** A rhythm is never taken to be steadier than this: a run of equal times would make the next millisecond suspicious. */
  readonly leastDeviation: Millis
}

export const noRhythm: Rhythm = { times: [], sum: 0, sumOfSquares: 0 }

/**
 * The rhythm with one more time, without the oldest when there are too many. What is no time (negative, because a clock
 * was set back; not a number) teaches nothing.
 */
export const learn = (rhythm: Rhythm, time: Millis, { window }: Pick<PhiTerms, 'window'>): Rhythm => {
  if (!(time >= 0 && Number.isFinite(time))) return rhythm
  const times = [...rhythm.times.slice(Math.max(0, rhythm.times.length + 1 - window)), time]
  // Summed anew: a window is short, and differences of running sums drift.
  return {
    times,
    sum: times.reduce((sum, each) => sum + each, 0),
    sumOfSquares: times.reduce((sum, each) => sum + each * each, 0),
  }
}

/**
 * How strongly silence for so long speaks for a failure, as −log₁₀ of the probability that a sound partner would be silent
 * for longer: at φ = 1 the suspicion is wrong one time in ten, at φ = 3 one time in a thousand. It never falls while the
 * silence lasts. 0 as long as too little is known.
 *
 * The times are taken to be normally distributed, and the tail of the distribution is approximated by a logistic curve,
 * whose probabilities are right within 0.0002 and whose logarithm, unlike a probability, does not underflow.
 *
 * @see Naohiro Hayashibara, Xavier Défago, Rami Yared, Takuya Katayama: The φ Accrual Failure Detector, SRDS 2004
 * @example
 * phi(rhythm, now - lastHeard, terms) > 8 // surely gone
 */
export const phi = (rhythm: Rhythm, silence: Millis, terms: PhiTerms): number => {
  const known = rhythm.times.length
  if (known === 0 || known < terms.least || !(silence > 0)) return 0
  const { mean, deviation } = spreadOf(rhythm, terms)
  return -log10OfTail((silence - mean) / deviation)
}

/**
 * After how long a silence the suspicion reaches `threshold`; undefined as long as too little is known. A timeout that is
 * learnt rather than guessed.
 */
export const suspectedAfter = (rhythm: Rhythm, threshold: number, terms: PhiTerms): Millis | undefined => {
  if (rhythm.times.length < Math.max(1, terms.least)) return undefined
  const { mean, deviation } = spreadOf(rhythm, terms)
  // φ never falls with silence, so that halving finds it; forty deviations are beyond any threshold worth asking for.
  let [low, high] = [0, 40]
  while (high - low > 0.001) {
    const middle = (low + high) / 2
    if (-log10OfTail(middle) < threshold) low = middle
    else high = middle
  }
  return Math.ceil(mean + high * deviation)
}

const spreadOf = ({ times, sum, sumOfSquares }: Rhythm, { leastDeviation }: PhiTerms) => {
  const mean = sum / times.length
  const variance = Math.max(0, sumOfSquares / times.length - mean * mean)
  return { mean, deviation: Math.max(Math.sqrt(variance), leastDeviation) }
}

/** The logarithm of the probability that a normal variable lies more than `y` deviations above its mean. */
const log10OfTail = (y: number): number => {
  const exponent = y * (1.5976 + 0.070566 * y * y)
  // log(1 / (1 + e^x)), without computing e^x where it would overflow.
  const log = exponent > 0 ? -exponent - Math.log1p(Math.exp(-exponent)) : -Math.log1p(Math.exp(exponent))
  return log / Math.LN10
}
