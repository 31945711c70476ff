import type { DataOf, Draft } from '../../events/contract.ts'
import { answer, type Message } from '../../events/envelope.ts'
import {
  BookShipment,
  CancelShipment,
  ShipmentBooked,
  ShipmentCancelled,
  ShipmentRefused,
} from '../../events/shipping.ts'
import type { CommandRecords } from '../../reactive/command-records.ts'
import { PermanentError } from '../../reactive/errors.ts'
import { partnerCommand, partnerUndo, reasonOf } from '../../reactive/participant.ts'
import { takePart, termsOf, undoneIdOf, unhurried } from '../../reactive/participation.ts'
import { type Clock, iso, type Millis } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import type { Carriers } from './carriers.ts'
import { decideShipment, type ShipmentIntent, type ShipmentResult } from './decide.ts'

export type ShippingPorts = {
  readonly store: CommandRecords<ShipmentIntent, ShipmentResult>
  readonly carriers: Carriers
  /** Sends a reply to the saga that sent the command. */
  readonly reply: (reply: Message, to: Message) => Promise<void>
  readonly clock: Clock
  readonly timing: Pick<Timing, 'horizon'>
}

export const shippingCommands = [BookShipment, CancelShipment] as const
type ShippingCommand = Message<DataOf<(typeof shippingCommands)[number]>>

/**
 * Shipping: chooses a carrier, books a parcel with it, cancels it. A command is three commits (intent, call, result) and
 * its answer; a carrier that fails is asked again, always the one that the intent names.
 *
 * @throws TransientError when the carrier's answer is not known: nothing is recorded, the message comes again.
 * @throws PermanentError when only a person can go on.
 *
 * @example
 * const serve = shipping({ store, carriers, reply, clock: Date.now, timing })
 * await serve(bookShipment)
 */
export const shipping =
  ({ store, carriers, reply, clock, timing }: ShippingPorts) =>
  async (message: ShippingCommand, remainingMs: () => Millis = unhurried): Promise<void> => {
    const { orderId } = message.data
    const partOf = (commandId: string) => ({
      message,
      key: { orderId, commandId },
      terms: termsOf(message, commandId, timing.horizon),
      records: store,
      partner: carriers,
      clock,
      remainingMs,
    })
    const say = <Data>(draft: Draft<Data>) => reply(answer(draft, message, '/shipping', iso(clock())), message)

    if (is(BookShipment, message)) {
      const said = await takePart({
        ...partOf(message.id),
        column: partnerCommand,
        plan: () => decideShipment(message.data),
        presume: 'none',
      })
      if (said.says === 'done') await say(ShipmentBooked({ orderId, ...said.result }))
      else await say(ShipmentRefused({ orderId, reason: reasonOf(said) }))
    } else if (is(CancelShipment, message)) {
      await takePart({ ...partOf(undoneIdOf(message)), column: partnerUndo })
      await say(ShipmentCancelled({ orderId }))
    } else {
      throw new PermanentError('unknown-type', `${(message as Message).id} is nothing that shipping carries out.`)
    }
  }

const is = <C extends (typeof shippingCommands)[number]>(
  contract: C,
  message: Message,
): message is Message<DataOf<C>> => message.type === contract.type
