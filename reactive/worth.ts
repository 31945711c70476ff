import type { AnyContract } from '../events/contract.ts'
import type { Message } from '../events/envelope.ts'
import { type EpochMs, fromIso } from './time.ts'

/**
 * Whether a message has come too late to be worth anything, by the word of its contract. After an outage a backlog of such
 * messages is set aside, on record, instead of being worked off before what came since.
 *
 * A time that cannot be read, or that is still to come, is no reason to set anything aside.
 *
 * @example
 * isOutdated({ worth: hours(24) }, message, now)
 */
export const isOutdated = (
  { worth }: Pick<AnyContract, 'worth'>,
  { time }: Pick<Message, 'time'>,
  now: EpochMs,
): boolean => worth !== undefined && now - fromIso(time) > worth
