import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { counted } from './counted.ts'

/** The document client of a function: made once at cold start, its connections kept; an undefined member is an absent one. */
export const documentClient = (): DynamoDBDocumentClient =>
  DynamoDBDocumentClient.from(counted(new DynamoDBClient({})), { marshallOptions: { removeUndefinedValues: true } })
