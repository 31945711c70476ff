import { CloudWatchClient, SetAlarmStateCommand } from '@aws-sdk/client-cloudwatch'
import { EventBridgeClient, PutEventsCommand } from '@aws-sdk/client-eventbridge'
import { type ClientConfig, localAccount } from '../client.ts'
import type { WatchedAlarm } from './alarms.ts'
import type { AlarmState } from './evaluate.ts'
import type { Change } from './round.ts'

/** As whom the watch speaks on the bus: nobody but AWS may say `aws.cloudwatch`, so local rules listen to both. */
export const watchSource = 'watch.cloudwatch'

/**
 * The event that CloudWatch puts on the default bus when an alarm changes its state.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/cloudwatch-and-eventbridge.html
 */
export const stateChange = (change: Change, at: Date, region: string) => {
  const { alarm, from, to, reason, lasted, suppressedBy } = change
  return {
    source: watchSource,
    type: 'CloudWatch Alarm State Change',
    resources: [`arn:aws:cloudwatch:${region}:${localAccount}:alarm:${alarm.name}`],
    detail: {
      alarmName: alarm.name,
      state: {
        value: to,
        reason,
        timestamp: at.toISOString(),
        ...(suppressedBy ? { actionsSuppressedBy: suppressedBy } : {}),
      },
      previousState: { value: from, timestamp: new Date(at.getTime() - lasted).toISOString() },
      configuration: { description: alarm.description, ...(alarm.kind === 'metric' ? metricsIn(alarm) : {}) },
    },
  }
}

const metricsIn = ({ source }: Extract<WatchedAlarm, { kind: 'metric' }>) => ({
  metrics: Object.entries(source.kind === 'metric' ? { m1: source.query } : source.queries).map(
    ([id, { metric, statistic, period }]) => ({
      id,
      metricStat: { metric, period: period / 1_000, stat: statistic },
      returnData: source.kind === 'metric',
    }),
  ),
})

/** Brings changes to the cloud: the state where its topics are told, and the event that rules match. */
export type Announcer = {
  announce: (changes: readonly Change[]) => Promise<void>
  /** The state that the cloud has of each alarm. */
  close: () => void
}

/**
 * Tells the cloud what changed. SetAlarmState performs the alarm's actions, so it is called when they are due and not
 * while a suppressor holds them back; the event goes out for every change, as on AWS.
 */
export const announcer = (config: ClientConfig): Announcer => {
  const cloudWatch = new CloudWatchClient(config)
  const bus = new EventBridgeClient(config)
  const setState = async (AlarmName: string, StateValue: AlarmState, StateReason: string) => {
    try {
      await cloudWatch.send(
        new SetAlarmStateCommand({ AlarmName, StateValue, StateReason: StateReason.slice(0, 1_023) }),
      )
    } catch (error) {
      // The templates are ahead of what is deployed; the next deployment brings the alarm.
      if (!(error instanceof Error) || !/ResourceNotFound/.test(error.name)) throw error
    }
  }
  return {
    announce: async (changes) => {
      const at = new Date()
      for (const { alarm, to, reason, acts } of changes) if (acts) await setState(alarm.name, to, reason)
      const events = changes.filter(({ transition }) => transition)
      for (let from = 0; from < events.length; from += 10) {
        const Entries = events
          .slice(from, from + 10)
          .map((change) => stateChange(change, at, config.region))
          .map(({ source, type, resources, detail }) => ({
            Source: source,
            DetailType: type,
            Resources: resources,
            Detail: JSON.stringify(detail),
            Time: at,
          }))
        const { FailedEntryCount = 0, Entries: taken = [] } = await bus.send(new PutEventsCommand({ Entries }))
        const refused = taken.find(({ ErrorCode }) => ErrorCode)
        if (FailedEntryCount > 0) throw new Error(`the bus refused a change of state: ${refused?.ErrorMessage}`)
      }
    },
    close: () => {
      cloudWatch.destroy()
      bus.destroy()
    },
  }
}
