import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import { limits } from '../../functions/support/decide.ts'
import type { MetricAlarm } from '../../local/watch/alarms.ts'
import { partsOf } from '../alarms/describe.ts'
import { outputOf } from '../outputs.ts'
import type { System } from '../system.ts'

type Noted = { readonly at: number; readonly what: string; readonly outcome: string }

/** What support noted about each alarm that has a remedy since a moment, the oldest first, from its own log. */
const notesOf = async (
  system: System,
  alarms: readonly MetricAlarm[],
  since: number,
): Promise<ReadonlyMap<string, readonly Noted[]>> => {
  const client = new DynamoDBClient(system.clientConfig)
  const TableName = outputOf(system, 'SupportTable')
  const found = new Map<string, readonly Noted[]>()
  for (const { name, description } of alarms) {
    if (partsOf(description).remedy === '') continue
    const { Items = [] } = await client.send(
      new QueryCommand({
        TableName,
        KeyConditionExpression: 'thing = :thing AND #at >= :since',
        ExpressionAttributeNames: { '#at': 'at' },
        ExpressionAttributeValues: { ':thing': { S: `log#${name}` }, ':since': { N: String(since) } },
      }),
    )
    found.set(
      name,
      Items.map((item) => unmarshall(item) as Noted),
    )
  }
  client.destroy()
  return found
}

/** What support did first about each alarm since a moment, by the alarm's name. */
export const remediesOf = async (
  system: System,
  alarms: readonly MetricAlarm[],
  since: number,
): Promise<ReadonlyMap<string, string>> =>
  new Map(
    [...(await notesOf(system, alarms, since))].flatMap(([name, [first]]) =>
      first ? [[name, `${first.what} (${first.outcome})`] as const] : [],
    ),
  )

/** From when on the remedies of all these alarms may act again, after what they have done lately. */
export const readyAt = async (system: System, alarms: readonly MetricAlarm[], now: number): Promise<number> => {
  const lately = await notesOf(system, alarms, now - limits.pause)
  return Math.max(now, ...[...lately.values()].flat().map(({ at }) => at + limits.pause))
}
