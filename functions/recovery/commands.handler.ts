import { queueConsumer } from '../../reactive/queue-consumer.ts'
import { deskCommands, deskCommandsOf } from './outcomes.ts'
import { deskTools } from './tools.ts'

const tools = deskTools()

export const handler = queueConsumer(
  { service: '/recovery', contracts: deskCommands, handleBatch: deskCommandsOf(tools) },
  tools.observed,
)
