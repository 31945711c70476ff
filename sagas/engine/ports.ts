import type { Message } from '../../events/envelope.ts'
import type { EpochMs, Millis } from '../../reactive/time.ts'
import type { SagaState } from './state.ts'

/** A saga as it is stored, and the time under which the sweeper would find it. */
export type Stored = { readonly state: SagaState; readonly indexedAt?: EpochMs }

export type SagaStore = {
  /** Strongly consistent: what was saved last. */
  load(sagaId: string): Promise<Stored | undefined>
  /**
   * One conditional write: only over the revision that was loaded, or over nothing. `lost` means that somebody else
   * saved in between, so the caller must start over. Throws where it is not known whether the write was made.
   */
  save(next: Stored, over: SagaState | undefined): Promise<'saved' | 'lost'>
}

export type Wake = {
  readonly sagaId: string
  readonly subject: string
  readonly correlationId: string
  readonly number?: number
  readonly after: Millis
}

export type Transport = {
  /** Delivers commands to the queues of the contexts that own them. Throws unless every one was accepted. */
  send(commands: readonly Message[]): Promise<void>
  /** Sets timers. A queue cannot wait longer than 15 minutes: a later one fires early and is set again. */
  wake(wakes: readonly Wake[]): Promise<void>
}

export type Overdue = { readonly sagaId: string; readonly dueAt: EpochMs }

export type SweeperStore = {
  /** A page of sagas whose indexed time has passed; the index may lag behind the truth. */
  overdue(shard: string, before: EpochMs, limit: number): Promise<readonly Overdue[]>
  /** Marks a wake-up as under way until `until`. False when one is already, or the saga has ended. */
  lease(sagaId: string, now: EpochMs, until: EpochMs): Promise<{ subject: string; correlationId: string } | undefined>
}
