import {
  type EventSourceMappingConfiguration,
  type LambdaClient,
  ListEventSourceMappingsCommand,
  UpdateEventSourceMappingCommand,
} from '@aws-sdk/client-lambda'
import type { Consumers } from './ports.ts'

/** Where a queue's consumer is: its function and the queue's ARN. */
export type Consumer = { readonly function: string; readonly arn: string; readonly concurrency: number }

/** The switches of consumers: the event sources between queues and functions. */
export const lambdaConsumers = (
  lambda: Pick<LambdaClient, 'send'>,
  consumerOf: (queue: string) => Consumer,
): Consumers => {
  const find = async (queue: string): Promise<EventSourceMappingConfiguration> => {
    const { function: FunctionName, arn: EventSourceArn } = consumerOf(queue)
    const { EventSourceMappings: [mapping] = [] } = await lambda.send(
      new ListEventSourceMappingsCommand({ FunctionName, EventSourceArn }),
    )
    if (!mapping?.UUID) throw new Error(`${FunctionName} does not consume ${queue}: it has no such event source`)
    return mapping
  }
  return {
    read: async (queue) => {
      const { State, ScalingConfig } = await find(queue)
      return {
        // Switching takes a while; what it is going to be is what counts.
        enabled: !['Disabled', 'Disabling'].includes(State ?? ''),
        concurrency: ScalingConfig?.MaximumConcurrency ?? consumerOf(queue).concurrency,
      }
    },
    set: async (queue, { enabled, concurrency }) => {
      const { UUID } = await find(queue)
      await lambda.send(
        new UpdateEventSourceMappingCommand({
          UUID,
          FunctionName: consumerOf(queue).function,
          Enabled: enabled,
          ScalingConfig: { MaximumConcurrency: concurrency },
        }),
      )
    },
  }
}
