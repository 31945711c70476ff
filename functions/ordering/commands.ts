import type { DataOf } from '../../events/contract.ts'
import type { Message } from '../../events/envelope.ts'
import { answer } from '../../events/envelope.ts'
import { ConfirmationRecorded, ConfirmOrder, RejectionRecorded, RejectOrder } from '../../events/ordering.ts'
import { PermanentError } from '../../reactive/errors.ts'
import { type Clock, iso } from '../../reactive/time.ts'
import type { Command } from './decide.ts'
import { execute } from './execute.ts'
import type { EventStore } from './store.ts'

export type EndCommand = Message<DataOf<typeof ConfirmOrder>> | Message<DataOf<typeof RejectOrder>>

export type Ports = {
  readonly store: EventStore
  /** Sends a reply to the saga that sent the command. */
  readonly reply: (reply: Message, to: Message) => Promise<void>
  readonly clock: Clock
}

/**
 * Carries out the command that ends a saga. The order's own state is the recorded answer, so a repetition changes nothing
 * and is answered again; these commands never expire.
 *
 * @throws PermanentError when the order ended otherwise or was never placed: two truths about one order are an
 * operator's case, never silence.
 *
 * @example
 * await orderingCommands({ store, reply, clock })(confirmOrder)
 */
export const orderingCommands =
  ({ store, reply, clock }: Ports) =>
  async (message: EndCommand): Promise<void> => {
    const at = iso(clock())
    const { orderId } = message.data
    const cause = {
      at,
      correlationid: message.correlationid,
      causationid: message.id,
      ...(message.traceparent ? { traceparent: message.traceparent } : {}),
    }
    const done = await execute(store, orderId, commandOf(message), cause)
    if (!done.ok) throw new PermanentError(done.refusal.refused, `${message.id}: ${done.refusal.because} (${orderId})`)
    const draft =
      message.type === ConfirmOrder.type ? ConfirmationRecorded({ orderId }) : RejectionRecorded({ orderId })
    await reply(answer(draft, message, '/ordering', at), message)
  }

const commandOf = (message: EndCommand): Command => {
  const { id, type } = message
  if (isConfirm(message)) {
    const { carrier, trackingNumber, cancellationTooLate } = message.data
    return { type: 'confirm', carrier, trackingNumber, cancellationTooLate }
  }
  if (isReject(message)) return { type: 'reject', because: message.data.because }
  throw new PermanentError('unknown-type', `${id} is ${type}, which ordering does not carry out.`)
}

const isConfirm = (message: EndCommand): message is Message<DataOf<typeof ConfirmOrder>> =>
  message.type === ConfirmOrder.type
const isReject = (message: EndCommand): message is Message<DataOf<typeof RejectOrder>> =>
  message.type === RejectOrder.type
