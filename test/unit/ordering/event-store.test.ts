import { eventStoreSuite } from '../../support/event-store-suite.ts'
import { memoryStore } from '../../support/ordering.ts'

eventStoreSuite('the event store in memory', () => memoryStore())
