import { CloudWatchLogsClient, paginateFilterLogEvents } from '@aws-sdk/client-cloudwatch-logs'
import { LambdaClient, paginateListFunctions } from '@aws-sdk/client-lambda'
import type { ClientConfig } from '../local/client.ts'
import { handlerIn } from '../local/code.ts'
import { exitCodes, Failure } from '../local/failure.ts'
import { refusalOf } from '../local/nearest.ts'

/** A function of a stage and the group that it logs to. */
export type LoggedFunction = { name: string; logGroup: string }

/** A line that a function logged. `at` is in epoch milliseconds. */
export type LogLine = { id: string; at: number; name: string; message: string }

/** The functions of a stage by the name of their handler. */
export const loggedFunctions = async (config: ClientConfig, stage: string): Promise<LoggedFunction[]> => {
  const client = new LambdaClient(config)
  const found: LoggedFunction[] = []
  for await (const { Functions = [] } of paginateListFunctions({ client }, {})) {
    for (const listed of Functions) {
      const name = handlerIn(stage, listed)
      if (!name) continue
      found.push({ name, logGroup: listed.LoggingConfig?.LogGroup ?? `/aws/lambda/${listed.FunctionName}` })
    }
  }
  client.destroy()
  return found.sort((a, b) => a.name.localeCompare(b.name))
}

/**
 * The functions that a name chooses: the one that is called so, or all of a context (`payments`).
 *
 * @throws Failure with the nearest name when it is neither.
 */
export const chooseFunctions = (functions: readonly LoggedFunction[], name: string | undefined): LoggedFunction[] => {
  if (name === undefined) return [...functions]
  const chosen = functions.filter((known) => known.name === name)
  const ofContext = functions.filter((known) => known.name.startsWith(`${name}-`))
  if (chosen.length + ofContext.length > 0) return [...chosen, ...ofContext]
  const valid = functions.map((known) => known.name)
  throw new Failure(refusalOf('function or context of this stage', name, valid), { exitCode: exitCodes.usage })
}

/** An order (`ord_…`) or a saga (`fulfil-order:ord_…`), as opposed to a function or a context. */
export const isSubject = (name: string): boolean => /^([a-z-]+:)?ord_[0-9a-z]+$/.test(name)

/**
 * What of a line is about an order or a saga, and undefined when nothing is: of a batch, only the messages that mention it.
 *
 * @example
 * about(line, 'ord_1') // the line of a batch of ten, with the one message of ord_1
 */
export const about = (line: LogLine, subject: string): LogLine | undefined => {
  if (!line.message.includes(subject)) return undefined
  const entry = jsonOf(line.message)
  if (!Array.isArray(entry?.messages)) return line
  const messages = (entry.messages as unknown[]).filter((one) => JSON.stringify(one).includes(subject))
  return { ...line, message: JSON.stringify({ ...entry, messages }) }
}

/**
 * What functions logged since a moment (epoch milliseconds), oldest first; only what contains `words`, when given. A
 * group that is not there yet is empty.
 */
export const readLines = async (
  config: ClientConfig,
  functions: readonly LoggedFunction[],
  since: number,
  words?: string,
): Promise<LogLine[]> => {
  const client = new CloudWatchLogsClient(config)
  const read = async ({ name, logGroup }: LoggedFunction): Promise<LogLine[]> => {
    const lines: LogLine[] = []
    try {
      for await (const { events = [] } of paginateFilterLogEvents(
        { client },
        { logGroupName: logGroup, startTime: since, ...(words ? { filterPattern: `"${words}"` } : {}) },
      )) {
        for (const { eventId, logStreamName, timestamp = 0, message = '' } of events) {
          lines.push({
            id: eventId ?? `${logStreamName}/${timestamp}/${message}`,
            at: timestamp,
            name,
            message: message.trimEnd(),
          })
        }
      }
    } catch (error) {
      if (!(error instanceof Error) || error.name !== 'ResourceNotFoundException') throw error
    }
    return lines
  }
  const lines = (await Promise.all(functions.map(read))).flat()
  client.destroy()
  return lines.sort((a, b) => a.at - b.at)
}

/**
 * Whether a line is not for people: written by the service around an invocation (`START RequestId: …`), or by the function
 * for the machines that make metrics and traces of it.
 */
export const isPlatformLine = (message: string): boolean =>
  /^(START|END|REPORT|INIT_START|INIT_REPORT|XRAY) /.test(message) || /^\{"(_aws|spans|counted)":/.test(message)

/**
 * A line for a person: time, function, and of a structured line its level and message before the rest.
 *
 * @example
 * formatLine({ at: 0, name: 'edge-openapi', message: '{"level":"INFO","message":"hello","orderId":"ord_1"}', id: '1' })
 * // '00:00:00.000 edge-openapi  INFO hello {"orderId":"ord_1"}'
 */
export const formatLine = ({ at, name, message }: LogLine, width = 0): string => {
  const time = new Date(at).toISOString().slice(11, 23)
  return `${time} ${name.padEnd(width)}  ${structured(message) ?? message}`
}

/** What Powertools says in every line, and a person who reads one does not need. */
const constants = [
  'timestamp',
  'service',
  'xray_trace_id',
  'sampling_rate',
  'cold_start',
  'function_arn',
  'function_memory_size',
]

const structured = (message: string): string | undefined => {
  const { level, message: text, ...rest } = jsonOf(message) ?? {}
  if (typeof level !== 'string' || typeof text !== 'string') return undefined
  const details = Object.entries(rest).filter(([key]) => !constants.includes(key))
  return `${level} ${text}${details.length > 0 ? ` ${JSON.stringify(Object.fromEntries(details))}` : ''}`
}

const jsonOf = (message: string): Record<string, unknown> | undefined => {
  if (!message.startsWith('{')) return undefined
  try {
    return JSON.parse(message) as Record<string, unknown>
  } catch {
    return undefined
  }
}
