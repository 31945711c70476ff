import { timings } from '../../reactive/timing.ts'
import { dynamoStore, dynamoSweeperStore } from '../../sagas/engine/dynamo-store.ts'
import { dynamoHistory } from '../../sagas/operators/history-store.ts'
import { historySuite } from '../support/history-suite.ts'
import { sagaStoreSuite } from '../support/saga-store-suite.ts'
import { db, twinOf } from './twins.ts'

const history = await twinOf('HistoryTable')
const sagas = await twinOf('SagasTable')

historySuite('the history of sagas in its table', () => dynamoHistory(db, history))
sagaStoreSuite('the sagas in their table', () => ({
  store: dynamoStore(db, sagas, Date.now, timings.standard),
  sweeps: dynamoSweeperStore(db, sagas),
}))
