import { memoryPrices, memoryViews } from '../../support/ordering.ts'
import { pricesSuite, viewsSuite } from '../../support/ordering-reads-suite.ts'

pricesSuite('the price list in memory', () => memoryPrices({}))
viewsSuite('the views in memory', () => memoryViews())
