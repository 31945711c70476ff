import { allEnded } from '../../../reactive/all-ended.ts'
import type { SentMessage } from '../../../reactive/evidence.ts'
import { type Clock, type EpochMs, iso, type Millis, minutes } from '../../../reactive/time.ts'
import { type FollowPorts, follow } from './follow.ts'
import { countPairs, type LedgerReport, openFlows, type Watched } from './report.ts'
import type { LedgerStore } from './store.ts'

export type LedgerPorts = Omit<FollowPorts, 'ask'> & {
  readonly store: LedgerStore
  readonly ask: FollowPorts['ask']
  /** Contexts in which flows begin. */
  readonly senders: readonly string[]
  /** What a context first sent in a span of time: `from` is in, `to` is out. */
  readonly sent: (sender: string, from: string, to: string) => Promise<readonly SentMessage[]>
  readonly clock: Clock
  readonly share: number
}

export type LedgerOptions = {
  readonly grace: Millis
  /** `keep`: the run is the ledger's own and is remembered; `look`: somebody only wants to know. */
  readonly mode: 'keep' | 'look'
}

/** Where a ledger that has never run begins. */
const firstLook = minutes(10)
/** At most so much of the past a run, so that one that was away catches up by and by. */
const mostAtOnce = minutes(30)
/** Of which a sender is asked so much at a time: what it says must fit the answer of a function, 6 MB. */
const perQuestion = minutes(5)
/** At most so many unsettled flows a run, who waited longest first; and with so many new ones the next run goes on. */
const mostFlows = 2_000

/**
 * One run of the conservation ledger: looks at the flows that began since the last run and are older than the grace
 * period, and again at those that were not settled. A flow that is settled leaves nothing behind, so a healthy platform
 * costs the ledger reads and no writes.
 *
 * Dying on any line only has the span looked at again. Two runs side by side come to the same.
 */
export const runLedger = async (ports: LedgerPorts, { grace, mode }: LedgerOptions): Promise<LedgerReport> => {
  const { store, senders, share } = ports
  const now = ports.clock()
  let questions = 0
  const [cursor, watched] = await allEnded([store.cursor(), store.watched()])
  const due = now - grace
  const from = cursor ?? due - firstLook
  const end = Math.max(from, Math.min(due, from + mostAtOnce))
  // Where a ledger begins is settled before it asks anybody: were its first runs to die, the beginning would move on.
  if (cursor === undefined && mode === 'keep') await store.advance(from)

  const unanswered: string[] = []
  const begun: Flow[] = []
  /** Up to when each sender has said what it sent. */
  const told: EpochMs[] = []
  for (const sender of senders) {
    const before = begun.length
    let upTo = from
    try {
      do {
        const next = Math.min(end, upTo + perQuestion)
        questions += 1
        for (const message of await ports.sent(sender, iso(upTo), iso(next))) begun.push({ message, sender })
        upTo = next
      } while (upTo < end && begun.length - before < mostFlows)
    } catch (error) {
      unanswered.push(`${sender}: ${(error as Error).message}`)
    }
    told.push(upTo)
  }
  const known = new Set(begun.map(({ message }) => message.id))
  const again = watched.filter(({ message }) => !known.has(message.id)).toSorted((a, b) => a.lookedAt - b.lookedAt)
  const postponed = again.slice(mostFlows)
  const flows: readonly Flow[] = [...begun, ...again.slice(0, mostFlows)]
  const { reconciled, failures } = await follow(
    flows,
    { now, grace },
    {
      ...ports,
      ask: (witness, messages) => {
        questions += 1
        return ports.ask(witness, messages)
      },
    },
  )
  const { open, settled } = openFlows(flows, reconciled, now)

  // A sender that did not say all is asked for the rest again; what the others said of it is then seen twice.
  const seenTo = Math.min(end, ...told)
  if (mode === 'keep') {
    await store.keep(open, watched, postponed.length > 0)
    await store.forget(settled.filter((id) => watched.some(({ message }) => message.id === id)))
    await store.advance(seenTo)
  }
  return {
    at: iso(now),
    graceMs: grace,
    share,
    from: iso(from),
    to: iso(Math.max(from, ...told)),
    behindMs: due - seenTo,
    flows: {
      begun: begun.length,
      settled: settled.length,
      watched: open.length + postponed.length,
      postponed: postponed.length,
    },
    pairs: countPairs(reconciled),
    drift: [...open, ...postponed].flatMap(({ drift }) => drift).toSorted((a, b) => (a.since < b.since ? -1 : 1)),
    unanswered: [...unanswered, ...failures],
    questions,
  }
}

type Flow = Pick<Watched, 'message' | 'sender'>
