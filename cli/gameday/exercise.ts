import {
  CloudWatchLogsClient,
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs'
import type { ClientConfig } from '../../local/client.ts'
import type { MetricAlarm } from '../../local/watch/alarms.ts'
import { exerciseLogGroup } from '../../local/watch/collect.ts'
import type { MetricId } from '../../local/watch/store.ts'
import type { Values } from './faults.ts'

/** One number of one metric, as a line in the embedded metric format, under exactly the dimensions of the metric. */
export const lineOf = ({ namespace, name, dimensions }: MetricId, value: number, at: number): string =>
  JSON.stringify({
    _aws: {
      Timestamp: at,
      CloudWatchMetrics: [{ Namespace: namespace, Dimensions: [Object.keys(dimensions)], Metrics: [{ Name: name }] }],
    },
    ...dimensions,
    [name]: value,
  })

/** The lines that say the values of an alarm's metrics at a moment. */
export const linesOf = ({ source }: MetricAlarm, values: Values, at: number): string[] => {
  const queries = source.kind === 'metric' ? { metric: source.query } : source.queries
  return Object.entries(values).flatMap(([id, value]) => {
    const query = queries[id]
    return value === undefined || !query ? [] : [lineOf(query.metric, value, at)]
  })
}

/** Writes lines where the watch reads every function's log. */
export const exerciseLog = async (config: ClientConfig, stage: string) => {
  const client = new CloudWatchLogsClient(config)
  const logGroupName = exerciseLogGroup(stage)
  const logStreamName = `gameday-${Date.now()}`
  await client.send(new CreateLogGroupCommand({ logGroupName })).catch((error: Error) => {
    if (error.name !== 'ResourceAlreadyExistsException') throw error
  })
  await client.send(new CreateLogStreamCommand({ logGroupName, logStreamName }))
  return {
    write: async (messages: readonly string[]) => {
      const timestamp = Date.now()
      if (messages.length > 0)
        await client.send(
          new PutLogEventsCommand({
            logGroupName,
            logStreamName,
            logEvents: messages.map((message) => ({ timestamp, message })),
          }),
        )
    },
    close: () => client.destroy(),
  }
}
