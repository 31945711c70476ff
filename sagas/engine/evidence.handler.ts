import { readMany } from '../../reactive/batch-read.ts'
import { documentClient } from '../../reactive/database.ts'
import { evidenceHandler } from '../../reactive/evidence.ts'
import { definitions } from '../index.ts'
import { dynamoStore } from './dynamo-store.ts'
import { evidenceEnvironment } from './environment.ts'
import { sagaEvidence } from './evidence.ts'
import { sagaForesight } from './foresight.ts'
import { fromItem, type SagaItem } from './item.ts'

const { table, timing } = evidenceEnvironment()
const db = documentClient()

const evidence = sagaEvidence({
  definitions,
  load: async (sagaIds) => {
    const items = (await readMany(
      db,
      table,
      sagaIds.map((sagaId) => ({ sagaId })),
    )) as SagaItem[]
    return new Map(items.map((item) => [item.sagaId, { state: fromItem(item), at: item.at }]))
  },
  clock: Date.now,
  timing,
})

/** What sagas prove to the ledger, and what they would make of a message, to the desk. */
export const handler = evidenceHandler('/saga', {
  ...evidence,
  would: sagaForesight({ definitions, store: dynamoStore(db, table, Date.now, timing), clock: Date.now, timing }),
})
