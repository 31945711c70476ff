import middy from '@middy/core'
import type { Context } from 'aws-lambda'
import { type Observation, type Observed, observe } from './observation.ts'
import type { Clock } from './time.ts'
import { onBehalfOf } from './tracing.ts'

/**
 * What the one line of an invocation says, besides how the invocation went; the last one counts. When the work throws all
 * the same, only what was a warning stands: that is a failure that was meant.
 */
type Line = (level: 'info' | 'warn', message: string, traits?: Readonly<Record<string, unknown>>) => void

/** What an invocation works with. */
export type Invocation = Pick<Observation, 'log' | 'measure'> & { readonly line: Line }

type Answer<Event, Result> = (event: Event, invocation: Invocation) => Promise<Result>

type Circumstances = Pick<Context, 'awsRequestId' | 'getRemainingTimeInMillis'>

/**
 * The handler of what is called and waited for: one invocation, one line in the log, with what the work says of itself or
 * else that it failed, its duration, whether it was a cold start, and the id of the request. A function that is stopped
 * for want of time has said so before.
 *
 * @example
 * export const handler = invoked('/edge', async (event, { line }) => { … line('info', 'admitted', { role }) … })
 */
export const invoked = <Event, Result>(
  service: string,
  answer: Answer<Event, Result>,
  observed: Observed = observe(service),
) =>
  middy<Event, Result>()
    .use(observed.middleware)
    .handler((event: Event, context: Context) => answerOnce(answer, event, observed, Date.now, context))

/** What `invoked` does with one invocation, without its Lambda. */
export const answerOnce = async <Event, Result>(
  answer: Answer<Event, Result>,
  event: Event,
  observed: Observation,
  clock: Clock,
  context: Circumstances,
  trigger: 'other' | 'timer' = 'other',
): Promise<Result> => {
  const { handler, log, measure, tracer } = observed
  const began = clock()
  const coldStart = observed.coldStart()
  const span = tracer.begin(`run ${handler}`, {
    kind: 'internal',
    attributes: { 'faas.name': handler, 'faas.trigger': trigger, 'faas.coldstart': coldStart },
  })
  const circumstances = () => ({
    duration_ms: clock() - began,
    remaining_ms: context.getRemainingTimeInMillis(),
    cold_start: coldStart,
    request_id: context.awsRequestId,
  })
  let said: Parameters<Line> | undefined
  const line: Line = (...words) => {
    said = words
  }
  const isTold = observed.lastWord(context.getRemainingTimeInMillis(), () =>
    log.error('the time of the function is up', circumstances()),
  )
  const tell = (error?: Error) => {
    const entry = { ...circumstances(), ...said?.[2] }
    if (isTold()) log.warn('ended after all, when it was counted as out of time', entry)
    else if (said && (!error || said[0] === 'warn')) log[said[0]](said[1], entry)
    else if (error) log.error(`failed: ${error.message}`, { ...entry, error })
    else log.info('answered', entry)
  }
  try {
    const result = await tracer.within(() => onBehalfOf(span, () => answer(event, { log, measure, line })))
    span.end()
    tell()
    return result
  } catch (error) {
    span.end((error as Error).message)
    tell(error as Error)
    throw error
  }
}
