import { Logger } from '@aws-lambda-powertools/logger'
import type { Message } from '../events/envelope.ts'

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>

/** The function's logger: structured, one JSON line an entry, level from LOG_LEVEL. */
export const logger = (service: string): Logger => new Logger({ serviceName: service.replace(/^\//, '') })

/** What makes a line findable: everything that an order did shares its correlation id. */
export const traits = (message: Message) => ({
  message_id: message.id,
  contract: message.type,
  order: message.subject,
  correlation_id: message.correlationid,
  causation_id: message.causationid,
})
