import type { EpochMs } from '../../reactive/time.ts'
import type { Cause, OrderEvent, Recorded } from './events.ts'

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
   * whether they were appended: load again.
   */
  readonly append: (orderId: string, length: number, events: readonly OrderEvent[], cause: Cause) => Promise<Appended>
  /** The order's saga is known to have started: `unstarted` no longer lists it. Repeating it changes nothing. */
  readonly markStarted: (orderId: string) => Promise<void>
  /** Orders placed, or last postponed, before `since`, whose saga is not known to have started; the oldest first, not all. */
  readonly unstarted: (since: EpochMs) => Promise<readonly string[]>
  /** Puts an unstarted order behind the others, as if it had been placed `at`. */
  readonly postpone: (orderId: string, at: EpochMs) => Promise<void>
}
