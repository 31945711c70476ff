import { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { counted } from '../../reactive/counted.ts'
import { documentClient } from '../../reactive/database.ts'
import { scheduled } from '../../reactive/scheduled.ts'
import { publishAll } from '../../reactive/send.ts'
import { dynamoStore } from './dynamo-store.ts'
import { reconcilerEnvironment } from './environment.ts'
import { reconcile } from './reconcile.ts'
import { dynamoViews } from './views.ts'

const { EVENTS_TABLE, VIEWS_TABLE, BUS_NAME, timing } = reconcilerEnvironment()
const db = documentClient()
const bus = counted(new EventBridgeClient({}))

/** Says again what nobody is known to have heard. */
export const handler = scheduled('/ordering', async ({ log, measure }) => {
  const reconciled = await reconcile(
    {
      store: dynamoStore(db, EVENTS_TABLE),
      views: dynamoViews(db, VIEWS_TABLE),
      publish: (messages) => publishAll(bus, BUS_NAME, messages),
      clock: Date.now,
      log,
    },
    timing.stepDeadline,
  )()
  measure('EventsRepublished', reconciled.republished.length)
  return reconciled
})
