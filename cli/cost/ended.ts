import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb'
import { outputOf } from '../outputs.ts'
import type { System } from '../system.ts'
import { atMost, until } from '../wait.ts'

/**
 * Waits until orders have ended, without asking the system: a client of our own reads the table of views, and nobody
 * counts its calls. Resolves to whether they all have.
 */
export const endedQuietly = async (system: System, orderIds: readonly string[], within: number): Promise<boolean> => {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(system.clientConfig))
  const TableName = outputOf(system, 'ViewsTable')
  let waiting = [...orderIds]
  const over = await until(
    async () => {
      const ended = await atMost(4, waiting, async (orderId) => {
        const { Item } = await client.send(new GetCommand({ TableName, Key: { orderId } }))
        return Item?.status !== undefined && Item.status !== 'placed'
      })
      waiting = waiting.filter((_, index) => !ended[index])
      return waiting.length === 0 ? true : undefined
    },
    { within, every: 1_000 },
  )
  client.destroy()
  return over === true
}
