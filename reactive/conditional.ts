import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'

/**
 * Whether a conditional write was made: false where its condition did not hold. Every other failure is thrown, and nobody
 * knows then.
 *
 * @example
 * await wasMade(dynamo.send(new PutCommand({ TableName, Item, ConditionExpression: 'attribute_not_exists(id)' })))
 */
export const wasMade = async (write: Promise<unknown>): Promise<boolean> => {
  try {
    await write
    return true
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false
    throw error
  }
}
