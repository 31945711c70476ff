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
import { drillsWith } from './drills/index.ts'
import { exerciseLog } from './exercise.ts'
import { type Gameday, gamedayOf, inAll, parentsOf } from './proof.ts'
import { readyAt, remediesOf } from './remedies.ts'
import { grace, round } from './round.ts'
import { chooseAlarms, roundsOf, scenarioOf } from './scenarios.ts'
import { toolsFor } from './tools.ts'

export type GamedayOptions = {
  readonly system: System
  /** Only alarms of these kinds; all of them when it is empty. */
  readonly kinds: readonly string[]
  /** One alarm of each kind. */
  readonly oneEach: boolean
  readonly scale: number
  /** What a fault in the running system may take by the clock, in milliseconds; one that takes longer is said in numbers. */
  readonly patience: number
  readonly note: (line: string) => void
}

/**
 * Makes alarms fire, a round for each scene: breaks what a drill can break and says the numbers of every other fault where
 * the watch collects, sees the alarm come on within its documented time, its topic told and its remedy act, ends the
 * fault and sees it recover. The watch in the background steps aside and comes back afterwards.
 *
 * @throws Failure when an alarm has no fault to try it with.
 *
 * @example
 * const { unproven } = await gameday({ system, kinds: ['breaker-open'], oneEach: true, scale: 30, patience: 60_000, note })
 */
export const gameday = async (options: GamedayOptions): Promise<Gameday> => {
  const { system, kinds, oneEach, scale, patience, note } = options
  const stacks = await readStacks(layout(system.state).assembly)
  const all = alarmsIn(stacks)
  const silent = all.filter(isMetric).filter(({ missing }) => missing === 'breaching')
  const tools = toolsFor(system)
  const drills = drillsWith(tools).filter(({ takes = 0 }) => takes <= patience)
  const chosen = chooseAlarms(all.filter(isMetric), { kinds, oneEach, drills })
  const missing = chosen.filter((alarm) => !scenarioOf(alarm, drills))
  if (missing.length > 0)
    throw new Failure(`no scenario for ${missing.map(({ name }) => name).join(', ')}`, {
      remedy: 'write one in cli/gameday/faults.ts',
    })

  const history: HistoryEntry[] = []
  const mail: Notification[] = []
  const { giveBack, ...watching } = await takeTheWatch({ system, scale, stacks }, (news) => {
    history.push(...news.history)
    mail.push(...news.mail)
  })
  try {
    const proven: Gameday[] = []
    for (const { scene, alarms, drills: struck } of roundsOf(chosen, drills)) {
      const begun = Date.now()
      note(`${scene}: ${alarms.length} alarms, ${struck.length} drills, ${scale} times as fast as the clock`)
      const ready = (await readyAt(system, alarms, begun)) - begun
      if (ready > 0) {
        note(`waiting ${Math.ceil(ready / 1_000)} s: remedies that have just acted would not act again yet`)
        await sleep(ready)
      }
      const scenarios = alarms.flatMap((alarm) => scenarioOf(alarm, struck) ?? [])
      const parents = parentsOf(scenarios, all)
      const moments = await round({ scenarios, parents, drills: struck, silent, history, ...watching, scale, note })
      const remedies = await remediesOf(system, alarms, moments.struck)
      // What support closed because of something that was only said would stay so for minutes.
      for (const queue of valvesOf(alarms)) await tools.openValve(queue)
      const seconds = Math.round((Date.now() - begun) / 1_000)
      proven.push(gamedayOf({ scenarios, all, history, mail, remedies, moments, scale, grace, seconds }))
    }
    return inAll(proven)
  } finally {
    tools.close()
    await giveBack()
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

/** The queues whose valves the remedies of some alarms close. */
const valvesOf = (alarms: readonly MetricAlarm[]): string[] => [
  ...new Set(alarms.flatMap(({ description }) => /remedy: close-valve:([a-z-]+)/.exec(description)?.[1] ?? [])),
]

const isMetric = (alarm: WatchedAlarm): alarm is MetricAlarm => alarm.kind === 'metric'
