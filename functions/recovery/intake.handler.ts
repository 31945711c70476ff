import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { counted } from '../../reactive/counted.ts'
import { ownBucket } from '../../reactive/object-store.ts'
import { observe } from '../../reactive/observation.ts'
import { DESK_TABLE, GROUPS_TABLE, PAYLOADS_BUCKET, PLANS_TABLE } from './intake.environment.ts'
import { deadLetterIntake } from './intake.ts'
import { payloads } from './payloads.ts'
import { deskStore } from './store.ts'

const observed = observe('/recovery')
const tables = { records: DESK_TABLE, groups: GROUPS_TABLE, plans: PLANS_TABLE }
const tools = {
  desk: deskStore(counted(new DynamoDBClient({})), tables),
  payloads: payloads(ownBucket(PAYLOADS_BUCKET)),
  clock: Date.now,
  observed,
}

export const handler = deadLetterIntake(tools)
