import { documentClient } from '../../reactive/database.ts'
import { httpEndpoint } from '../../reactive/http-endpoint.ts'
import { catalogueOf } from './catalogue.ts'
import { dynamoCatalogue } from './dynamo-catalogue.ts'
import { apiEnvironment } from './environment.ts'
import { productRoutes } from './routes.ts'

const { STOCK_TABLE, RESERVATIONS_TABLE } = apiEnvironment()

const catalogue = catalogueOf({
  store: dynamoCatalogue(documentClient(), { stock: STOCK_TABLE, reservations: RESERVATIONS_TABLE }),
  clock: Date.now,
})

export const handler = httpEndpoint({ service: '/inventory', routes: productRoutes(catalogue) })
