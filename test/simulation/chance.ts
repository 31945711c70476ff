import { hashOf } from '../../reactive/hash.ts'
import { type Random, seeded } from './random.ts'
import { type Fault, faultKinds } from './world.ts'

export type Odds = Readonly<Record<Fault, number>>

/** A fault and which of the places where it could strike it did: `crash-after@12`. */
export type Stroke = `${Fault}@${number}`

/**
 * Which faults strike where. Each kind has a stream of chance of its own, so that leaving one stroke out leaves every
 * other where it was: without that a schedule could not be shrunk. With `only`, exactly those strike.
 */
export const chance = (seed: number, odds: () => Odds, only?: ReadonlySet<string>) => {
  const streams = Object.fromEntries(faultKinds.map((kind) => [kind, seeded(hashOf(`${kind}#${seed}`))])) as Record<
    Fault,
    Random
  >
  const places = Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as Record<Fault, number>
  const struck: Stroke[] = []
  const strike = (fault: Fault): boolean => {
    const place = places[fault]
    places[fault] = place + 1
    const odd = odds()[fault]
    const strikes = only ? only.has(`${fault}@${place}`) : odd > 0 && streams[fault].next() < odd
    if (strikes) struck.push(`${fault}@${place}`)
    return strikes
  }
  return { strike, struck: struck as readonly Stroke[], places: places as Readonly<Record<Fault, number>> }
}

/** How often each fault strikes at the places where it can; a seed scales them, from a quiet day to a bad one. */
export const usual: Odds = {
  'crash-before': 0.01,
  'crash-after': 0.01,
  throttled: 0.01,
  'ambiguous-write': 0.01,
  conflict: 0.02,
  slow: 0.02,
  duplicate: 0.03,
  delayed: 0.01,
  'unseen-receive': 0.01,
  'malformed-response': 0.01,
  'entry-refused': 0.02,
  vanished: 0.01,
  'damaged-stock': 0.15,
  'lost-timer': 0.05,
  'lost-stream': 0.02,
  'stale-index': 0.1,
  'partner-timeout-before': 0.02,
  'partner-timeout-after': 0.04,
  'partner-late-effect': 0.04,
  'partner-error': 0.04,
  'partner-guarded': 0.06,
  'skewed-clock': 0.1,
  'clock-jump': 0.003,
  congested: 0.2,
  'old-process': 0.5,
  'undo-refused': 0.15,
  'signal-twice': 0.3,
  'double-click': 0.3,
  poison: 0.3,
}

export const none = Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as Record<Fault, number>
