import type { DataOf, Draft } from '../../events/contract.ts'
import { answer, type Message } from '../../events/envelope.ts'
import type { Carrier } from '../../events/partners/carriers.ts'
import {
  BookReturn,
  BookShipment,
  CancelReturn,
  CancelShipment,
  CloseReturn,
  ReturnBooked,
  ReturnCancellationRefused,
  ReturnCancelled,
  ReturnClosed,
  ReturnRefused,
  ShipmentBooked,
  ShipmentCancelled,
  ShipmentRefused,
} from '../../events/shipping.ts'
import type { CommandRecords } from '../../reactive/command-records.ts'
import type { Repeated } from '../../reactive/consume.ts'
import { PermanentError } from '../../reactive/errors.ts'
import type { Guard } from '../../reactive/guard.ts'
import { type Plan, partnerCommand, partnerUndo, reasonOf } from '../../reactive/participant.ts'
import { takePart, termsOf, undoneIdOf, unhurried } from '../../reactive/participation.ts'
import { type Clock, iso, type Millis } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import type { Carriers } from './carriers.ts'
import { decideClosing, decideReturn, decideShipment, type ShipmentResult, type ShippingIntent } from './decide.ts'

export type ShippingPorts = {
  readonly store: CommandRecords<ShippingIntent, ShipmentResult>
  readonly carriers: Carriers
  /** Who stands before each carrier, so that a dead one does not stop the other; absent: every command may call. */
  readonly guardOf?: (carrier: Carrier) => Guard
  /** Sends a reply to the saga that sent the command. */
  readonly reply: (reply: Message, to: Message) => Promise<void>
  readonly clock: Clock
  readonly timing: Pick<Timing, 'horizon'>
}

export const shippingCommands = [BookShipment, CancelShipment, BookReturn, CancelReturn, CloseReturn] as const
type ShippingCommand = Message<DataOf<(typeof shippingCommands)[number]>>

/**
 * Shipping: chooses a carrier, books a parcel with it, cancels it; and has parcels fetched that come back. A command is three
 * commits (intent, call, result) and its answer; a carrier that fails is asked again, always the one that the intent names.
 *
 * Says `repeated` when the answer stood on record already.
 *
 * @throws TransientError when the carrier's answer is not known: nothing is recorded, the message comes again.
 * @throws PostponedError when the carrier's guard lets no call through: the message is put back.
 * @throws PermanentError when only a person can go on.
 *
 * @example
 * const serve = shipping({ store, carriers, reply, clock: Date.now, timing })
 * await serve(bookShipment)
 */
export const shipping =
  ({ store, carriers, guardOf, reply, clock, timing }: ShippingPorts) =>
  async (message: ShippingCommand, remainingMs: () => Millis = unhurried): Promise<Repeated | undefined> => {
    const { orderId } = message.data
    const partOf = (commandId: string) => ({
      message,
      key: { orderId, commandId },
      terms: termsOf(message, commandId, timing.horizon),
      records: store,
      partner: carriers,
      ...(guardOf ? { guard: ({ carrier }: ShippingIntent) => guardOf(carrier) } : {}),
      clock,
      remainingMs,
    })
    const say = async <Data>(said: { readonly repeated?: true }, draft: Draft<Data>) => {
      await reply(answer(draft, message, '/shipping', iso(clock())), message)
      return said.repeated ? 'repeated' : undefined
    }

    // Undos are alike but for their type, which only a message of any type tells apart.
    const asked: Message = message
    const carryOut = (plan: () => Plan<ShippingIntent>) =>
      takePart({ ...partOf(message.id), column: partnerCommand, plan, presume: 'none' })

    if (is(BookShipment, asked)) {
      const said = await carryOut(() => decideShipment(asked.data))
      if (said.says !== 'done') return say(said, ShipmentRefused({ orderId, reason: reasonOf(said) }))
      return say(said, ShipmentBooked({ orderId, ...said.result }))
    }
    if (is(BookReturn, asked)) {
      const said = await carryOut(() => decideReturn(asked.data))
      if (said.says !== 'done') return say(said, ReturnRefused({ orderId, reason: reasonOf(said) }))
      return say(said, ReturnBooked({ orderId, ...said.result }))
    }
    if (is(CancelReturn, asked)) {
      const said = await takePart({ ...partOf(undoneIdOf(message)), column: partnerUndo })
      if (said.says === 'undo-refused') return say(said, ReturnCancellationRefused({ orderId, reason: said.reason }))
      return say(said, ReturnCancelled({ orderId }))
    }
    if (is(CloseReturn, asked)) {
      const said = await carryOut(() => decideClosing(asked.data))
      if (said.says === 'done') return say(said, ReturnClosed({ orderId }))
      const { code, message: why } = reasonOf(said)
      throw new PermanentError(
        'closing-refused',
        `${message.id}: the carrier does not close the return: ${code}, ${why}`,
      )
    }
    if (is(CancelShipment, asked)) {
      const said = await takePart({ ...partOf(undoneIdOf(message)), column: partnerUndo })
      return say(said, ShipmentCancelled({ orderId }))
    }
    throw new PermanentError('unknown-type', `${message.id} is nothing that shipping carries out.`)
  }

const is = <C extends (typeof shippingCommands)[number]>(
  contract: C,
  message: Message,
): message is Message<DataOf<C>> => message.type === contract.type
