import { allEnded } from '../../../reactive/all-ended.ts'
import type { SentMessage } from '../../../reactive/evidence.ts'
import { type Clock, iso, type Millis, minutes } from '../../../reactive/time.ts'
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
/** At most so many unsettled flows a run; who waited longest comes first. */
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
  const to = Math.max(from, Math.min(due, from + mostAtOnce))
  // Where a ledger begins is settled before it asks anybody: were its first runs to die, the beginning would move on.
  if (cursor === undefined && mode === 'keep') await store.advance(from)

  const unanswered: string[] = []
  const begun: Flow[] = []
  for (const sender of senders) {
    questions += 1
    try {
      for (const message of await ports.sent(sender, iso(from), iso(to))) begun.push({ message, sender })
    } catch (error) {
      unanswered.push(`${sender}: ${(error as Error).message}`)
    }
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

  // A sender that could not be asked is asked for the same span again; what the others said is then seen twice.
  const seenTo = unanswered.length === 0 ? to : from
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
    to: iso(to),
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
