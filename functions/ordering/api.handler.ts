import { dynamoAdmission } from '../../reactive/admission-store.ts'
import { documentClient } from '../../reactive/database.ts'
import { gate } from '../../reactive/gate.ts'
import { httpEndpoint } from '../../reactive/http-endpoint.ts'
import { observe } from '../../reactive/observation.ts'
import { dynamoStore } from './dynamo-store.ts'
import { apiEnvironment } from './environment.ts'
import { dynamoPrices } from './prices.ts'
import { orderRoutes } from './routes.ts'
import { ordering } from './service.ts'
import { dynamoViews } from './views.ts'

const { EVENTS_TABLE, VIEWS_TABLE, PRICES_TABLE, LEDGER_SHARE, CONTROLS_TABLE, regulated } = apiEnvironment()
const db = documentClient()
const observed = observe('/ordering')

const door = gate({
  store: dynamoAdmission(db, CONTROLS_TABLE, { name: 'orders', path: regulated.path }),
  terms: regulated,
  clock: Date.now,
  random: Math.random,
  measure: observed.measure,
  log: observed.log,
})

const service = ordering({
  store: dynamoStore(db, EVENTS_TABLE, { ledgerShare: LEDGER_SHARE }),
  prices: dynamoPrices(db, PRICES_TABLE),
  views: dynamoViews(db, VIEWS_TABLE),
  clock: Date.now,
  gate: door,
})

export const handler = httpEndpoint({ service: '/ordering', routes: orderRoutes(service, door) }, observed)
