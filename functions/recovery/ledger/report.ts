import type { SentMessage } from '../../../reactive/evidence.ts'
import { type EpochMs, iso, type Millis } from '../../../reactive/time.ts'
import { isFinal, type Reconciled, type Standing } from './follow.ts'

/** A message that its sender is committed to, and that is neither handled, parked, discarded nor expired. */
export type Drift = {
  readonly id: string
  readonly type: string
  /** The queue, without the stage, on which it is missed. */
  readonly subscriber: string
  readonly sender: string
  /** What it is about: an order's id. */
  readonly subject: string
  /** ISO 8601; when it was sent, or put back from the desk. */
  readonly since: string
  /** The message that began its flow. */
  readonly root: string
  readonly remedy: string
}

/** A flow that is not settled, as the ledger remembers it. */
export type Watched = {
  readonly message: SentMessage
  readonly sender: string
  readonly drift: readonly Drift[]
  /** Epoch milliseconds; whoever waited longest is looked at first. */
  readonly lookedAt: EpochMs
}

/** What one run of the ledger found. Times are ISO 8601, spans milliseconds. */
export type LedgerReport = {
  readonly at: string
  readonly graceMs: Millis
  /** The share of flows that is followed, from 0 to 1. */
  readonly share: number
  /** The span in which the flows began that this run saw first. */
  readonly from: string
  readonly to: string
  /** How far the ledger is behind what it could look at. */
  readonly behindMs: Millis
  readonly flows: {
    readonly begun: number
    readonly settled: number
    readonly watched: number
    readonly postponed: number
  }
  /** Pairs of message and subscriber, by where they stand. */
  readonly pairs: Readonly<Record<Standing, number>>
  readonly drift: readonly Drift[]
  /** Who could not be asked, and why; what they know is unknown. */
  readonly unanswered: readonly string[]
  /** How often other functions were asked. */
  readonly questions: number
}

/** The drift among what was reconciled, the oldest first. */
export const driftOf = (reconciled: readonly Reconciled[]): Drift[] =>
  reconciled
    .filter(({ standing }) => standing === 'drift')
    .toSorted((a, b) => a.since - b.since)
    .map(({ pair, since, root }) => ({
      id: pair.id,
      type: pair.type,
      subscriber: pair.subscriber,
      sender: pair.sender,
      subject: pair.subject,
      since: iso(since),
      root,
      remedy: remedyFor(pair),
    }))

const remedyFor = ({ id, answers, subscriber }: Reconciled['pair']): string =>
  answers
    ? `its saga asks again by itself for as long as it waits: see that ${subscriber} is consumed`
    : `nobody may say it again by itself: see that ${subscriber} is consumed, then './neverstop ledger resend ${id} ${subscriber}'`

/** Flows of which a pair is not final, with their drift; and how many are settled. */
export const openFlows = (
  begun: readonly { readonly message: SentMessage; readonly sender: string }[],
  reconciled: readonly Reconciled[],
  now: EpochMs,
): { readonly open: readonly Watched[]; readonly settled: readonly string[] } => {
  const byRoot = Map.groupBy(reconciled, ({ root }) => root)
  const open: Watched[] = []
  const settled: string[] = []
  for (const { message, sender } of begun) {
    const ofRoot = byRoot.get(message.id) ?? []
    if (ofRoot.every(isFinal)) settled.push(message.id)
    else open.push({ message, sender, drift: driftOf(ofRoot), lookedAt: now })
  }
  return { open, settled }
}

/** How many pairs stand where. */
export const countPairs = (reconciled: readonly Reconciled[]): Record<Standing, number> => {
  const counts: Record<Standing, number> = {
    handled: 0,
    expired: 0,
    discarded: 0,
    'under-way': 0,
    parked: 0,
    young: 0,
    postponed: 0,
    drift: 0,
    unknown: 0,
  }
  for (const { standing } of reconciled) counts[standing] += 1
  return counts
}
