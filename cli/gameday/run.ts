import { readStacks } from '../../local/assembly.ts'
import { loadBackend } from '../../local/backend.ts'
import { Failure } from '../../local/failure.ts'
import { layout } from '../../local/layout.ts'
import { readSettings } from '../../local/settings.ts'
import { alarmsIn, type MetricAlarm, type WatchedAlarm } from '../../local/watch/alarms.ts'
import { childrenOf } from '../../local/watch/composite.ts'
import type { Notification } from '../../local/watch/mailbox.ts'
import { findWatch, startWatch, stopWatch } from '../../local/watch/process.ts'
import type { HistoryEntry } from '../../local/watch/records.ts'
import { openWatch } from '../../local/watch/watch.ts'
import { partsOf } from '../alarms/describe.ts'
import type { System } from '../system.ts'
import { exerciseLog, linesOf } from './exercise.ts'
import { clearsWithin, faultOf, firesWithin, kindOf } from './faults.ts'
import { remediesOf } from './remedies.ts'

export type GamedayOptions = {
  readonly system: System
  /** Only alarms of these kinds; all of them when it is empty. */
  readonly kinds: readonly string[]
  /** One alarm of each kind. */
  readonly oneEach: boolean
  readonly scale: number
  readonly note: (line: string) => void
}

/** What became of one alarm. Spans are minutes of the watch's time. */
export type Proof = {
  readonly alarm: string
  readonly kind: string
  readonly severity: string
  readonly fault: string
  /** How the fault was made; numbers go through the same collection, evaluation and notification as any others. */
  readonly by: 'metric data'
  readonly within: number
  readonly fired?: number
  readonly cleared?: number
  /** Whether its own topic, or nobody because it speaks through its owner's composite, was told. */
  readonly notified: 'told' | 'through its owner' | 'not told'
  readonly remedy?: { readonly named: string; readonly acted?: string }
  readonly proven: boolean
}

export type Gameday = {
  readonly scale: number
  readonly seconds: number
  readonly proofs: readonly Proof[]
  readonly composites: { readonly fired: readonly string[]; readonly cleared: readonly string[] }
  readonly unproven: readonly string[]
}

const minute = 60_000

/**
 * Makes alarms fire, one round for all that are asked for: says the numbers of each fault where the watch collects, sees
 * the alarm come on within its documented time, its topic told and its remedy act, ends the fault and sees it recover.
 * The watch in the background steps aside and comes back afterwards.
 *
 * @throws Failure when an alarm has no fault to try it with.
 */
export const gameday = async ({ system, kinds, oneEach, scale, note }: GamedayOptions): Promise<Gameday> => {
  const begun = Date.now()
  const settings = readSettings({ state: system.state, stage: system.stage, cloud: system.backend })
  const backend = await loadBackend(settings.backend)
  const port = Number(new URL(system.clientConfig.endpoint).port)
  const cloud = await backend.find({ ...settings, port })
  const { peek } = backend
  if (!peek)
    throw new Failure(`the alarms of ${system.backend} are evaluated there`, { remedy: 'use the embedded cloud' })
  const stacks = await readStacks(layout(system.state).assembly)
  const all = alarmsIn(stacks)
  const silent = all.filter(isMetric).filter(({ missing }) => missing === 'breaching')
  const chosen = chooseAlarms(all.filter(isMetric), kinds, oneEach)
  const missing = chosen.filter((alarm) => faultOf(alarm) === undefined)
  if (missing.length > 0)
    throw new Failure(`no scenario for ${missing.map(({ name }) => name).join(', ')}`, {
      remedy: 'write one in cli/gameday/faults.ts',
    })

  const running = await findWatch(system.state)
  await stopWatch(system.state)
  const history: HistoryEntry[] = []
  const mail: Notification[] = []
  const watch = await openWatch({
    config: system.clientConfig,
    stage: system.stage,
    state: system.state,
    stacks,
    peek: peek(cloud),
    scale,
    told: (news) => {
      history.push(...news.history)
      mail.push(...news.mail)
    },
  })
  const log = await exerciseLog(system.clientConfig, system.stage)
  const end = new AbortController()
  const going = watch.run(end.signal)

  /** Says values twice a minute of the watch's time until a deadline, or until everybody is where they should be. */
  const keepSaying = async (lines: () => string[], until: number, done: () => boolean) => {
    while (Date.now() < until && !done()) {
      await log.write(lines())
      await new Promise((resolve) => setTimeout(resolve, minute / scale / 2))
    }
  }
  const of = (alarm: MetricAlarm) => history.filter((entry) => entry.alarm === alarm.name && entry.from !== entry.to)
  const spans = (from: number, at: number) => Math.round((((at - from) * scale) / minute) * 10) / 10
  const runs = () =>
    silent
      .filter((alarm) => !chosen.includes(alarm) || !faulty)
      .flatMap((alarm) => linesOf(alarm, { metric: 5 }, Date.now()))
  // Collecting itself takes real time on a busy machine, which no scale shortens.
  const grace = 20_000
  let faulty = false
  try {
    note(`${chosen.length} alarms, ${scale} times as fast as the clock`)
    // A quiet beginning, so that what is found belongs to the fault. Schedules run by the clock, so their runs are said.
    const settle = Math.max(12, ...chosen.map((alarm) => (alarm.missing === 'breaching' ? 12 : 6)))
    await keepSaying(
      () => [...runs(), ...chosen.flatMap((alarm) => linesOf(alarm, faultOf(alarm)!.fine, Date.now()))],
      Date.now() + (settle * minute) / scale,
      () => false,
    )
    faulty = true
    const struck = Date.now()
    const longest = Math.max(...chosen.map(firesWithin))
    await keepSaying(
      () => [...runs(), ...chosen.flatMap((alarm) => linesOf(alarm, faultOf(alarm)!.breaching, Date.now()))],
      struck + (longest * minute) / scale + grace,
      () => chosen.every((alarm) => of(alarm).some(({ at, to }) => at >= struck && to === 'ALARM')),
    )
    note(`${chosen.filter((alarm) => of(alarm).some(({ at, to }) => at >= struck && to === 'ALARM')).length} fired`)
    // Composites wait for each other before they tell.
    await keepSaying(
      () => [...runs(), ...chosen.flatMap((alarm) => linesOf(alarm, faultOf(alarm)!.breaching, Date.now()))],
      Date.now() + (6 * minute) / scale,
      () => false,
    )
    faulty = false
    const mended = Date.now()
    const slowest = Math.max(...chosen.map(clearsWithin))
    await keepSaying(
      () => [...runs(), ...chosen.flatMap((alarm) => linesOf(alarm, faultOf(alarm)!.fine, Date.now()))],
      mended + (slowest * minute) / scale + grace,
      () => chosen.every((alarm) => watch.standings()[alarm.name]?.state !== 'ALARM'),
    )
    await keepSaying(runs, Date.now() + (6 * minute) / scale, () => false)

    const remedies = await remediesOf(system, chosen, struck)
    const proofs = chosen.map((alarm): Proof => {
      const fired = of(alarm).find(({ at, to }) => at >= struck && to === 'ALARM')
      const cleared = of(alarm).find(({ at, to }) => at >= mended && to === 'OK')
      const speaks = alarm.actions.ALARM.length > 0
      const told = mail.some(({ alarm: name, to, at }) => name === alarm.name && to === 'ALARM' && at >= struck)
      const named = partsOf(alarm.description).remedy
      const acted = remedies.get(alarm.name)
      const notified = !speaks ? 'through its owner' : told ? 'told' : 'not told'
      return {
        alarm: alarm.name,
        kind: kindOf(alarm),
        severity: partsOf(alarm.description).severity,
        fault: faultOf(alarm)!.means,
        by: 'metric data',
        within: firesWithin(alarm),
        ...(fired ? { fired: spans(struck, fired.at) } : {}),
        ...(cleared ? { cleared: spans(mended, cleared.at) } : {}),
        notified,
        ...(named ? { remedy: { named, ...(acted ? { acted } : {}) } } : {}),
        proven:
          Boolean(fired && cleared) &&
          spans(struck, fired?.at ?? struck) <= firesWithin(alarm) + (grace * scale) / minute &&
          notified !== 'not told' &&
          (!named || acted !== undefined),
      }
    })
    const children = new Set(chosen.map(({ name }) => name))
    const parents = all.filter(
      (alarm) => alarm.kind === 'composite' && childrenOf(alarm.rule).some((name) => children.has(name)),
    )
    const went = (to: 'ALARM' | 'OK', since: number) =>
      parents
        .map(({ name }) => name)
        .filter((name) =>
          history.some(
            (entry) => entry.alarm === name && entry.to === to && entry.at >= since && entry.from !== entry.to,
          ),
        )
    return {
      scale,
      seconds: Math.round((Date.now() - begun) / 1_000),
      proofs,
      composites: { fired: went('ALARM', struck), cleared: went('OK', mended) },
      unproven: proofs.filter(({ proven }) => !proven).map(({ alarm }) => alarm),
    }
  } finally {
    end.abort()
    await going.catch(() => undefined)
    watch.close()
    log.close()
    if (running) await startWatch({ ...settings, port }, running)
  }
}

const isMetric = (alarm: WatchedAlarm): alarm is MetricAlarm => alarm.kind === 'metric'

/** The alarms of the chosen kinds, all or one each. */
export const chooseAlarms = (
  alarms: readonly MetricAlarm[],
  kinds: readonly string[],
  oneEach: boolean,
): MetricAlarm[] => {
  const chosen = alarms.filter((alarm) => kinds.length === 0 || kinds.includes(kindOf(alarm)))
  if (!oneEach) return chosen
  // Of each kind the one that is soonest over.
  const soonest = chosen.toSorted((one, other) => clearsWithin(one) - clearsWithin(other))
  return [...Map.groupBy(soonest, kindOf).values()].map(([first]) => first!)
}
