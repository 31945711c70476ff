import { setTimeout as sleep } from 'node:timers/promises'
import type { Capabilities } from '../capabilities.ts'
import type { ClientConfig } from '../client.ts'
import { alarmsIn, inOrder, type NamedTemplate } from './alarms.ts'
import { announcer } from './announce.ts'
import { watchClock } from './clock.ts'
import { collector, type PeekQueues } from './collect.ts'
import { type Notification, openMailbox } from './mailbox.ts'
import { appendHistory, appendMailbox, type HistoryEntry, readWatch, writeWatch } from './records.ts'
import { reporter } from './reports.ts'
import { evaluateAll, type Standings } from './round.ts'
import { cloudEvaluates } from './share.ts'
import { metricStore } from './store.ts'
import { subjectsOf } from './subjects.ts'

export type WatchOptions = {
  readonly config: ClientConfig
  readonly stage: string
  readonly state: string
  /** The templates as synthesized, not as adapted to the cloud. */
  readonly stacks: readonly NamedTemplate[]
  readonly peek: PeekQueues
  /** What the cloud can do: what it evaluates by itself is left to it, and only heard. */
  readonly capabilities: Capabilities
  /** How much faster than the clock the periods of the alarms pass that are evaluated here. */
  readonly scale: number
  /** Called after each round with what is new. */
  readonly told?: (news: { history: readonly HistoryEntry[]; mail: readonly Notification[] }) => void
}

export type Watch = {
  /** Collects, evaluates and announces once. */
  round: () => Promise<void>
  /** Rounds until the signal; a round that fails is noted and tried again. Rejects after a minute without a good one. */
  run: (signal: AbortSignal) => Promise<void>
  standings: () => Standings
  close: () => void
}

const minute = 60_000
/** What the longest alarm looks back on, with room. */
const memory = 3 * 24 * 60 * minute

/**
 * The watch over one stage: what CloudWatch does between metrics and notifications. States survive its end, samples do
 * not; an alarm that hears nothing after a restart treats that as its template says.
 */
export const openWatch = async (options: WatchOptions): Promise<Watch> => {
  const { config, stage, state, stacks, peek, capabilities, scale } = options
  const alarms = inOrder(alarmsIn(stacks))
  const subjects = subjectsOf(stacks, alarms)
  const reports = reporter(
    config,
    alarms.filter((alarm) => cloudEvaluates(alarm, capabilities)),
  )
  const origin = Date.now()
  const clock = watchClock({ origin, scale })
  const store = metricStore()
  const collects = collector({ config, stage, subjects, peek, since: origin })
  const announces = announcer(config)
  const mailbox = await openMailbox(config, stage, subjects.topics)
  const before = await readWatch(state)
  let standings: Standings = known(before?.standings ?? {}, alarms, clock.of(origin))

  const round = async () => {
    const until = Date.now()
    const [samples, reported] = await Promise.all([collects.collect(), reports.read()])
    for (const sample of samples) store.record({ ...sample, at: clock.of(sample.at) })
    const evaluated = evaluateAll(alarms, store, standings, clock.of(until), origin, reported)
    await announces.announce(evaluated.changes)
    standings = evaluated.standings
    const history = evaluated.changes.map(
      ({ alarm, from, to, reason, acts, byCloud = false, suppressedBy }): HistoryEntry => ({
        at: until,
        alarm: alarm.name,
        from,
        to,
        reason,
        told: (acts || byCloud) && alarm.actions[to].length > 0,
        ...(suppressedBy ? { suppressedBy } : {}),
      }),
    )
    const mail = await mailbox.collect()
    await appendHistory(state, history)
    await appendMailbox(state, mail)
    await writeWatch(state, { at: until, scale, standings })
    store.forget(clock.of(until) - memory)
    if (history.length > 0 || mail.length > 0) options.told?.({ history, mail })
  }

  // Twice a minute of the watch's time, so that no minute goes without a look at the queues.
  const interval = Math.max(300, Math.min(10_000, clock.lasts(minute) / 2))
  const run = async (signal: AbortSignal) => {
    let lastGood = Date.now()
    while (!signal.aborted) {
      const begun = Date.now()
      try {
        await round()
        lastGood = Date.now()
      } catch (error) {
        const trouble = error instanceof Error ? error.message : String(error)
        await writeWatch(state, { at: begun, scale, standings, trouble })
        if (Date.now() - lastGood > minute) throw error
      }
      await sleep(Math.max(50, interval - (Date.now() - begun)), undefined, { signal }).catch(() => undefined)
    }
  }

  return {
    round,
    run,
    standings: () => standings,
    close: () => {
      collects.close()
      reports.close()
      announces.close()
      mailbox.close()
    },
  }
}

/** States of alarms that still exist; their times begin anew, since another watch may have run at another scale. */
const known = (standings: Standings, alarms: readonly { name: string }[], now: number): Standings =>
  Object.fromEntries(
    alarms.flatMap(({ name }) => {
      const standing = standings[name]
      if (!standing) return []
      const { told, suppressorWasOn } = standing.actions
      return [[name, { ...standing, since: now, actions: { told, suppressorWasOn } }]]
    }),
  )
