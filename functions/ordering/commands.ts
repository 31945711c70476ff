import type { AnyDraft, DataOf } from '../../events/contract.ts'
import type { Message } from '../../events/envelope.ts'
import { answer } from '../../events/envelope.ts'
import {
  CheckReturn,
  ConfirmationRecorded,
  ConfirmOrder,
  RecordRefund,
  RecordReturn,
  RefundRecorded,
  RefundRejectionRecorded,
  RejectionRecorded,
  RejectOrder,
  RejectRefund,
  RejectReturn,
  ReturnAllowed,
  ReturnDisallowed,
  ReturnRecorded,
  ReturnRejectionRecorded,
} from '../../events/ordering.ts'
import type { Repeated } from '../../reactive/consume.ts'
import { PermanentError } from '../../reactive/errors.ts'
import type { Measure } from '../../reactive/metering.ts'
import { type Clock, fromIso, iso } from '../../reactive/time.ts'
import type { Command } from './decide.ts'
import { execute } from './execute.ts'
import { returnBarredBy } from './returns.ts'
import type { EventStore } from './store.ts'

/** The commands that end a saga, one for each way. */
const endCommands = [ConfirmOrder, RejectOrder, RecordRefund, RejectRefund, RecordReturn, RejectReturn] as const
type EndCommand = Message<DataOf<(typeof endCommands)[number]>>

/** What ordering carries out for sagas: their ends, and a question. */
export const orderCommands = [...endCommands, CheckReturn] as const
export type OrderCommand = Message<DataOf<(typeof orderCommands)[number]>>

export type Ports = {
  readonly store: Pick<EventStore, 'load' | 'append'>
  /** Sends a reply to the saga that sent the command. */
  readonly reply: (reply: Message, to: Message) => Promise<void>
  readonly clock: Clock
  readonly measure: Measure
}

/**
 * Carries out the command that ends a saga, or answers its question. The order's own state is the recorded answer, so a repetition changes nothing
 * and is answered again; these commands never expire.
 *
 * @throws PermanentError when the order ended otherwise or was never placed: two truths about one order are an
 * operator's case, never silence.
 *
 * @example
 * await orderingCommands({ store, reply, clock, measure })(confirmOrder)
 */
export const orderingCommands =
  ({ store, reply, clock, measure }: Ports) =>
  async (asked: OrderCommand): Promise<Repeated | undefined> => {
    const at = iso(clock())
    const { orderId } = asked.data
    // Some commands are alike but for their type, which only a message of any type tells apart.
    const message: Message = asked
    if (is(CheckReturn, message)) {
      const reason = returnBarredBy(await store.load(orderId))
      const said = reason ? ReturnDisallowed({ orderId, reason }) : ReturnAllowed({ orderId })
      await reply(answer(said as AnyDraft, message, '/ordering', at), message)
      return undefined
    }
    const cause = {
      at,
      correlationid: message.correlationid,
      causationid: message.id,
      ...(message.traceparent ? { traceparent: message.traceparent } : {}),
      ...(message.tenantid ? { tenantid: message.tenantid } : {}),
    }
    const { command, recorded } = endingOf(asked as EndCommand)
    const done = await execute(store, orderId, command, cause)
    if (!done.ok) throw new PermanentError(done.refusal.refused, `${message.id}: ${done.refusal.because} (${orderId})`)
    await reply(answer(recorded, message, '/ordering', at), message)
    if (done.appended === 0) return 'repeated'
    if (command.type === 'confirm') measure('TimeToConfirm', fromIso(at) - fromIso(done.events[0]!.cause.at))
    return undefined
  }

/** What a message asks for, and what is answered once that is so. */
const endingOf = (message: EndCommand): { readonly command: Command; readonly recorded: AnyDraft } => {
  const { id, type } = message
  const { orderId } = message.data
  if (is(ConfirmOrder, message)) {
    const { carrier, trackingNumber, cancellationTooLate } = message.data
    const command: Command = { type: 'confirm', carrier, trackingNumber, cancellationTooLate }
    return { command, recorded: ConfirmationRecorded({ orderId }) }
  }
  if (is(RejectOrder, message)) {
    return { command: { type: 'reject', because: message.data.because }, recorded: RejectionRecorded({ orderId }) }
  }
  if (is(RecordRefund, message)) {
    return {
      command: { type: 'record-refund', refundId: message.data.refundId },
      recorded: RefundRecorded({ orderId }),
    }
  }
  if (is(RejectRefund, message)) {
    return {
      command: { type: 'reject-refund', because: message.data.because },
      recorded: RefundRejectionRecorded({ orderId }),
    }
  }
  if (is(RecordReturn, message)) {
    return {
      command: { type: 'record-return', condition: message.data.condition },
      recorded: ReturnRecorded({ orderId }),
    }
  }
  if (is(RejectReturn, message)) {
    return {
      command: { type: 'reject-return', because: message.data.because },
      recorded: ReturnRejectionRecorded({ orderId }),
    }
  }
  throw new PermanentError('unknown-type', `${id} is ${type}, which ordering does not carry out.`)
}

const is = <C extends (typeof orderCommands)[number]>(contract: C, message: Message): message is Message<DataOf<C>> =>
  message.type === contract.type
