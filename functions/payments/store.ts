import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { commandRecords } from '../../reactive/command-records.ts'
import type { Millis } from '../../reactive/time.ts'
import type { PaymentIntent, PaymentResult } from './decide.ts'

/** The book of payments: one item a command, under its order, in PAYMENTS_TABLE. Shapes: README. */
export const dynamoPayments = (dynamo: DynamoDBDocumentClient, table: string, horizon: Millis) =>
  commandRecords<PaymentIntent, PaymentResult>(dynamo, table, horizon)
