import type { DataOf, Draft } from '../../events/contract.ts'
import { answer, type Message } from '../../events/envelope.ts'
import {
  AuthorisePayment,
  CapturePayment,
  CaptureRefused,
  PaymentAuthorised,
  PaymentCaptured,
  PaymentRefunded,
  PaymentRefused,
  PaymentVoided,
  RefundPayment,
  RefundRefused,
  VoidPayment,
} from '../../events/payments.ts'
import type { CommandRecords } from '../../reactive/command-records.ts'
import type { Repeated } from '../../reactive/consume.ts'
import { PermanentError } from '../../reactive/errors.ts'
import type { Guard } from '../../reactive/guard.ts'
import { type Plan, partnerCommand, partnerUndo, reasonOf } from '../../reactive/participant.ts'
import { takePart, termsOf, undoneIdOf, unhurried } from '../../reactive/participation.ts'
import { type Clock, iso, type Millis } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import type { Acquirer } from './acquirer.ts'
import { decideAuthorisation, decideCapture, decideRefund, type PaymentIntent, type PaymentResult } from './decide.ts'

export type PaymentsPorts = {
  readonly store: CommandRecords<PaymentIntent, PaymentResult>
  readonly acquirer: Acquirer
  /** Who stands before the acquirer; absent: every command may call it. */
  readonly guard?: Guard
  /** Sends a reply to the saga that sent the command. */
  readonly reply: (reply: Message, to: Message) => Promise<void>
  readonly clock: Clock
  readonly timing: Pick<Timing, 'horizon'>
}

export const paymentCommands = [AuthorisePayment, VoidPayment, CapturePayment, RefundPayment] as const
type PaymentCommand = Message<DataOf<(typeof paymentCommands)[number]>>

/**
 * Payments: holds money, lets it go, takes it, gives it back, each with the acquirer. A command is three commits (intent,
 * call, result) and its answer; the whole order of things is in `reactive/participant.ts`. Taking the money and giving it
 * back are pivots: nothing here undoes them.
 *
 * Says `repeated` when the answer stood on record already.
 *
 * @throws TransientError when the acquirer's answer is not known: nothing is recorded, the message comes again.
 * @throws PostponedError when the guard lets no call through: the message is put back.
 * @throws PermanentError when only a person can go on.
 *
 * @example
 * const serve = payments({ store, acquirer, reply, clock: Date.now, timing })
 * await serve(authorisePayment)
 */
export const payments =
  ({ store, acquirer, guard, reply, clock, timing }: PaymentsPorts) =>
  async (message: PaymentCommand, remainingMs: () => Millis = unhurried): Promise<Repeated | undefined> => {
    const { orderId } = message.data
    const partOf = (commandId: string) => ({
      message,
      key: { orderId, commandId },
      terms: termsOf(message, commandId, timing.horizon),
      records: store,
      partner: acquirer,
      ...(guard ? { guard: () => guard } : {}),
      clock,
      remainingMs,
    })
    const carryOut = (plan: () => Plan<PaymentIntent> | Promise<Plan<PaymentIntent>>) =>
      takePart({ ...partOf(message.id), column: partnerCommand, plan, presume: 'none' })
    const say = async <Data>(said: { readonly repeated?: true }, draft: Draft<Data>) => {
      await reply(answer(draft, message, '/payments', iso(clock())), message)
      return said.repeated ? 'repeated' : undefined
    }

    if (is(AuthorisePayment, message)) {
      const said = await carryOut(() => decideAuthorisation(message.data))
      if (said.says !== 'done') return say(said, PaymentRefused({ orderId, reason: reasonOf(said) }))
      return say(said, PaymentAuthorised({ orderId, authorisationId: authorisationOf(said.result) }))
    }
    if (is(CapturePayment, message)) {
      const said = await carryOut(() => decideCapture(message.data))
      if (said.says !== 'done') return say(said, CaptureRefused({ orderId, reason: reasonOf(said) }))
      return say(said, PaymentCaptured({ orderId, captureId: captureOf(said.result) }))
    }
    if (is(RefundPayment, message)) {
      const said = await carryOut(async () => decideRefund(message.data, await store.ofOrder(orderId)))
      if (said.says !== 'done') return say(said, RefundRefused({ orderId, reason: reasonOf(said) }))
      return say(said, PaymentRefunded({ orderId, refundId: refundOf(said.result) }))
    }
    if (is(VoidPayment, message)) {
      const said = await takePart({ ...partOf(undoneIdOf(message)), column: partnerUndo })
      return say(said, PaymentVoided({ orderId }))
    }
    throw new PermanentError('unknown-type', `${(message as Message).id} is nothing that payments carries out.`)
  }

const is = <C extends (typeof paymentCommands)[number]>(contract: C, message: Message): message is Message<DataOf<C>> =>
  message.type === contract.type

const captureOf = (result: PaymentResult): string => {
  if (result.kind === 'captured') return result.captureId
  throw wrongRecord('a capture', result)
}

const authorisationOf = (result: PaymentResult): string => {
  if (result.kind === 'authorised') return result.authorisationId
  throw wrongRecord('an authorisation', result)
}

const refundOf = (result: PaymentResult): string => {
  if (result.kind === 'refunded') return result.refundId
  throw wrongRecord('a refund', result)
}

const wrongRecord = (what: string, result: PaymentResult) =>
  new PermanentError('wrong-record', `The record of ${what} holds what was ${result.kind}: ${JSON.stringify(result)}.`)
