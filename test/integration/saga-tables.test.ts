import { dynamoHistory } from '../../sagas/operators/history-store.ts'
import { historySuite } from '../support/history-suite.ts'
import { db, twinOf } from './twins.ts'

const table = await twinOf('HistoryTable')

historySuite('the history of sagas in its table', () => dynamoHistory(db, table))
