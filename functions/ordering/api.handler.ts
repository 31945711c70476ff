import { documentClient } from '../../reactive/database.ts'
import { httpEndpoint } from '../../reactive/http-endpoint.ts'
import { dynamoStore } from './dynamo-store.ts'
import { apiEnvironment } from './environment.ts'
import { dynamoPrices } from './prices.ts'
import { orderRoutes } from './routes.ts'
import { ordering } from './service.ts'
import { dynamoViews } from './views.ts'

const { EVENTS_TABLE, VIEWS_TABLE, PRICES_TABLE, LEDGER_SHARE } = apiEnvironment()
const db = documentClient()

const service = ordering({
  store: dynamoStore(db, EVENTS_TABLE, { ledgerShare: LEDGER_SHARE }),
  prices: dynamoPrices(db, PRICES_TABLE),
  views: dynamoViews(db, VIEWS_TABLE),
  clock: Date.now,
})

export const handler = httpEndpoint({ service: '/ordering', routes: orderRoutes(service) })
