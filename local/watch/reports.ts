import { CloudWatchClient, DescribeAlarmsCommand } from '@aws-sdk/client-cloudwatch'
import type { ClientConfig } from '../client.ts'
import type { WatchedAlarm } from './alarms.ts'
import type { AlarmState } from './evaluate.ts'
import type { Reported } from './round.ts'

/** Asks a cloud what it says of the alarms that it evaluates itself. */
export type Reporter = { read: () => Promise<Reported>; close: () => void }

/** How many names one question may have. */
const atOnce = 100

/**
 * Reads the states of alarms from the cloud. One that the cloud does not know yet is left out: it is as it was.
 *
 * @param alarms those that the cloud evaluates; with none of them nobody is asked.
 */
export const reporter = (config: ClientConfig, alarms: readonly WatchedAlarm[]): Reporter => {
  const cloudWatch = new CloudWatchClient(config)
  const names = alarms.map(({ name }) => name)
  return {
    read: async () => {
      const states = new Map<string, { state: AlarmState; reason: string }>()
      for (let from = 0; from < names.length; from += atOnce) {
        const AlarmNames = names.slice(from, from + atOnce)
        const { MetricAlarms = [], CompositeAlarms = [] } = await cloudWatch.send(
          new DescribeAlarmsCommand({
            AlarmNames,
            AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
            MaxRecords: atOnce,
          }),
        )
        for (const { AlarmName, StateValue, StateReason = '' } of [...MetricAlarms, ...CompositeAlarms])
          if (AlarmName && StateValue) states.set(AlarmName, { state: StateValue, reason: StateReason })
      }
      return states
    },
    close: () => cloudWatch.destroy(),
  }
}
