import { documentClient } from '../../reactive/database.ts'
import { streamConsumer } from '../../reactive/stream-relay.ts'
import { definitions } from '../index.ts'
import { historianEnvironment } from './environment.ts'
import { historian } from './historian.ts'
import { dynamoHistory } from './history-store.ts'

const { HISTORY_TABLE } = historianEnvironment()

export const handler = streamConsumer(historian(definitions, dynamoHistory(documentClient(), HISTORY_TABLE)))
