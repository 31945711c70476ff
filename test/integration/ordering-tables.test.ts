import { dynamoStore } from '../../functions/ordering/dynamo-store.ts'
import { dynamoPrices } from '../../functions/ordering/prices.ts'
import { dynamoViews } from '../../functions/ordering/views.ts'
import { eventStoreSuite } from '../support/event-store-suite.ts'
import { pricesSuite, viewsSuite } from '../support/ordering-reads-suite.ts'
import { db, twinOf } from './twins.ts'

const [events, prices, views] = [await twinOf('EventsTable'), await twinOf('PricesTable'), await twinOf('ViewsTable')]

eventStoreSuite('the event store in its table', () => dynamoStore(db, events))
pricesSuite('the price list in its table', () => dynamoPrices(db, prices))
viewsSuite('the views in their table', () => dynamoViews(db, views))
