import middy from '@middy/core'
import type { Context } from 'aws-lambda'
import { type Observation, type Observed, observe } from './observation.ts'
import type { Clock } from './time.ts'
import { onBehalfOf } from './tracing.ts'

type Run<Found> = (tools: Pick<Observation, 'log' | 'measure'>) => Promise<Found>

/**
 * The handler of a schedule: one run, one line in the log with what it found. A run that dies is repeated by the next one.
 *
 * @example
 * export const handler = scheduled('/saga', async ({ measure }) => { … return { overdue, woken } })
 */
export const scheduled = <Found extends object>(
  service: string,
  run: Run<Found>,
  observed: Observed = observe(service),
) =>
  middy<unknown, Found>()
    .use(observed.middleware)
    .handler((_: unknown, context: Context) => runObserved(run, observed, Date.now, context))

/** What `scheduled` does with one run. */
export const runObserved = async <Found extends object>(
  run: Run<Found>,
  observed: Observation,
  clock: Clock,
  context: Pick<Context, 'awsRequestId' | 'getRemainingTimeInMillis'>,
): Promise<Found> => {
  const began = clock()
  const coldStart = observed.coldStart()
  const span = observed.tracer.begin(`run ${observed.handler}`, {
    kind: 'internal',
    attributes: { 'faas.name': observed.handler, 'faas.trigger': 'timer', 'faas.coldstart': coldStart },
  })
  const circumstances = () => ({
    duration_ms: clock() - began,
    remaining_ms: context.getRemainingTimeInMillis(),
    cold_start: coldStart,
    request_id: context.awsRequestId,
  })
  try {
    const found = await observed.tracer.within(() => onBehalfOf(span, () => run(observed)))
    span.end()
    observed.log.info('ran', { ...found, ...circumstances() })
    return found
  } catch (error) {
    span.end((error as Error).message)
    observed.log.error(`failed: ${(error as Error).message}`, { ...circumstances(), error: error as Error })
    throw error
  }
}
