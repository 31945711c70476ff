import type { Unsent } from '../../reactive/send.ts'
import type { EpochMs, Millis } from '../../reactive/time.ts'
import type { Outgoing } from './outstanding.ts'
import type { SagaState } from './state.ts'

export type SagaStore = {
  /** Strongly consistent: what was saved last. */
  load(sagaId: string): Promise<SagaState | undefined>
  /**
   * One conditional write: only over the revision that was loaded, or over nothing. `lost` means that somebody else
   * saved in between, so the caller must start over. Throws where it is not known whether the write was made.
   */
  save(next: SagaState, over: SagaState | undefined): Promise<'saved' | 'lost'>
}

export type Wake = {
  readonly sagaId: string
  readonly subject: string
  readonly correlationId: string
  readonly number?: number
  readonly after: Millis
}

export type Transport = {
  /** Delivers messages to the queues of contexts and sagas, and says which were not surely accepted. */
  send(messages: readonly Outgoing[]): Promise<Unsent<Outgoing>>
  /** Sets timers, likewise. A queue cannot wait longer than 15 minutes: a later one fires early and is set again. */
  wake(wakes: readonly Wake[]): Promise<Unsent<Wake>>
}

/**
 * Whether one of the places has fallen behind, so that a missing answer may be waiting in its queue. A guess may be
 * seconds old: it only delays conclusions.
 */
export type Congestion = (places: readonly string[]) => Promise<boolean>

export type Overdue = { readonly sagaId: string; readonly dueAt: EpochMs }

export type SweeperStore = {
  /** The sagas whose indexed time has passed, the longest overdue first, page by page; the index may lag behind the truth. */
  overdue(shard: string, before: EpochMs): AsyncIterable<readonly Overdue[]>
  /** Marks a wake-up as under way until `until`. False when one is already, or the saga has ended. */
  lease(sagaId: string, now: EpochMs, until: EpochMs): Promise<{ subject: string; correlationId: string } | undefined>
}
