import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'
import { type DynamoDBDocumentClient, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import { days, type EpochMs, expiryOf, type Millis } from '../../reactive/time.ts'

export type NoticeKey = { readonly orderId: string; readonly eventId: string }

/** `pending`: it may have been sent or not. `outdated`: it came too late to be worth sending, and was not. */
export type NoticeState = 'pending' | 'sent' | 'outdated'

/** Which notices were begun and which are known to be sent. */
export type Notices = {
  /** Records the notice as pending unless it is recorded already; answers how it stands. */
  readonly begin: (key: NoticeKey, now: EpochMs) => Promise<NoticeState>
  readonly settled: (key: NoticeKey, as: 'sent' | 'outdated', now: EpochMs) => Promise<void>
}

/** Notices in a DynamoDB table with the keys `orderId` and `eventId`. */
export const dynamoNotices = (dynamo: DynamoDBDocumentClient, table: string, horizon: Millis): Notices => ({
  begin: async (key, now) => {
    try {
      await dynamo.send(
        new PutCommand({
          TableName: table,
          Item: { ...key, state: 'pending', at: now },
          ConditionExpression: 'attribute_not_exists(eventId)',
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      )
      return 'pending'
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException) || !error.Item) throw error
      return unmarshall(error.Item).state as NoticeState
    }
  },

  settled: async (key, as, now) => {
    await dynamo.send(
      new UpdateCommand({
        TableName: table,
        Key: { ...key },
        UpdateExpression: 'SET #state = :sent, sentAt = :now, expiresAt = :expiresAt',
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: {
          ':sent': as,
          ':now': now,
          // Redelivery and redrive end within the horizon; after it nobody asks any more.
          ':expiresAt': expiryOf(now + horizon + days(1)),
        },
      }),
    )
  },
})
