import type { MetricAlarm } from '../../local/watch/alarms.ts'
import { linesOf } from './exercise.ts'
import { clearsWithin, faultOf, kindOf } from './faults.ts'

/**
 * What is made together, a round of the game day each: drills of one scene do not get in each other's way. In the first
 * one nobody orders anything; whatever is only said in numbers is said there, too.
 */
export const scenes = [
  'at rest',
  'customers order',
  'too many come',
  'the carriers are gone',
  'things wait',
  'the acquirer is gone',
] as const
export type Scene = (typeof scenes)[number]

/** A fault in the running system itself, for the alarms whose fault can be made in the time that a game day has. */
export type Drill = {
  /** The alarms that it brings on, without their stage. */
  readonly alarms: readonly string[]
  readonly means: string
  /** Where it is made; the first scene when absent. */
  readonly scene?: Scene
  /** What the fault needs by the clock to show, however fast the watch's minutes pass. Milliseconds; none when absent. */
  readonly takes?: number
  /** Called once a minute of the watch's time while all is well: what a schedule does by the clock, where minutes are shorter. */
  readonly calm?: (minute: number) => Promise<void>
  /** Called once a minute of the watch's time while the fault lasts, from 0. */
  readonly strike: (minute: number) => Promise<void>
  /** Puts right what was broken. */
  readonly mend: () => Promise<void>
}

/** How one alarm is brought on and let go. */
export type Scenario = {
  readonly alarm: MetricAlarm
  readonly means: string
  readonly by: 'the system' | 'metric data'
  /** By the clock, in milliseconds: see Drill. */
  readonly takes: number
  /** What is said while all is well, and while the fault lasts; nothing where a drill makes the system say it. */
  readonly fine: (at: number) => readonly string[]
  readonly breaching: (at: number) => readonly string[]
}

/** An alarm by its name without the stage, as drills and readers call it. */
export const withoutStage = (alarm: string): string => alarm.replace(/^neverstop-[a-z0-9]+-/, '')

/** Whether a drill brings an alarm on. */
export const brings = ({ alarms }: Pick<Drill, 'alarms'>, { name }: Pick<MetricAlarm, 'name'>): boolean =>
  alarms.includes(withoutStage(name))

/** The alarms of the chosen kinds, all or one each: of each kind one that a drill brings on, else the soonest over. */
export const chooseAlarms = (
  alarms: readonly MetricAlarm[],
  { kinds, oneEach, drills }: { kinds: readonly string[]; oneEach: boolean; drills: readonly Drill[] },
): MetricAlarm[] => {
  const chosen = alarms.filter((alarm) => kinds.length === 0 || kinds.includes(kindOf(alarm)))
  if (!oneEach) return chosen
  const drilled = (alarm: MetricAlarm) => Number(drills.some((drill) => brings(drill, alarm)))
  const inOrder = chosen.toSorted(
    (one, other) => drilled(other) - drilled(one) || clearsWithin(one) - clearsWithin(other),
  )
  return [...Map.groupBy(inOrder, kindOf).values()].map(([first]) => first!)
}

/** Alarms that are tried at the same time, and what is broken for that. */
export type Together = {
  readonly scene: Scene
  readonly alarms: readonly MetricAlarm[]
  readonly drills: readonly Drill[]
}

/** The rounds that a choice of alarms takes, one a scene: each alarm is tried once, with its drill where it has one. */
export const roundsOf = (chosen: readonly MetricAlarm[], drills: readonly Drill[]): Together[] => {
  const sceneOf = (drill: Drill | undefined) => drill?.scene ?? scenes[0]
  return scenes.flatMap((scene) => {
    const alarms = chosen.filter((alarm) => sceneOf(drills.find((drill) => brings(drill, alarm))) === scene)
    const needed = drills.filter(
      (drill) => sceneOf(drill) === scene && alarms.some((alarm) => drills.find((it) => brings(it, alarm)) === drill),
    )
    return alarms.length > 0 ? [{ scene, alarms, drills: needed }] : []
  })
}

/** How an alarm is tried, or undefined when nobody has thought of a fault for it. */
export const scenarioOf = (alarm: MetricAlarm, drills: readonly Drill[]): Scenario | undefined => {
  const drill = drills.find((one) => brings(one, alarm))
  const nothing = () => []
  if (drill)
    return { alarm, means: drill.means, by: 'the system', takes: drill.takes ?? 0, fine: nothing, breaching: nothing }
  const fault = faultOf(alarm)
  return (
    fault && {
      alarm,
      means: fault.means,
      by: 'metric data',
      takes: 0,
      fine: (at) => linesOf(alarm, fault.fine, at),
      breaching: (at) => linesOf(alarm, fault.breaching, at),
    }
  )
}
