import type { MetricAlarm } from '../../local/watch/alarms.ts'
import { linesOf } from './exercise.ts'
import { clearsWithin, faultOf, kindOf } from './faults.ts'

/**
 * A fault in the running system itself, for the alarms whose fault can be made while the watch's minutes pass in seconds.
 * What takes its time by the clock (the age of a saga, of a record, of a message) cannot, and is said in numbers.
 */
export type Drill = {
  /** The alarms that it brings on, without their stage. */
  readonly alarms: readonly string[]
  readonly means: string
  /** It disturbs every other alarm, so that it is made only where nothing else is asked for. */
  readonly alone?: true
  /** What the fault needs by the clock to show, however fast the watch's minutes pass. Milliseconds; none when absent. */
  readonly takes?: number
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

/** The drills that a choice of alarms is tried with. */
export const drillsFor = (chosen: readonly MetricAlarm[], drills: readonly Drill[]): readonly Drill[] =>
  drills.filter((drill) =>
    drill.alone
      ? chosen.length > 0 && chosen.every((alarm) => brings(drill, alarm))
      : chosen.some((alarm) => brings(drill, alarm)),
  )

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
