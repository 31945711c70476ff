import { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import middy from '@middy/core'
import { documentClient } from '../../reactive/database.ts'
import { logger } from '../../reactive/log.ts'
import { publishAll } from '../../reactive/send.ts'
import { dynamoStore } from './dynamo-store.ts'
import { reconcilerEnvironment } from './environment.ts'
import { reconcile } from './reconcile.ts'
import { dynamoViews } from './views.ts'

const { EVENTS_TABLE, VIEWS_TABLE, BUS_NAME, timing } = reconcilerEnvironment()
const db = documentClient()
const bus = new EventBridgeClient({})
const log = logger('/ordering')

const run = reconcile(
  {
    store: dynamoStore(db, EVENTS_TABLE),
    views: dynamoViews(db, VIEWS_TABLE),
    publish: (messages) => publishAll(bus, BUS_NAME, messages),
    clock: Date.now,
    log,
  },
  timing.stepDeadline,
)

/** Runs on a schedule. A run that dies is repeated by the next one. */
export const handler = middy().handler(async () => {
  const reconciled = await run()
  log.info('reconciled', reconciled)
  return reconciled
})
