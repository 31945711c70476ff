import type { Context } from 'aws-lambda'
import type { Failure } from './failure.ts'
import type { Observation } from './observation.ts'
import type { Clock, EpochMs, Millis } from './time.ts'

/**
 * What became of one attempt at a message. `repeated`: answered from a record, since somebody had handled it before.
 * `postponed`: put back at the end of its queue, since what it needs is not there. `retried`: visible again after a
 * backoff. `parked`: in its dead-letter queue. `kept`: in its queue until its visibility ends, because neither of the two
 * could be done.
 */
export type Fate = 'handled' | 'repeated' | 'postponed' | 'retried' | 'parked' | 'kept'

export type Attempted = {
  /** What makes the message findable. */
  readonly traits: Readonly<Record<string, unknown>>
  readonly fate: Fate
  /** Set where it failed. */
  readonly failure?: { readonly class: Failure['class']; readonly code?: string; readonly because: string }
  /** Why it was put back, where it was. */
  readonly because?: string
  /** How often it has been handed out, this time included. */
  readonly attempt: number
  readonly ms: Millis
  /** Since its queue or stream got it; absent where nobody says. */
  readonly ageMs?: Millis
}

type Telling = Pick<Observation, 'measure' | 'log' | 'lastWord'>

type Batch = {
  readonly edge: string
  readonly began: EpochMs
  readonly clock: Clock
  readonly coldStart: boolean
  readonly context: Pick<Context, 'awsRequestId' | 'getRemainingTimeInMillis'>
  /** The messages of a batch whose time is up: none is acknowledged, so that each was an attempt that failed. */
  readonly unfinished: () => readonly Omit<Attempted, 'fate' | 'failure'>[]
}

const timeIsUp = { class: 'transient', because: 'the time of the function is up' } as const

/**
 * Tells what became of a batch, once: the edge's golden signals, and the one line of the invocation. Called before the work
 * begins; what it returns is called at the end of it. Where the end would come too late, the function being stopped
 * before, it tells of all messages as failed just before its time is up.
 *
 * @example
 * const tell = tellsBatch(observed, { edge, began, clock, coldStart, context, unfinished })
 * tell(await handled(event))
 */
export const tellsBatch = ({ measure, log, lastWord }: Telling, batch: Batch) => {
  const { edge, context, unfinished } = batch
  const tell = (attempts: readonly Attempted[]) => {
    measureBatch(measure, edge, attempts)
    logBatch(log, attempts, batch)
  }
  const isTold = lastWord(context.getRemainingTimeInMillis(), () =>
    tell(unfinished().map((attempt) => ({ ...attempt, fate: 'kept', failure: timeIsUp }))),
  )
  return (attempts: readonly Attempted[]): void => {
    if (isTold()) log.warn('ended after all, when it was counted as out of time', { edge })
    else tell(attempts)
  }
}

const measureBatch = (measure: Observation['measure'], edge: string, attempts: readonly Attempted[]): void => {
  measure('BatchSize', attempts.length, { edge })
  for (const { fate, failure, ms, ageMs } of attempts) {
    measure('MessageTime', ms, { edge })
    if (ageMs !== undefined) measure('MessageAge', ageMs, { edge })
    if (failure) measure('MessagesFailed', 1, { edge, class: failure.class })
    else if (fate === 'postponed') measure('MessagesPostponed', 1, { edge })
    else measure('MessagesHandled', 1, { edge })
    if (fate === 'repeated') measure('MessagesRepeated', 1, { edge })
  }
}

/** A line names so many messages of a batch at most, the failed ones first; the others are counted. */
const mostNamed = 20

/**
 * A single message stands in it by itself, several are listed; what failed decides how
 * serious the line is.
 */
const logBatch = (
  log: Observation['log'],
  attempts: readonly Attempted[],
  { edge, began, clock, coldStart, context }: Batch,
): void => {
  const level = attempts.some(({ fate }) => fate === 'parked' || fate === 'kept')
    ? 'error'
    : attempts.some(({ failure }) => failure)
      ? 'warn'
      : 'info'
  const only = attempts.length === 1 ? attempts[0] : undefined
  const message = only ? [only.fate, reasonOf(only) ?? []].flat().join(': ') : countsOf(attempts)
  log[level](message, {
    edge,
    ...(only ? told(only) : listOf(attempts)),
    duration_ms: clock() - began,
    remaining_ms: context.getRemainingTimeInMillis(),
    cold_start: coldStart,
    ...(context.awsRequestId ? { request_id: context.awsRequestId } : {}),
  })
}

const reasonOf = ({ failure, because }: Attempted): string | undefined => failure?.because ?? because

const countsOf = (attempts: readonly Attempted[]): string =>
  [...Map.groupBy(attempts, ({ fate }) => fate)].map(([fate, { length }]) => `${fate} ${length}`).join(', ') ||
  'nothing to do'

const listOf = (attempts: readonly Attempted[]) => {
  const listed = attempts.toSorted((a, b) => Number(b.failure !== undefined) - Number(a.failure !== undefined))
  return {
    messages: listed.slice(0, mostNamed).map(told),
    ...(listed.length > mostNamed ? { more: listed.length - mostNamed } : {}),
  }
}

const told = ({ traits, fate, failure, because, attempt, ms, ageMs }: Attempted) => ({
  ...traits,
  outcome: fate,
  ...(failure
    ? { class: failure.class, ...(failure.code ? { code: failure.code } : {}), because: failure.because }
    : {}),
  ...(because === undefined ? {} : { because }),
  attempt,
  ms,
  ...(ageMs === undefined ? {} : { age_ms: ageMs }),
})
