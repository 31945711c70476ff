import { setTimeout as sleep } from 'node:timers/promises'
import {
  type AlarmHistoryItem,
  type CloudWatchClient,
  type CompositeAlarm,
  type MetricAlarm,
  paginateDescribeAlarmHistory,
  paginateDescribeAlarms,
} from '@aws-sdk/client-cloudwatch'
import { namesOf } from '../../infra/names.ts'
import { type ExitCode, exitCodes } from '../../local/failure.ts'
import type { AlarmState } from '../../local/watch/evaluate.ts'
import type { HistoryEntry } from '../../local/watch/records.ts'
import { interruption } from '../interruption.ts'
import type { Output } from '../output.ts'
import { type AlarmView, byState, describeEntry, partsOf } from './describe.ts'

/** A stage in an account: `others` are those of which the name begins with this one's, as `dev-anna` with `dev`. */
export type Watched = { readonly client: CloudWatchClient; readonly stage: string; readonly others: readonly string[] }

/** Whether an alarm is the stage's own. */
const isOf = ({ stage, others }: Omit<Watched, 'client'>, name: string): boolean =>
  name.startsWith(namesOf(stage).alarm('')) && !others.some((other) => name.startsWith(namesOf(other).alarm('')))

/** The stages whose stacks are called as if they were this one's: of 'dev', 'dev-anna' where that has a backbone. */
export const namesakes = (stage: string, stacks: readonly string[]): string[] =>
  stacks.flatMap((stack) => {
    const [, other] = /^neverstop-(.+)-backbone$/.exec(stack) ?? []
    return other?.startsWith(`${stage}-`) ? [other] : []
  })

/** The alarms of a stage as CloudWatch has them, without their history: those in ALARM first, each group by name. */
export const alarmsOfAccount = async (watched: Watched): Promise<AlarmView[]> => {
  const pages = paginateDescribeAlarms(
    { client: watched.client },
    { AlarmNamePrefix: namesOf(watched.stage).alarm(''), AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] },
  )
  const views: AlarmView[] = []
  for await (const { MetricAlarms = [], CompositeAlarms = [] } of pages)
    for (const alarm of [...MetricAlarms, ...CompositeAlarms])
      if (isOf(watched, alarm.AlarmName!)) views.push(viewOf(alarm, Date.now()))
  return views.sort(byState)
}

const viewOf = (alarm: MetricAlarm | CompositeAlarm, now: number): AlarmView => {
  // The one says since when it is in its state, the other also when it was looked at again.
  const since = alarm.StateTransitionedTimestamp ?? alarm.StateUpdatedTimestamp
  return {
    name: alarm.AlarmName!,
    state: alarm.StateValue as AlarmState,
    ...partsOf(alarm.AlarmDescription ?? ''),
    reason: alarm.StateReason ?? '',
    for: since ? now - since.getTime() : null,
    history: [],
  }
}

/** What became of alarms of a stage since then, oldest first: of one, or of all. CloudWatch remembers thirty days. */
export const historyOfAccount = async (
  watched: Watched,
  { name, since }: { readonly name?: string; readonly since?: number },
): Promise<HistoryEntry[]> => {
  const items: AlarmHistoryItem[] = []
  const pages = paginateDescribeAlarmHistory(
    { client: watched.client },
    {
      AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
      ...(name === undefined ? {} : { AlarmName: name }),
      ...(since === undefined ? {} : { StartDate: new Date(since) }),
    },
  )
  for await (const { AlarmHistoryItems = [] } of pages)
    items.push(...AlarmHistoryItems.filter(({ AlarmName = '' }) => isOf(watched, AlarmName)))
  return changesIn(items).sort((a, b) => a.at - b.at)
}

type Change = {
  readonly oldState?: { readonly stateValue: AlarmState }
  readonly newState?: { readonly stateValue: AlarmState; readonly stateReason?: string }
}
type Told = { readonly actionState?: string; readonly stateUpdateTimestamp?: number }

/** The changes of state among what CloudWatch wrote down; an action says of which change it told. */
const changesIn = (items: readonly AlarmHistoryItem[]): HistoryEntry[] => {
  const of = (type: string) => items.filter(({ HistoryItemType }) => HistoryItemType === type)
  const told = new Set(
    of('Action').flatMap(({ AlarmName, HistoryData = '{}' }) => {
      const { actionState, stateUpdateTimestamp } = JSON.parse(HistoryData) as Told
      return actionState === 'Succeeded' ? [`${AlarmName}@${stateUpdateTimestamp}`] : []
    }),
  )
  return of('StateUpdate').flatMap(({ AlarmName: alarm = '', Timestamp, HistoryData = '{}', HistorySummary = '' }) => {
    const { oldState, newState } = JSON.parse(HistoryData) as Change
    const at = Timestamp?.getTime() ?? 0
    const from = oldState?.stateValue ?? 'INSUFFICIENT_DATA'
    const to = newState?.stateValue ?? from
    return [{ at, alarm, from, to, reason: newState?.stateReason ?? HistorySummary, told: told.has(`${alarm}@${at}`) }]
  })
}

/** CloudWatch looks once a minute, and a question costs nothing worth asking less for. Milliseconds. */
const between = 10_000

/** Tells every change of the stage's alarms as it happens, until Ctrl-C; with `--json` one document a line. */
export const followAccount = async (watched: Watched, out: Output): Promise<ExitCode> => {
  const ending = new AbortController()
  void interruption().then(() => ending.abort())
  const begun = Date.now()
  const shown = new Set<string>()
  while (!ending.signal.aborted) {
    for (const entry of await historyOfAccount(watched, { since: begun })) {
      const id = `${entry.alarm}@${entry.at}`
      if (shown.has(id)) continue
      shown.add(id)
      out.line(out.json ? JSON.stringify(entry) : describeEntry(entry))
    }
    await sleep(between, undefined, { signal: ending.signal }).catch(() => {})
  }
  return exitCodes.ok
}
