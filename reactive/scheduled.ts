import middy from '@middy/core'
import type { Context } from 'aws-lambda'
import { answerOnce } from './invoked.ts'
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
export const runObserved = <Found extends object>(
  run: Run<Found>,
  observed: Observation,
  clock: Clock,
  context: Pick<Context, 'awsRequestId' | 'getRemainingTimeInMillis'>,
): Promise<Found> =>
  answerOnce(
    async (_, { line, ...tools }) => {
      const found = await run(tools)
      line('info', 'ran', found as Readonly<Record<string, unknown>>)
      return found
    },
    undefined,
    observed,
    clock,
    context,
    'timer',
  )
