import middy from '@middy/core'
import type { Context } from 'aws-lambda'
import { type Observation, type Observed, observe } from './observation.ts'
import type { Clock } from './time.ts'

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
  const circumstances = () => ({
    duration_ms: clock() - began,
    remaining_ms: context.getRemainingTimeInMillis(),
    cold_start: observed.coldStart(),
    request_id: context.awsRequestId,
  })
  try {
    const found = await run(observed)
    observed.log.info('ran', { ...found, ...circumstances() })
    return found
  } catch (error) {
    observed.log.error(`failed: ${(error as Error).message}`, { ...circumstances(), error: error as Error })
    throw error
  }
}
