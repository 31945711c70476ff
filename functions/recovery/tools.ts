import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SQSClient } from '@aws-sdk/client-sqs'
import { counted } from '../../reactive/counted.ts'
import { delaySeconds } from '../../reactive/delay.ts'
import { ownBucket } from '../../reactive/object-store.ts'
import { observe } from '../../reactive/observation.ts'
import { sendAll } from '../../reactive/send.ts'
import { timings } from '../../reactive/timing.ts'
import { deskEnvironment } from './environment.ts'
import { payloads } from './payloads.ts'
import { planStore } from './plan-store.ts'
import { leasesOf } from './redrive.ts'
import { sendBack } from './send-back.ts'
import { deskStore } from './store.ts'

/** What the desk's functions work with, made once at cold start from their environment. */
export const deskTools = () => {
  const read = deskEnvironment()
  const observed = observe('/recovery')
  const tables = { records: read.DESK_TABLE, groups: read.GROUPS_TABLE, plans: read.PLANS_TABLE }
  const dynamodb = counted(new DynamoDBClient({}))
  const sqs = counted(new SQSClient({}))
  return {
    desk: deskStore(dynamodb, tables),
    plans: planStore(dynamodb, tables),
    payloads: payloads(ownBucket(read.PAYLOADS_BUCKET)),
    knows: (queue: string) => Object.hasOwn(read.QUEUE_URLS, queue),
    send: sendBack(sqs, read.QUEUE_URLS, observed.measure),
    remind: (message: Parameters<typeof sendAll>[2][number]['message'], delay: number) =>
      sendAll(sqs, read.DESK_QUEUE, [{ message, delaySeconds: delaySeconds(delay) }]),
    clock: Date.now,
    observed,
    log: observed.log,
    measure: observed.measure,
    leases: leasesOf(timings[read.TIMING]),
    horizon: timings[read.TIMING].horizon,
  }
}
