import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb'
import { outputOf } from './outputs.ts'
import type { System } from './system.ts'

/** What of a partner is broken; nothing is when it is empty. The partners' own room says what each switch does. */
export type PartnerFaults = { readonly down?: boolean; readonly latencyMs?: number; readonly errorRate?: number }

/**
 * Turns a partner's fault switches, as whoever runs the stand-in would. What was turned before is forgotten.
 *
 * @example
 * await turnPartner(system, 'acquirer', { down: true })
 * await turnPartner(system, 'acquirer', {})
 */
export const turnPartner = async (system: System, partner: string, faults: PartnerFaults): Promise<void> => {
  const client = DynamoDBDocumentClient.from(new DynamoDBClient(system.clientConfig))
  await client.send(new PutCommand({ TableName: outputOf(system, 'FaultsTable'), Item: { partner, ...faults } }))
  client.destroy()
}
