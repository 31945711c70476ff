import { CloudWatchClient, GetMetricDataCommand } from '@aws-sdk/client-cloudwatch'
import { CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs'
import type { ClientConfig } from '../client.ts'
import { samplesIn } from './emf.ts'
import { beside, failedBehind } from './gateway.ts'
import { invocationsIn, type LoggedLine } from './invocations.ts'
import { type QueuedMessage, queueSamples } from './queues.ts'
import type { Sample } from './store.ts'
import type { Subjects } from './subjects.ts'

/** How a backend shows what is in its queues, by name, without receiving any of it; it may show others as well. */
export type PeekQueues = (queues: readonly string[]) => Promise<ReadonlyMap<string, readonly QueuedMessage[]>>

export type Collector = {
  /** Every sample that came since the last time, in real time. */
  collect: () => Promise<Sample[]>
  close: () => void
}

/** Where a game day writes what it could not cause: collected like every function's log. */
export const exerciseLogGroup = (stage: string) => `/neverstop/${stage}/exercise`

/** How long a function may take to hand over what it logged, in milliseconds. */
const overlap = 5_000

/**
 * Looks at queues, logs and throttles of a stage, and turns what it sees into samples.
 *
 * @param since epoch milliseconds; what was logged before is history.
 */
export const collector = (options: {
  config: ClientConfig
  stage: string
  subjects: Subjects
  peek: PeekQueues
  since: number
}): Collector => {
  const { config, stage, subjects, peek } = options
  const logs = new CloudWatchLogsClient(config)
  const metrics = new CloudWatchClient(config)
  const groups = [
    ...[...subjects.functions].map(([name, handler]) => ({ group: `/aws/lambda/${name}`, name, handler })),
    { group: exerciseLogGroup(stage), name: undefined, handler: undefined },
  ]
  const readers = groups.map((group) => ({ ...group, read: logReader(logs, group.group, options.since) }))
  const functionNames = new Map([...subjects.functions].map(([name, handler]) => [handler, name]))
  let throttlesSince = options.since

  const ofLogs = async (): Promise<Sample[]> => {
    const samples: Sample[] = []
    await inTurn(readers, 6, async ({ name, handler, read }) => {
      const lines = await read()
      for (const { message } of lines)
        for (const sample of samplesIn(message)) {
          samples.push(sample)
          samples.push(
            ...beside(
              sample,
              (asked) => subjects.apis.get(asked),
              (edge) => functionNames.get(edge),
            ),
          )
        }
      if (name === undefined || handler === undefined) return
      for (const sample of invocationsIn(name, lines)) {
        samples.push(sample, ...failedBehind(sample, subjects.apis.get(handler)))
      }
    })
    return samples
  }

  const ofQueues = async (): Promise<Sample[]> => {
    const at = Date.now()
    const found = await peek(subjects.queues)
    return subjects.queues.flatMap((queue) => queueSamples(queue, found.get(queue) ?? [], at))
  }

  // The only thing that leaves no line: nothing ran.
  const ofThrottles = async (): Promise<Sample[]> => {
    if (subjects.throttled.length === 0) return []
    const until = Date.now()
    const { MetricDataResults: results = [] } = await metrics.send(
      new GetMetricDataCommand({
        StartTime: new Date(throttlesSince),
        EndTime: new Date(until),
        MetricDataQueries: subjects.throttled.map((FunctionName, index) => ({
          Id: `t${index}`,
          MetricStat: {
            Metric: {
              Namespace: 'AWS/Lambda',
              MetricName: 'Throttles',
              Dimensions: [{ Name: 'FunctionName', Value: FunctionName }],
            },
            Period: 1,
            Stat: 'Sum',
          },
        })),
      }),
    )
    throttlesSince = until
    return results.flatMap(({ Id, Values = [] }) => {
      const sum = Values.reduce((one, other) => one + other, 0)
      const dimensions = { FunctionName: subjects.throttled[Number(Id!.slice(1))]! }
      return sum > 0
        ? [{ metric: { namespace: 'AWS/Lambda', name: 'Throttles', dimensions }, at: until, value: sum }]
        : []
    })
  }

  return {
    collect: async () => (await Promise.all([ofLogs(), ofQueues(), ofThrottles()])).flat(),
    close: () => {
      logs.destroy()
      metrics.destroy()
    },
  }
}

/**
 * Reads what is new in a log group. Lines come a little late and in batches, so each reading overlaps with the last one
 * and leaves out what it has seen. An invocation whose report has not come yet waits for the next reading.
 */
const logReader = (client: CloudWatchLogsClient, logGroupName: string, since: number) => {
  let from = since
  let seen = new Map<string, number>()
  let unfinished: LoggedLine[] = []
  return async (): Promise<LoggedLine[]> => {
    const counted = new Map<string, { at: number; times: number }>()
    const fresh: LoggedLine[] = []
    let latest = from
    try {
      for await (const { events = [] } of paginateFilterLogEvents({ client }, { logGroupName, startTime: from })) {
        for (const { timestamp: at = 0, message = '', logStreamName: stream = '' } of events) {
          const key = `${stream}\u0000${at}\u0000${message}`
          const times = (counted.get(key)?.times ?? 0) + 1
          counted.set(key, { at, times })
          latest = Math.max(latest, at)
          if (times > (seen.get(key) ?? 0)) fresh.push({ at, stream, message })
        }
      }
    } catch (error) {
      // A function that never ran has no log group.
      if (error instanceof Error && error.name === 'ResourceNotFoundException') return []
      throw error
    }
    from = Math.max(since, latest - overlap)
    seen = new Map([...counted].filter(([, { at }]) => at >= from).map(([key, { times }]) => [key, times]))
    const { complete, rest } = split([...unfinished, ...fresh])
    unfinished = rest
    return complete
  }
}

/** Lines of a stream after its last report belong to an invocation that still runs; other lines need no report. */
const split = (lines: readonly LoggedLine[]): { complete: LoggedLine[]; rest: LoggedLine[] } => {
  const reported = new Map<string, number>()
  const platform = new Set<string>()
  lines.forEach(({ stream, message }, index) => {
    if (message.startsWith('START RequestId: ')) platform.add(stream)
    if (message.startsWith('REPORT RequestId: ')) reported.set(stream, index)
  })
  const waits = ({ stream }: LoggedLine, index: number) => platform.has(stream) && index > (reported.get(stream) ?? -1)
  return {
    complete: lines.filter((line, index) => !waits(line, index)),
    rest: lines.filter(waits),
  }
}

/** Runs work over items, so many at once. */
const inTurn = async <T>(items: readonly T[], width: number, work: (item: T) => Promise<void>): Promise<void> => {
  const left = [...items]
  await Promise.all(
    Array.from({ length: width }, async () => {
      for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item)
    }),
  )
}
