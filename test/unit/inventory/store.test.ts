import { memoryInventory } from '../../support/inventory.ts'
import { inventoryStoreSuite } from '../../support/inventory-store-suite.ts'

inventoryStoreSuite('inventory in memory', () => memoryInventory())
