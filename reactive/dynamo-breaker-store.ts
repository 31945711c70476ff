import { type DynamoDBDocumentClient, GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb'
import type { Breaker } from './breaker.ts'
import { absent, type BreakerStore } from './breaker-store.ts'
import { wasMade } from './conditional.ts'
import { type Clock, days, expiryOf, type Millis } from './time.ts'

/** After so long without news a breaker is forgotten, which closes it. */
const kept: Millis = days(1)

/** What takes longer is no help: whoever asks is about to make a call that takes as long. */
const brief: Millis = 500

/**
 * Breakers in the table of controls, an item each: `breaker/acquirer`. A write is conditional on the version that was read,
 * so that of several instances one opens, one probes, one closes.
 */
export const dynamoBreakerStore = (
  dynamo: Pick<DynamoDBDocumentClient, 'send'>,
  TableName: string,
  clock: Clock,
  patience: Millis = brief,
): BreakerStore => ({
  load: async (dependency) => {
    const { Item } = await dynamo.send(
      new GetCommand({ TableName, Key: { control: nameOf(dependency) }, ConsistentRead: true }),
      { abortSignal: AbortSignal.timeout(patience) },
    )
    return Item ? { breaker: Item.breaker as Breaker, version: Item.version as number } : absent
  },

  save: async (dependency, breaker, version) => {
    return wasMade(
      dynamo.send(
        new PutCommand({
          TableName,
          Item: {
            control: nameOf(dependency),
            breaker,
            version: version + 1,
            expiresAt: expiryOf(clock() + kept),
          },
          ...(version === absent.version
            ? { ConditionExpression: 'attribute_not_exists(control)' }
            : { ConditionExpression: 'version = :version', ExpressionAttributeValues: { ':version': version } }),
        }),
        { abortSignal: AbortSignal.timeout(patience) },
      ),
    )
  },
})

const nameOf = (dependency: string) => `breaker/${dependency}`
