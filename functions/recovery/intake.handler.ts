import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import middy from '@middy/core'
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { logger } from '../../reactive/log.ts'
import { ownBucket } from '../../reactive/object-store.ts'
import { DESK_TABLE, GROUPS_TABLE, PAYLOADS_BUCKET, PLANS_TABLE } from './intake.environment.ts'
import { takeInAll } from './intake.ts'
import { payloads } from './payloads.ts'
import { deskStore } from './store.ts'

const tables = { records: DESK_TABLE, groups: GROUPS_TABLE, plans: PLANS_TABLE }
const tools = {
  desk: deskStore(new DynamoDBClient({}), tables),
  payloads: payloads(ownBucket(PAYLOADS_BUCKET)),
  clock: Date.now,
  log: logger('/recovery'),
}

export const handler = middy<SQSEvent, SQSBatchResponse>().handler((event) => takeInAll(event, tools))
