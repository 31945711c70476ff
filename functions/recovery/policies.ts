import { AuthorisePayment, CapturePayment, VoidPayment } from '../../events/payments.ts'
import { BookShipment } from '../../events/shipping.ts'
import { days, hours, type Millis, minutes } from '../../reactive/time.ts'

/** How the desk puts the transient failures of a contract back by itself. */
export type Policy = {
  /** How long after its newest failure a group is tried for the first time; each try that fails doubles it. */
  readonly after: Millis
  /** The longest pause between two tries. */
  readonly upTo: Millis
  /** The budget: so many tries that fail within this time, then a person decides. */
  readonly tries: number
  readonly within: Millis
  /** Messages a second once one and ten have come out well, and the share of failures at which it stops. */
  readonly rate: number
  readonly stopAt: number
}

const usual: Policy = { after: minutes(1), upTo: hours(1), tries: 10, within: days(1), rate: 20, stopAt: 0.1 }

/** A partner that was down comes back slowly; what waited for it must not bring it down again. */
const gentle: Policy = { ...usual, rate: 5 }

const byContract: Readonly<Record<string, Policy>> = {
  [AuthorisePayment.type]: gentle,
  [CapturePayment.type]: gentle,
  [VoidPayment.type]: gentle,
  [BookShipment.type]: gentle,
}

/**
 * The policy of a group, or none: only what failed transiently is put back by itself. Poison fails the same way for ever,
 * a permanent refusal until somebody mends its cause, and of the unknown nobody knows.
 */
export const policyOf = (group: { readonly class: string; readonly messageType?: string }): Policy | undefined =>
  group.class === 'transient' ? (byContract[group.messageType ?? ''] ?? usual) : undefined
