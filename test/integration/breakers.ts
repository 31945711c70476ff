import { InvokeCommand, LambdaClient, ListEventSourceMappingsCommand } from '@aws-sdk/client-lambda'
import { GetCommand } from '@aws-sdk/lib-dynamodb'
import { expect } from 'vitest'
import { namesOf } from '../../infra/names.ts'
import type { Breaker } from '../../reactive/breaker.ts'
import { until } from './patience.ts'
import { dynamo, system, tableOf } from './world.ts'

const functionOf = namesOf(system.stage).function

/** What all functions go by: the breaker of a dependency, closed while nobody has written it. */
export const breakerOf = async (dependency: string): Promise<Breaker['state']> => {
  const { Item } = await dynamo.send(
    new GetCommand({
      TableName: tableOf('ControlsTable'),
      Key: { control: `breaker/${dependency}` },
      ConsistentRead: true,
    }),
  )
  return (Item?.breaker as Breaker | undefined)?.state ?? 'closed'
}

/**
 * Has the breaker before the acquirer, who is back, probed until it is closed, and the valve before payments opened in case
 * support has closed it. By itself both happen once a minute.
 */
export const acquirerIsBack = async (): Promise<void> => {
  const lambda = new LambdaClient(system.clientConfig)
  const isOpen = async () => {
    const { EventSourceMappings = [] } = await lambda.send(
      new ListEventSourceMappingsCommand({ FunctionName: functionOf('payments-commands') }),
    )
    return EventSourceMappings.every(({ State }) => State === 'Enabled')
  }
  const back = await until(
    async () => {
      if ((await breakerOf('acquirer')) === 'closed' && (await isOpen())) return true
      for (const handler of ['payments-intents', 'support-leases'])
        await lambda.send(new InvokeCommand({ FunctionName: functionOf(handler), Payload: '{}' }))
      return undefined
    },
    { within: 90_000, every: 500 },
  )
  lambda.destroy()
  expect(back ?? (await breakerOf('acquirer')), 'that the acquirer is called again').toBe(true)
}
