import type { EventSource, Functions } from '../../reactive/lambda.ts'
import type { Consumers } from './ports.ts'

/** Where a queue's consumer is: its function and the queue's ARN. */
export type Consumer = { readonly function: string; readonly arn: string; readonly concurrency: number }

/** The switches of consumers: the event sources between queues and functions. */
export const lambdaConsumers = (
  functions: Pick<Functions, 'eventSource' | 'setEventSource'>,
  consumerOf: (queue: string) => Consumer,
): Consumers => {
  const find = async (queue: string): Promise<EventSource> => {
    const { function: name, arn } = consumerOf(queue)
    const source = await functions.eventSource(name, arn)
    if (!source) throw new Error(`${name} does not consume ${queue}: it has no such event source`)
    return source
  }
  return {
    read: async (queue) => {
      const { state, concurrency } = await find(queue)
      return {
        // Switching takes a while; what it is going to be is what counts.
        enabled: !['Disabled', 'Disabling'].includes(state),
        concurrency: concurrency ?? consumerOf(queue).concurrency,
      }
    },
    set: async (queue, wanted) => {
      const { id } = await find(queue)
      await functions.setEventSource(id, { name: consumerOf(queue).function, ...wanted })
    },
  }
}
