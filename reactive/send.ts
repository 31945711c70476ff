import type { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { PutEventsCommand } from '@aws-sdk/client-eventbridge'
import type { SQSClient } from '@aws-sdk/client-sqs'
import { SendMessageBatchCommand } from '@aws-sdk/client-sqs'
import type { Message } from '../events/envelope.ts'
import { PermanentError, TransientError } from './errors.ts'
import { carried } from './tracing.ts'

export type Outgoing = { readonly message: Message; readonly delaySeconds?: number }

/** Both services take ten entries and 256 KiB a call; the limit by size is kept with room for the entries' own fields. */
const entriesPerCall = 10
const bytesPerCall = 240 * 1024

export const chunk = <T>(items: readonly T[], bytesOf: (item: T) => number): T[][] => {
  const chunks: T[][] = []
  let bytes = 0
  for (const item of items) {
    const size = bytesOf(item)
    const last = chunks.at(-1)
    if (!last || last.length === entriesPerCall || bytes + size > bytesPerCall) {
      chunks.push([item])
      bytes = size
    } else {
      last.push(item)
      bytes += size
    }
  }
  return chunks
}

/**
 * The tenant as the group of a message. On a standard queue a group orders nothing: it tells SQS whose message it is, so
 * that a tenant with a backlog does not make the others wait.
 *
 * @see https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html
 */
const groupOf = ({ tenantid }: Message): { readonly MessageGroupId?: string } =>
  tenantid !== undefined && /^[\w!"#$%&'()*+,./:;<=>?@[\\\]^`{|}~-]{1,128}$/.test(tenantid)
    ? { MessageGroupId: tenantid }
    : {}

/** Serialised once: the same text is weighed and sent. */
type Written<T> = { readonly of: T; readonly text: string }

const bytesOf = ({ text }: Written<unknown>): number => Buffer.byteLength(text)

/**
 * Sends all messages to one queue, ten a call. A call may accept some entries and refuse others: the refused are sent
 * once more. Throws TransientError naming the ids that were refused twice; sending again is safe, the ids are the same.
 */
export const sendAll = async (sqs: SQSClient, queueUrl: string, outgoing: readonly Outgoing[]): Promise<void> => {
  const sendOnce = async (entries: readonly Written<Outgoing>[]): Promise<Written<Outgoing>[]> => {
    const { Failed = [] } = await sqs.send(
      new SendMessageBatchCommand({
        QueueUrl: queueUrl,
        Entries: entries.map(({ text, of: { message, delaySeconds } }, index) => ({
          Id: String(index),
          MessageBody: text,
          ...(delaySeconds ? { DelaySeconds: delaySeconds } : {}),
          ...groupOf(message),
        })),
      }),
    )
    return Failed.map(({ Id }) => entries[Number(Id)]!)
  }
  const written = outgoing.map((of) => ({ of, text: JSON.stringify(carried(of.message)) }))
  for (const entries of chunk(written, bytesOf)) await twice(entries, sendOnce, ({ of }) => of.message.id, queueUrl)
}

/** Puts messages on the bus as their owners' events, with the same promise as `sendAll`. */
export const publishAll = async (
  bus: EventBridgeClient,
  busName: string,
  messages: readonly Message[],
): Promise<void> => {
  const putOnce = async (entries: readonly Written<Message>[]): Promise<Written<Message>[]> => {
    const { Entries = [] } = await bus.send(
      new PutEventsCommand({
        Entries: entries.map(({ text, of: { type, time } }) => ({
          EventBusName: busName,
          Source: `neverstop.${type.split('.')[0]}`,
          DetailType: type,
          Detail: text,
          Time: new Date(time),
        })),
      }),
    )
    return entries.filter((_, index) => Entries[index]?.ErrorCode)
  }
  const written = messages.map((of) => ({ of, text: JSON.stringify(carried(of)) }))
  for (const entries of chunk(written, bytesOf)) await twice(entries, putOnce, ({ of }) => of.id, busName)
}

/**
 * Sends a reply to the inbox of the saga that asked. The inbox follows from the command's source, never from an address
 * inside the message, so that a forged command cannot make a service write elsewhere.
 */
export const replier =
  (sqs: SQSClient, inboxes: Readonly<Record<string, string>>) =>
  async (reply: Message, to: Message): Promise<void> => {
    const saga = to.source.replace(/^\/saga\//, '')
    const inbox = inboxes[saga]
    if (!inbox) {
      throw new PermanentError(
        'unknown-asker',
        `${to.id} came from ${to.source}, which has no inbox here (known: ${Object.keys(inboxes).join(', ')}).`,
      )
    }
    await sendAll(sqs, inbox, [{ message: reply }])
  }

const twice = async <T>(
  entries: T[],
  attempt: (entries: T[]) => Promise<T[]>,
  idOf: (entry: T) => string,
  target: string,
) => {
  const refused = await attempt(entries)
  const stillRefused = refused.length > 0 ? await attempt(refused) : []
  if (stillRefused.length > 0) {
    throw new TransientError(
      `${target} refused ${stillRefused.map(idOf).join(', ')} twice; the batch will be sent again.`,
    )
  }
}
