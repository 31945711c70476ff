import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { commandRecords } from '../../reactive/command-records.ts'
import type { Millis } from '../../reactive/time.ts'
import type { ShipmentResult, ShippingIntent } from './decide.ts'

/** The book of shipments: one item a command, under its order, in SHIPMENTS_TABLE. Shapes: README. */
export const dynamoShipments = (dynamo: DynamoDBDocumentClient, table: string, horizon: Millis) =>
  commandRecords<ShippingIntent, ShipmentResult>(dynamo, table, horizon)
