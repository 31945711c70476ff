import { Logger } from '@aws-lambda-powertools/logger'
import type { Message } from '../events/envelope.ts'
import { masked } from '../events/personal.ts'

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error'>

/** What a line may never say of a person, whoever wrote it and however deep in it. */
const personalKeys: ReadonlySet<string> = new Set([
  'customerId',
  'requestedBy',
  'reviewedBy',
  'inspectedBy',
  'fetchFrom',
  'paymentToken',
  'token',
  'shipTo',
])

/** The function's logger: structured, one JSON line an entry, level from LOG_LEVEL, personal fields masked. */
export const logger = (service: string): Logger =>
  new Logger({
    serviceName: service.replace(/^\//, ''),
    jsonReplacerFn: (key, value) => (personalKeys.has(key) && value !== undefined ? masked : value),
  })

/** What makes a line findable: everything that an order did shares its correlation id. */
export const traits = (message: Message) => {
  const saga = sagaOf(message)
  return {
    message_id: message.id,
    contract: message.type,
    order: message.subject,
    ...(saga ? { saga } : {}),
    correlation_id: message.correlationid,
    ...(message.causationid ? { causation_id: message.causationid } : {}),
  }
}

/** The saga that a command comes from, or that an answer goes to: their ids begin with its id. */
const sagaOf = ({ id, source, causationid = '' }: Message): string | undefined => {
  const asking = source.startsWith('/saga') ? id : causationid
  return /^[a-z-]+:[^/]+/.exec(asking)?.[0]
}
