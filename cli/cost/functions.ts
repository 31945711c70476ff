import { EventBridgeClient, ListRulesCommand, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge'
import {
  type FunctionConfiguration,
  LambdaClient,
  paginateListEventSourceMappings,
  paginateListFunctions,
  UpdateFunctionConfigurationCommand,
  waitUntilFunctionUpdatedV2,
} from '@aws-sdk/client-lambda'
import { handlerIn } from '../../local/code.ts'
import type { System } from '../system.ts'
import { atMost } from '../wait.ts'
import type { Functions } from './bill.ts'

const ofStage = async (client: LambdaClient, stage: string): Promise<FunctionConfiguration[]> => {
  const found: FunctionConfiguration[] = []
  for await (const { Functions = [] } of paginateListFunctions({ client }, {}))
    found.push(...Functions.filter((listed) => handlerIn(stage, listed) !== undefined))
  return found
}

const handlerOf = ({ Environment }: FunctionConfiguration): string => Environment?.Variables?.NEVERSTOP_HANDLER ?? ''

/** What is known of a stage's functions: their memory, and who invokes them. */
export const describeFunctions = async ({ clientConfig, stage }: System): Promise<Functions> => {
  const lambda = new LambdaClient(clientConfig)
  const bus = new EventBridgeClient(clientConfig)
  const functions = await ofStage(lambda, stage)
  const handlers = new Map(functions.map((one) => [one.FunctionArn ?? '', handlerOf(one)]))
  const named = (arn = ''): string[] => {
    const handler = handlers.get(arn)
    return handler ? [handler] : []
  }
  const queued = new Set<string>()
  for await (const { EventSourceMappings = [] } of paginateListEventSourceMappings({ client: lambda }, {}))
    for (const { EventSourceArn = '', FunctionArn } of EventSourceMappings)
      if (EventSourceArn.includes(':sqs:')) for (const handler of named(FunctionArn)) queued.add(handler)
  const scheduled = new Set([...handlers.values()].filter((handler) => handler.endsWith('-evidence')))
  for (const arn of await invokedByClock(bus)) for (const handler of named(arn)) scheduled.add(handler)
  lambda.destroy()
  bus.destroy()
  return { memory: new Map(functions.map((one) => [handlerOf(one), one.MemorySize ?? 256])), queued, scheduled }
}

/** The ARNs of whatever a schedule invokes. */
const invokedByClock = async (bus: EventBridgeClient): Promise<string[]> => {
  const arns: string[] = []
  let NextToken: string | undefined
  do {
    const page = await bus.send(new ListRulesCommand({ ...(NextToken ? { NextToken } : {}) }))
    for (const { Name: Rule } of (page.Rules ?? []).filter(({ ScheduleExpression }) => ScheduleExpression)) {
      // A schedule has one target; a page holds more than there can be.
      const { Targets = [] } = await bus.send(new ListTargetsByRuleCommand({ Rule }))
      arns.push(...Targets.flatMap(({ Arn }) => Arn ?? []))
    }
    NextToken = page.NextToken
  } while (NextToken)
  return arns
}

/** Lets every function of a stage count its calls, or be quiet again. Their next invocations begin with a cold start. */
export const letCount = async ({ clientConfig, stage }: System, counting: boolean): Promise<void> => {
  const client = new LambdaClient(clientConfig)
  const functions = (await ofStage(client, stage)).filter(
    ({ Environment }) => (Environment?.Variables?.COUNT_CALLS === '1') !== counting,
  )
  await atMost(4, functions, async ({ FunctionName, Environment }) => {
    const { COUNT_CALLS: _, ...variables } = Environment?.Variables ?? {}
    await client.send(
      new UpdateFunctionConfigurationCommand({
        FunctionName,
        Environment: { Variables: { ...variables, ...(counting ? { COUNT_CALLS: '1' } : {}) } },
      }),
    )
    await waitUntilFunctionUpdatedV2({ client, maxWaitTime: 60 }, { FunctionName })
  })
  client.destroy()
}
