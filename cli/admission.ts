import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { GetQueueAttributesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { DeleteCommand, DynamoDBDocumentClient, PutCommand, paginateScan, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { outputKey } from '../infra/names.ts'
import { dynamoAdmission, pressureKey, regulationKey, settingKey } from '../reactive/admission-store.ts'
import { type Depth, type Drain, drain } from '../reactive/drain.ts'
import { isFresh } from '../reactive/pressure.ts'
import { expiryOf, iso, type Millis, minutes, seconds } from '../reactive/time.ts'
import { outputOf } from './outputs.ts'
import type { System } from './system.ts'
import { table } from './table.ts'

/** What is regulated: new orders. */
const name = 'orders'
/** Between two looks at how much waits. */
const between: Millis = seconds(2)

export type AdmissionStatus = {
  readonly share: number
  readonly level: number
  readonly expectedMs: Millis
  /** When the regulator took its last step; null: nobody has asked yet. */
  readonly at: string | null
  readonly off: { readonly until: string; readonly reason: string } | null
  readonly queues: readonly {
    readonly queue: string
    readonly ageMs: Millis
    readonly fresh: boolean
    readonly waiting: number
    readonly drain: Drain
  }[]
}

/** How much is let in, what is switched off, and how the queues behind it stand. */
export const admissionStatus = async (system: System): Promise<AdmissionStatus> =>
  withControls(system, async (db, controls) => {
    const known: string[] = []
    for await (const { Items = [] } of paginateScan({ client: db }, { TableName: controls }))
      known.push(...Items.map(({ control }) => String(control)))
    const queues = known.flatMap((control) =>
      control.startsWith(pressureKey('')) ? control.slice(pressureKey('').length) : [],
    )
    const path = Object.fromEntries(queues.sort().map((queue) => [queue, 1]))
    const [{ regulation, readings, off }, depths] = await Promise.all([
      dynamoAdmission(db, controls, { name, path }).look(),
      twoLooks(system, queues),
    ])
    const now = Date.now()
    return {
      share: regulation?.share ?? 1,
      level: regulation?.level ?? 0,
      expectedMs: regulation?.expected ?? 0,
      at: regulation ? iso(regulation.at) : null,
      off: off && off.until > now ? { until: iso(off.until), reason: off.reason } : null,
      queues: readings.map((reading) => {
        const [before, after] = depths.get(reading.queue)!
        const { queue, age } = reading
        return { queue, ageMs: age, fresh: isFresh(reading, now), waiting: after.waiting, drain: drain(before, after) }
      }),
    }
  })

/** Puts admission out of force for a while: it ends by itself, is measured, and has an alarm. */
export const switchOff = async (system: System, { during, reason }: { during: Millis; reason: string }) =>
  withControls(system, async (db, TableName) => {
    const until = Date.now() + during
    const Item = { control: settingKey(name), until, reason, expiresAt: expiryOf(until + minutes(1)) }
    await db.send(new PutCommand({ TableName, Item }))
    return { until: iso(until) }
  })

export const switchOn = async (system: System) =>
  withControls(system, async (db, TableName) => {
    await db.send(new DeleteCommand({ TableName, Key: { control: settingKey(name) } }))
  })

/** Everything is let in, since nothing waits. */
export const atEase = { share: 1, level: 0, expected: 0 } as const

/**
 * Puts into the regulator's mouth what it has come to, for an exercise. It goes on from there by itself a second later,
 * and nobody who is in the middle of a step of its own may write over that.
 */
export const regulateTo = async (
  system: System,
  { share, level, expected }: { share: number; level: 0 | 1 | 2; expected: Millis },
) =>
  withControls(system, async (db, TableName) => {
    const at = Date.now()
    await db.send(
      new UpdateCommand({
        TableName,
        Key: { control: regulationKey(name) },
        UpdateExpression:
          'SET #share = :share, #level = :level, expected = :expected, #at = :at, watch = :watch ADD revision :one',
        ExpressionAttributeNames: { '#share': 'share', '#level': 'level', '#at': 'at' },
        ExpressionAttributeValues: {
          ':share': share,
          ':level': level,
          ':expected': expected,
          ':at': at,
          ':watch': { from: level === 0 ? at : at + 60_000 },
          ':one': 1,
        },
      }),
    )
  })

export const describeAdmission = ({ share, level, expectedMs, at, off, queues }: AdmissionStatus): string =>
  [
    ...(off ? [`OFF until ${off.until}: ${off.reason}. Everything is let in.`] : []),
    at === null
      ? 'No order has come since the stage was deployed: everything would be let in.'
      : `${Math.round(share * 100)} % of new orders are let in; they would wait ${inSeconds(expectedMs)} on their way (${at})`,
    ['Nothing is switched off.', 'Notices wait.', 'Notices wait, and lists are refused.'][level] ?? '',
    ...(queues.length > 0
      ? [
          table(
            ['queue', 'age when received', 'waiting', 'drained'],
            queues.map(({ queue, ageMs, fresh, waiting, drain }) => [
              queue,
              fresh ? inSeconds(ageMs) : 'not heard of lately',
              String(waiting),
              drainInWords(drain),
            ]),
          ),
        ]
      : []),
  ].join('\n')

export const drainInWords = (drain: Drain): string => {
  switch (drain.is) {
    case 'draining':
      return `in ${inSeconds(drain.within)}`
    case 'growing':
      return `never: ${drain.by.toFixed(1)} more a second`
    case 'still':
      return 'never: as many come as go'
    default:
      return drain.is
  }
}

const inSeconds = (ms: Millis): string => `${(ms / 1_000).toFixed(1)} s`

const twoLooks = async (system: System, queues: readonly string[]): Promise<Map<string, [Depth, Depth]>> => {
  const sqs = new SQSClient(system.clientConfig)
  const look = async (queue: string): Promise<Depth> => {
    const { Attributes } = await sqs.send(
      new GetQueueAttributesCommand({
        QueueUrl: outputOf(system, outputKey(queue, 'QueueUrl')),
        AttributeNames: ['ApproximateNumberOfMessages'],
      }),
    )
    return { waiting: Number(Attributes?.ApproximateNumberOfMessages ?? 0), at: Date.now() }
  }
  const before = await Promise.all(queues.map(look))
  await new Promise((resolve) => setTimeout(resolve, between))
  const after = await Promise.all(queues.map(look))
  sqs.destroy()
  return new Map(queues.map((queue, index) => [queue, [before[index]!, after[index]!]]))
}

const withControls = async <T>(
  system: System,
  act: (db: DynamoDBDocumentClient, controls: string) => Promise<T>,
): Promise<T> => {
  const db = DynamoDBDocumentClient.from(new DynamoDBClient(system.clientConfig))
  try {
    return await act(db, outputOf(system, 'ControlsTable'))
  } finally {
    db.destroy()
  }
}
