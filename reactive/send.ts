import type { EventBridgeClient } from '@aws-sdk/client-eventbridge'
import { PutEventsCommand } from '@aws-sdk/client-eventbridge'
import type { SQSClient } from '@aws-sdk/client-sqs'
import { SendMessageBatchCommand } from '@aws-sdk/client-sqs'
import type { Message } from '../events/envelope.ts'
import { PermanentError, TransientError } from './errors.ts'
import { portionsWithin } from './portions.ts'
import { carried } from './tracing.ts'

export type Outgoing = { readonly message: Message; readonly delaySeconds?: number }

/** Both services take ten entries and 256 KiB a call; the limit by size is kept with room for the entries' own fields. */
const entriesPerCall = 10
const bytesPerCall = 240 * 1024
/** And a call of one message no more than that, its attributes included. */
export const bytesPerMessage = 256 * 1024

export const chunk = <T>(items: readonly T[], bytesOf: (item: T) => number): T[][] =>
  portionsWithin(items, { items: entriesPerCall, bytes: bytesPerCall }, bytesOf)

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

/** What is not surely where it was sent, each with why. Sending it again is safe: the ids are the same. */
export type Unsent<T> = ReadonlyMap<T, Error>

/**
 * Sends messages to one queue, ten a call, and says which of them are not surely in it. A call may accept some entries and
 * refuse others: the refused are sent once more, and are TransientErrors when they are refused again. What is too large
 * for any call is a PermanentError of its own.
 *
 * @example
 * const unsent = await sendEach(sqs, queueUrl, [{ message: reserve }, { message: capture }])
 * if (unsent.size === 0) acknowledge()
 */
export const sendEach = async <T extends Outgoing>(
  sqs: SQSClient,
  queueUrl: string,
  outgoing: readonly T[],
): Promise<Unsent<T>> => {
  const sendOnce = async (entries: readonly Written<T>[]): Promise<Written<T>[]> => {
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
  return inCalls(written, sendOnce, ({ message }) => message.id, queueUrl)
}

/** The same for whoever cannot tell its messages apart: throws unless every one was accepted. */
export const sendAll = async (sqs: SQSClient, queueUrl: string, outgoing: readonly Outgoing[]): Promise<void> =>
  insist(await sendEach(sqs, queueUrl, outgoing))

const insist = (unsent: Unsent<unknown>): void => {
  for (const error of unsent.values()) throw error
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
  insist(await inCalls(written, putOnce, ({ id }) => id, busName))
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

type Attempt<T> = (entries: Written<T>[]) => Promise<Written<T>[]>

const inCalls = async <T>(
  written: readonly Written<T>[],
  attempt: Attempt<T>,
  idOf: (of: T) => string,
  target: string,
): Promise<Unsent<T>> => {
  const unsent = new Map<T, Error>()
  const fits = (one: Written<T>): boolean => {
    const bytes = bytesOf(one)
    if (bytes <= bytesPerMessage) return true
    const because = `${idOf(one.of)} has ${bytes} bytes, and ${target} takes at most ${bytesPerMessage}; let it carry less.`
    unsent.set(one.of, new PermanentError('message-too-large', because))
    return false
  }
  const calls = chunk(written.filter(fits), bytesOf)
  for (const [made, entries] of calls.entries()) {
    try {
      const refused = await twice(entries, attempt)
      const names = refused.map(({ of }) => idOf(of)).join(', ')
      for (const { of } of refused)
        unsent.set(of, new TransientError(`${target} refused ${names} twice; what they belong to is tried again.`))
    } catch (error) {
      // What keeps one call from being made keeps the next from it, too.
      for (const { of } of calls.slice(made).flat()) unsent.set(of, error as Error)
      break
    }
  }
  return unsent
}

/** The entries that were refused both times. */
const twice = async <T>(entries: Written<T>[], attempt: Attempt<T>): Promise<Written<T>[]> => {
  const refused = await attempt(entries)
  const stillRefused = refused.length > 0 ? await attempt(refused) : []
  return stillRefused
}
