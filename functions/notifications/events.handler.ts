import { SNSClient } from '@aws-sdk/client-sns'
import { counted } from '../../reactive/counted.ts'
import { documentClient } from '../../reactive/database.ts'
import { queueConsumer } from '../../reactive/queue-consumer.ts'
import { news } from './compose.ts'
import { notificationsEnvironment } from './environment.ts'
import { notifier } from './service.ts'
import { dynamoNotices } from './store.ts'
import { topicPublisher } from './topic.ts'

const { NOTIFICATIONS_TABLE, TOPIC_ARN, timing } = notificationsEnvironment()

const notify = notifier({
  store: dynamoNotices(documentClient(), NOTIFICATIONS_TABLE, timing.horizon),
  publish: topicPublisher(counted(new SNSClient({})), TOPIC_ARN),
  clock: Date.now,
})

export const handler = queueConsumer({
  service: '/notifications',
  contracts: news,
  handle: ({ message }) => notify(message),
})
