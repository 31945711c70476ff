import { SNSClient } from '@aws-sdk/client-sns'
import { dynamoAdmission } from '../../reactive/admission-store.ts'
import { brownOut } from '../../reactive/brown-out.ts'
import { counted } from '../../reactive/counted.ts'
import { documentClient } from '../../reactive/database.ts'
import { observe } from '../../reactive/observation.ts'
import { queueConsumer } from '../../reactive/queue-consumer.ts'
import { news } from './compose.ts'
import { notificationsEnvironment } from './environment.ts'
import { notifier } from './service.ts'
import { dynamoNotices } from './store.ts'
import { topicPublisher } from './topic.ts'

const { NOTIFICATIONS_TABLE, TOPIC_ARN, CONTROLS_TABLE, timing } = notificationsEnvironment()

const db = documentClient()
const observed = observe('/notifications')

const notify = notifier({
  store: dynamoNotices(db, NOTIFICATIONS_TABLE, timing.horizon),
  publish: topicPublisher(counted(new SNSClient({})), TOPIC_ARN),
  clock: Date.now,
  measure: observed.measure,
  level: brownOut(dynamoAdmission(db, CONTROLS_TABLE, { name: 'orders', path: {} }), Date.now),
  // Well within the ledger's patience, so that a notice that waits is not missed.
  waitsAtMost: timing.ledgerGrace / 2,
})

export const handler = queueConsumer(
  {
    service: '/notifications',
    contracts: news,
    handle: ({ message }) => notify(message),
  },
  observed,
)
