import { SQSClient } from '@aws-sdk/client-sqs'
import { counted } from '../../reactive/counted.ts'
import { documentClient } from '../../reactive/database.ts'
import { httpEndpoint } from '../../reactive/http-endpoint.ts'
import { sendAll } from '../../reactive/send.ts'
import { dynamoStore } from '../engine/dynamo-store.ts'
import { definitions } from '../index.ts'
import { apiEnvironment } from './environment.ts'
import { dynamoHistory } from './history-store.ts'
import { sagaRoutes } from './routes.ts'
import { operators } from './service.ts'

const { SAGAS_TABLE, HISTORY_TABLE, WAKEUPS_QUEUE, timing } = apiEnvironment()
const db = documentClient()
const sqs = counted(new SQSClient({}))

export const handler = httpEndpoint({
  service: '/saga',
  routes: sagaRoutes(
    operators({
      definitions,
      history: dynamoHistory(db, HISTORY_TABLE),
      sagas: dynamoStore(db, SAGAS_TABLE, Date.now, timing),
      send: (acts) => sendAll(sqs, WAKEUPS_QUEUE, acts),
      clock: Date.now,
      timing,
    }),
  ),
})
