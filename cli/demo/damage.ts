import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import type { Sku } from '../../events/vocabulary.ts'
import { outputOf } from '../outputs.ts'
import type { System } from '../system.ts'

/**
 * Damages the stock record of a product behind the system's back, as a faulty script or a hasty hand would: the number
 * of available units becomes a word. Whatever reserves it meets a record that nobody can read.
 */
export const damage = async (system: System, sku: Sku): Promise<void> => {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(system.clientConfig))
  await client.send(
    new UpdateCommand({
      TableName: outputOf(system, 'StockTable'),
      Key: { sku },
      UpdateExpression: 'SET #available = :word',
      ConditionExpression: 'attribute_exists(sku)',
      ExpressionAttributeNames: { '#available': 'available' },
      ExpressionAttributeValues: { ':word': 'twelve' },
    }),
  )
  client.destroy()
}
