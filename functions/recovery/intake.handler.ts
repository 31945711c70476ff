import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import middy from '@middy/core'
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { logger } from '../../reactive/log.ts'
import { DESK_TABLE } from './intake.environment.ts'
import { takeInAll } from './intake.ts'
import { deskStore } from './store.ts'

const tools = { desk: deskStore(new DynamoDBClient({}), DESK_TABLE), clock: Date.now, log: logger('/recovery') }

export const handler = middy<SQSEvent, SQSBatchResponse>().handler((event) => takeInAll(event, tools))
