import { documentClient } from '../../reactive/database.ts'
import { queueConsumer } from '../../reactive/queue-consumer.ts'
import { dynamoStore } from './dynamo-store.ts'
import { eventsEnvironment } from './environment.ts'
import { learnsFrom, orderingFacts } from './learn.ts'
import { dynamoPrices } from './prices.ts'
import { dynamoViews } from './views.ts'

const { EVENTS_TABLE, VIEWS_TABLE, PRICES_TABLE } = eventsEnvironment()
const db = documentClient()

const learn = orderingFacts({
  prices: dynamoPrices(db, PRICES_TABLE),
  views: dynamoViews(db, VIEWS_TABLE),
  store: dynamoStore(db, EVENTS_TABLE),
})

export const handler = queueConsumer({
  service: '/ordering',
  contracts: learnsFrom,
  handle: ({ message }) => learn(message),
})
