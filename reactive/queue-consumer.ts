import { SQSClient } from '@aws-sdk/client-sqs'
import middy from '@middy/core'
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda'
import * as z from 'zod'
import type { AnyContract } from '../events/contract.ts'
import { dynamoPressure } from './admission-store.ts'
import { type AddressBook, type ConsumerOptions, consumer } from './consume.ts'
import { counted } from './counted.ts'
import { documentClient } from './database.ts'
import { environment, queues } from './environment.ts'
import { type Observed, observe } from './observation.ts'
import { pressureReport } from './pressure-report.ts'
import { timings } from './timing.ts'

/**
 * The handler of a queue. A message is acknowledged only when it has been handled, or when its dead-letter queue has it.
 *
 * - handled → acknowledged
 * - PermanentError, or not of the contract → to DEAD_LETTER_QUEUE at once with the reason, then acknowledged
 * - anything else → kept, visible again after a jittered backoff, so that only a crash waits for the whole timeout;
 *   after its last receive to DEAD_LETTER_QUEUE as transient, with the error that the queue would not know
 * - handled, and it was the recovery desk that put it back → DESK_QUEUE hears of it first
 *
 * Dying on any line leaves the message in its queue: consumers answer a repetition from their own records. What became of
 * a batch is one line in the log and the golden metrics of its edge. `observed` is for a handler that measures elsewhere
 * too.
 *
 * @example
 * export const handler = queueConsumer({ service: '/inventory', contracts: [ReserveStock, ReleaseStock], handle: serve })
 */
export const queueConsumer = <C extends AnyContract>(
  options: ConsumerOptions<C>,
  observed: Observed = observe(options.service),
) => {
  const { QUEUE_URL, DEAD_LETTER_QUEUE, DESK_QUEUE, TIMING, PRESSURE_TABLE } = environment({
    QUEUE_URL: z.string().min(1),
    DEAD_LETTER_QUEUE: z.string().min(1),
    DESK_QUEUE: z.string().min(1),
    TIMING: z.enum(['standard', 'brief']),
    /** Set for the queues on whose pressure admission is regulated. */
    PRESSURE_TABLE: z.string().min(1).optional(),
  })
  return middy<SQSEvent, SQSBatchResponse>()
    .use(observed.middleware)
    .handler(
      consumer(options, {
        sqs: counted(new SQSClient({})),
        urlOf: addressBook(QUEUE_URL),
        deadLetterUrlOf: addressBook(DEAD_LETTER_QUEUE),
        desk: DESK_QUEUE,
        receives: timings[TIMING].receives,
        observed,
        ...(PRESSURE_TABLE === undefined
          ? {}
          : {
              pressure: pressureReport({
                report: dynamoPressure(documentClient(), PRESSURE_TABLE),
                clock: Date.now,
                log: observed.log,
              }),
            }),
        clock: Date.now,
        random: Math.random,
      }),
    )
}

/** One URL for a function with one queue, or JSON by queue name for one with several. */
const addressBook = (text: string): AddressBook => {
  if (!text.startsWith('{')) return () => text
  const urls = queues.parse(JSON.parse(text))
  return (queue) => {
    const url = urls[queue]
    if (!url)
      throw new Error(`The environment knows no address of queue ${queue}; known: ${Object.keys(urls).join(', ')}.`)
    return url
  }
}
