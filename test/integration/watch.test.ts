import { CloudWatchClient, DescribeAlarmsCommand, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch'
import { afterAll, expect, inject } from 'vitest'
import { exerciseLog, linesOf } from '../../cli/gameday/exercise.ts'
import { faultOf } from '../../cli/gameday/faults.ts'
import { readStacks } from '../../local/assembly.ts'
import { loadBackend } from '../../local/backend.ts'
import { layout } from '../../local/layout.ts'
import { readSettings } from '../../local/settings.ts'
import { alarmsIn, type MetricAlarm, type WatchedAlarm } from '../../local/watch/alarms.ts'
import { holds } from '../../local/watch/composite.ts'
import type { Notification } from '../../local/watch/mailbox.ts'
import type { HistoryEntry } from '../../local/watch/records.ts'
import { cloudEvaluates } from '../../local/watch/share.ts'
import { openWatch } from '../../local/watch/watch.ts'
import { where } from './capability.ts'
import { until } from './patience.ts'
import { system } from './world.ts'

const settings = readSettings(inject('chosen'))
const backend = await loadBackend(settings.backend)
const cloudWatch = new CloudWatchClient(system.clientConfig)
afterAll(() => cloudWatch.destroy())

/** What the cloud says of an alarm: what a person sees, and what its topics were told by. */
const stateOf = async (name: string) => {
  const { MetricAlarms = [] } = await cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames: [name] }))
  return MetricAlarms[0]?.StateValue
}
const isIn = (name: string, state: string) =>
  until(async () => ((await stateOf(name)) === state ? true : undefined), { within: 40_000, every: 300 })

/** No remedy may act on what is only said here. */
const isHarmless = ({ description }: WatchedAlarm) => !description.includes('remedy:')

/** The watch of this cloud with short minutes, over all alarms of the stage, while some work is done. */
const watching = async (
  work: (seen: { history: readonly HistoryEntry[]; mail: readonly Notification[] }) => Promise<void>,
) => {
  const { clientConfig: config, stage, state } = system
  const cloud = await backend.find(settings)
  const seen: { history: HistoryEntry[]; mail: Notification[] } = { history: [], mail: [] }
  const watch = await openWatch({
    config,
    stage,
    state,
    stacks: await readStacks(layout(state).assembly),
    peek: backend.peek!(cloud),
    capabilities: cloud.capabilities,
    scale: 30,
    told: ({ history, mail }) => {
      seen.history.push(...history)
      seen.mail.push(...mail)
    },
  })
  const end = new AbortController()
  const going = watch.run(end.signal)
  try {
    await work(seen)
  } finally {
    end.abort()
    await going
    watch.close()
  }
}

where('alarm-evaluation', 'queues-shown')(
  'the watch fills in what the cloud does not evaluate, and hears of the cloud what it does',
  async () => {
    const capabilities = new Set(inject('capabilities'))
    const all = alarmsIn(await readStacks(layout(system.state).assembly))
    const theirs = all.filter((alarm) => cloudEvaluates(alarm, capabilities))
    const composites = all.filter((alarm) => alarm.kind === 'composite')
    const over = ({ name }: WatchedAlarm) =>
      composites.filter((alarm) => isHarmless(alarm) && holds(alarm.rule, (child) => (child === name ? 'ALARM' : 'OK')))
    // M of N periods, on a metric of embedded lines, below composites of which one pages: none of it is the cloud's.
    const ours = all.find(
      (alarm): alarm is MetricAlarm =>
        alarm.kind === 'metric' &&
        alarm.source.kind === 'metric' &&
        alarm.source.query.metric.namespace.startsWith('Neverstop/') &&
        alarm.evaluationPeriods > 1 &&
        isHarmless(alarm) &&
        over(alarm).length > 0,
    )!
    const state = over(ours)[0]!
    const page = over(state).find(({ actions }) => actions.ALARM.length > 0)!
    // Schedules run by the clock, and here minutes are shorter: their runs are said.
    const silent = all.filter((alarm) => alarm.kind === 'metric' && alarm.missing === 'breaching') as MetricAlarm[]
    const heard = theirs.find((alarm) => isHarmless(alarm) && alarm.name !== ours.name)!
    const { breaching, fine } = faultOf(ours)!
    const log = await exerciseLog(system.clientConfig, system.stage)

    await watching(async ({ history, mail }) => {
      let values = breaching
      const say = async () => {
        const at = Date.now()
        await log.write([...silent.flatMap((alarm) => linesOf(alarm, { metric: 5 }, at)), ...linesOf(ours, values, at)])
      }
      const saying = setInterval(() => void say().catch(() => undefined), 400)
      try {
        expect(await isIn(ours.name, 'ALARM')).toBe(true)
        expect(await isIn(page.name, 'ALARM')).toBe(true)

        await cloudWatch.send(
          new SetAlarmStateCommand({ AlarmName: heard.name, StateValue: 'ALARM', StateReason: 'said by a test' }),
        )
        const told = await until(async () => history.find(({ alarm, to }) => alarm === heard.name && to === 'ALARM'), {
          within: 40_000,
          every: 200,
        })
        expect(told).toMatchObject({ reason: 'said by a test' })
        await cloudWatch.send(
          new SetAlarmStateCommand({ AlarmName: heard.name, StateValue: 'OK', StateReason: 'said by a test' }),
        )

        values = fine
        expect(await isIn(ours.name, 'OK')).toBe(true)
        expect(await isIn(page.name, 'OK')).toBe(true)
      } finally {
        clearInterval(saying)
        log.close()
      }
      // Once each, since only one of the two sets a state.
      for (const { name } of [ours, state, page])
        expect(history.filter(({ alarm, from, to }) => alarm === name && from === 'OK' && to === 'ALARM')).toHaveLength(
          1,
        )
      const mailed = await until(async () => mail.find(({ alarm, to }) => alarm === page.name && to === 'ALARM'), {
        within: 20_000,
        every: 200,
      })
      expect(mailed?.reason).toContain(state.name)
    })
  },
)
