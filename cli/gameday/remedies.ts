import { DynamoDBClient, QueryCommand } from '@aws-sdk/client-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import type { MetricAlarm } from '../../local/watch/alarms.ts'
import { partsOf } from '../alarms/describe.ts'
import { outputOf } from '../outputs.ts'
import type { System } from '../system.ts'

/** What support did about each alarm since a moment, by the alarm's name, from support's own log. */
export const remediesOf = async (
  system: System,
  alarms: readonly MetricAlarm[],
  since: number,
): Promise<ReadonlyMap<string, string>> => {
  const client = new DynamoDBClient(system.clientConfig)
  const TableName = outputOf(system, 'SupportTable')
  const found = new Map<string, string>()
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
    const [first] = Items.map((item) => unmarshall(item) as { what: string; outcome: string })
    if (first) found.set(name, `${first.what} (${first.outcome})`)
  }
  client.destroy()
  return found
}
