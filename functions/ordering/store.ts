import type { EpochMs } from '../../reactive/time.ts'
import type { Cause, OrderEvent, Place, Recorded } from './events.ts'

/** What an attempt to append came to: `conflict` means that the stream is no longer as long as it was taken to be. */
export type Appended = 'appended' | 'conflict'

/**
 * The streams of orders, append-only. `dynamo-store.ts` keeps them in DynamoDB, the tests' support in memory; one suite
 * of tests holds for both.
 */
export type EventStore = {
  /** The whole stream as of now, read consistently, in sequence; empty when there is no such order. */
  readonly load: (orderId: string) => Promise<readonly Recorded[]>
  /**
   * Appends all events or none, right after the `length` events that the decision was based on. An error leaves open
   * whether they were appended: load again. From the same moment `unheard` lists those that must be heard.
   */
  readonly append: (orderId: string, length: number, events: readonly OrderEvent[], cause: Cause) => Promise<Appended>
  /** The event is known to have been heard: `unheard` no longer lists it. Repeating it changes nothing. */
  readonly markHeard: (place: Place) => Promise<void>
  /** Events appended, or last postponed, before `since`, that are not known to have been heard; the oldest first, not all. */
  readonly unheard: (since: EpochMs) => Promise<readonly Place[]>
  /** Puts an unheard event behind the others, as if it had been appended `at`. */
  readonly postpone: (place: Place, at: EpochMs) => Promise<void>
}
