import { setTimeout as sleep } from 'node:timers/promises'
import { readStacks } from '../../local/assembly.ts'
import { loadBackend } from '../../local/backend.ts'
import { Failure } from '../../local/failure.ts'
import { layout } from '../../local/layout.ts'
import { readSettings } from '../../local/settings.ts'
import { alarmsIn, type MetricAlarm, type WatchedAlarm } from '../../local/watch/alarms.ts'
import type { Notification } from '../../local/watch/mailbox.ts'
import { findWatch, startWatch, stopWatch } from '../../local/watch/process.ts'
import type { HistoryEntry } from '../../local/watch/records.ts'
import { openWatch } from '../../local/watch/watch.ts'
import type { System } from '../system.ts'
import { drillsWith } from './drills.ts'
import { exerciseLog, linesOf } from './exercise.ts'
import { clearsWithin, firesWithin } from './faults.ts'
import { type Gameday, gamedayOf, parentsOf } from './proof.ts'
import { readyAt, remediesOf } from './remedies.ts'
import { chooseAlarms, type Drill, drillsFor, type Scenario, scenarioOf } from './scenarios.ts'
import { toolsFor } from './tools.ts'

export type GamedayOptions = {
  readonly system: System
  /** Only alarms of these kinds; all of them when it is empty. */
  readonly kinds: readonly string[]
  /** One alarm of each kind. */
  readonly oneEach: boolean
  readonly scale: number
  readonly note: (line: string) => void
}

const minute = 60_000
/** Collecting takes real time on a busy machine, which no scale shortens. Milliseconds. */
const grace = 20_000
/** Mending may take so long. Milliseconds. */
const patience = 90_000
/** Composites wait for each other before they tell. Minutes of the watch's time. */
const composing = 6

/**
 * Makes alarms fire, one round for all that are asked for: breaks what a drill can break and says the numbers of every
 * other fault where the watch collects, sees the alarm come on within its documented time, its topic told and its remedy
 * act, ends the fault and sees it recover. The watch in the background steps aside and comes back afterwards.
 *
 * @throws Failure when an alarm has no fault to try it with.
 *
 * @example
 * const { unproven } = await gameday({ system, kinds: ['breaker-open'], oneEach: true, scale: 30, note })
 */
export const gameday = async ({ system, kinds, oneEach, scale, note }: GamedayOptions): Promise<Gameday> => {
  const begun = Date.now()
  const stacks = await readStacks(layout(system.state).assembly)
  const all = alarmsIn(stacks)
  const tools = toolsFor(system)
  const drills = drillsWith(tools)
  const chosen = chooseAlarms(all.filter(isMetric), { kinds, oneEach, drills })
  const struck = drillsFor(chosen, drills)
  const scenarios = chosen.flatMap((alarm) => scenarioOf(alarm, struck) ?? [])
  const missing = chosen.filter((alarm) => !scenarios.some((scenario) => scenario.alarm === alarm))
  if (missing.length > 0)
    throw new Failure(`no scenario for ${missing.map(({ name }) => name).join(', ')}`, {
      remedy: 'write one in cli/gameday/faults.ts',
    })

  const history: HistoryEntry[] = []
  const mail: Notification[] = []
  const watching = await takeTheWatch({ system, scale, stacks }, (news) => {
    history.push(...news.history)
    mail.push(...news.mail)
  })
  try {
    note(`${chosen.length} alarms, ${struck.length} drills, ${scale} times as fast as the clock`)
    const ready = (await readyAt(system, chosen, Date.now())) - Date.now()
    if (ready > 0) {
      note(`waiting ${Math.ceil(ready / 1_000)} s: remedies that have just acted would not act again yet`)
      await sleep(ready)
    }
    const silent = all.filter(isMetric).filter(({ missing }) => missing === 'breaching')
    const moments = await round({
      scenarios,
      parents: parentsOf(scenarios, all),
      drills: struck,
      silent,
      history,
      watching,
      scale,
      note,
    })
    return gamedayOf({
      scenarios,
      all,
      history,
      mail,
      remedies: await remediesOf(system, chosen, moments.struck),
      moments,
      scale,
      grace,
      seconds: Math.round((Date.now() - begun) / 1_000),
    })
  } finally {
    tools.close()
    await watching.giveBack()
  }
}

/** A watch of our own in place of the one in the background, at another scale. */
const takeTheWatch = async (
  {
    system,
    scale,
    stacks,
  }: Pick<GamedayOptions, 'system' | 'scale'> & { stacks: Awaited<ReturnType<typeof readStacks>> },
  told: (news: { history: readonly HistoryEntry[]; mail: readonly Notification[] }) => void,
) => {
  const settings = readSettings({ state: system.state, stage: system.stage, cloud: system.backend })
  const backend = await loadBackend(settings.backend)
  const port = Number(new URL(system.clientConfig.endpoint).port)
  const cloud = await backend.find({ ...settings, port })
  const { peek } = backend
  const { capabilities } = cloud
  if (!peek || !capabilities.has('watched'))
    throw new Failure(`${system.backend} evaluates alarms itself, by the clock`, { remedy: 'use the embedded cloud' })
  const running = await findWatch(system.state)
  await stopWatch(system.state)
  const { clientConfig: config, stage, state } = system
  const watch = await openWatch({ config, stage, state, stacks, peek: peek(cloud), capabilities, scale, told })
  const log = await exerciseLog(config, stage)
  const end = new AbortController()
  const going = watch.run(end.signal)
  return {
    say: log.write,
    standings: watch.standings,
    giveBack: async () => {
      end.abort()
      await going.catch(() => undefined)
      watch.close()
      log.close()
      if (running) await startWatch({ ...settings, port }, running)
    },
  }
}

type Round = {
  readonly scenarios: readonly Scenario[]
  /** The composites above them. */
  readonly parents: readonly string[]
  readonly drills: readonly Drill[]
  /** The alarms to which silence is the fault. */
  readonly silent: readonly MetricAlarm[]
  readonly history: readonly HistoryEntry[]
  readonly watching: Pick<Awaited<ReturnType<typeof takeTheWatch>>, 'say' | 'standings'>
  readonly scale: number
  readonly note: (line: string) => void
}

/** Quiet, fault, quiet. Resolves to when each began. Whatever happens, what a drill broke is mended. */
const round = async ({ scenarios, parents, drills, silent, history, watching, scale, note }: Round) => {
  const alarms = scenarios.map(({ alarm }) => alarm)
  const lasts = (minutes: number) => (minutes * minute) / scale
  // Schedules run by the clock, and here minutes are shorter: their runs are said.
  const runs = (of: readonly MetricAlarm[], at: number) => of.flatMap((alarm) => linesOf(alarm, { metric: 5 }, at))
  const fine = (at: number) => [...runs(silent, at), ...scenarios.flatMap((scenario) => scenario.fine(at))]
  const breaching = (at: number) => [
    ...runs(
      silent.filter((alarm) => !alarms.includes(alarm)),
      at,
    ),
    ...scenarios.flatMap((scenario) => scenario.breaching(at)),
  ]
  /** Says lines twice a minute of the watch's time for so long, or until everybody is where they should be. */
  const saying = async (lines: (at: number) => string[], milliseconds: number, isDone = () => false) => {
    const end = Date.now() + milliseconds
    while (Date.now() < end && !isDone()) {
      await watching.say(lines(Date.now()))
      await sleep(lasts(0.5))
    }
  }
  const fired = (since: number) =>
    alarms.filter(({ name }) =>
      history.some((it) => it.alarm === name && it.at >= since && it.to === 'ALARM' && it.from !== it.to),
    )

  // A quiet beginning, so that what is found belongs to the fault.
  const settling = Math.max(6, ...alarms.map(({ missing }) => (missing === 'breaching' ? 12 : 6)))
  await saying(fine, lasts(settling))

  const struck = Date.now()
  const faults = strikeAll(drills, lasts(1))
  try {
    const longest = Math.max(...scenarios.map(({ alarm, takes }) => lasts(firesWithin(alarm)) + takes))
    await saying(breaching, longest + grace, () => fired(struck).length === alarms.length)
    note(`${fired(struck).length} fired`)
    await saying(breaching, lasts(composing))
  } catch (error) {
    await faults.mend()
    throw error
  }

  const over = Date.now()
  let isMended = false
  const mending = faults.mend().finally(() => {
    isMended = true
  })
  await saying(fine, patience, () => isMended)
  await mending
  const slowest = Math.max(...alarms.map(clearsWithin))
  // What a drill broke takes its time to come right by the clock, and a composite waits for all that is below it.
  await saying(fine, lasts(slowest) + patience, () =>
    [...alarms.map(({ name }) => name), ...parents].every((name) => watching.standings()[name]?.state !== 'ALARM'),
  )
  await saying((at) => runs(silent, at), lasts(composing))
  return { struck, over }
}

/** Strikes with every drill, again and again, until they are mended. What went wrong in a strike is thrown by the mending. */
const strikeAll = (drills: readonly Drill[], pause: number) => {
  const over = new AbortController()
  const going = drills.map(async ({ strike }) => {
    for (let times = 0; !over.signal.aborted; times += 1) {
      await strike(times)
      await sleep(pause, undefined, { signal: over.signal }).catch(() => undefined)
    }
  })
  return {
    mend: async () => {
      over.abort()
      const strikes = await Promise.allSettled(going)
      const mends = await Promise.allSettled(drills.map(({ mend }) => mend()))
      const wrong = [...strikes, ...mends].find((it) => it.status === 'rejected')
      if (wrong) throw wrong.reason
    },
  }
}

const isMetric = (alarm: WatchedAlarm): alarm is MetricAlarm => alarm.kind === 'metric'
