import { deskStoreSuite } from '../../support/desk-store-suite.ts'
import { deskTables, memoryPlans, memoryStore } from '../../support/memory-desk.ts'

const tables = deskTables()
deskStoreSuite('the desk in memory', () => ({ desk: memoryStore(tables), plans: memoryPlans(tables) }))
