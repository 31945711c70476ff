import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  CloudFormationClient,
  SetStackPolicyCommand,
  type Stack,
  UpdateTerminationProtectionCommand,
} from '@aws-sdk/client-cloudformation'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod'
import { alarmEmailOutput, namesOf, outputKey } from '../../infra/names.ts'
import type { Usage } from '../../infra/prices/prices.ts'
import { accountConfig } from '../../local/client.ts'
import { checkout, type Settings } from '../../local/settings.ts'
import { dynamoHistory } from '../../sagas/operators/history-store.ts'
import { listStacks } from '../system.ts'
import { assemble } from './assembly.ts'
import { cdk } from './cdk.ts'
import { askOnTerminal } from './confirm.ts'
import type { AccountPorts } from './deploy.ts'
import type { DestroyPorts } from './destroy.ts'
import type { Unfinished } from './drained.ts'
import { explainAccount, lookAtAccount } from './look.ts'

/** The real world, for a stage and what it is told when it is synthesized. */
export const accountPorts = (
  { region, stage, state }: Settings,
  context: Readonly<Record<string, string>>,
): AccountPorts & DestroyPorts => ({
  account: () => lookAtAccount(region),
  assemble: (more = {}) => assemble(state, { ...context, ...more, stage }),
  cdk,
  ask: askOnTerminal,
  perOrder: countedUsage,
  stacks: async () =>
    (await listStacks({ clientConfig: accountConfig(region) }, stage)).map(({ StackName }) => StackName!),
  alarmEmail: async () =>
    outputOf(await listStacks({ clientConfig: accountConfig(region) }, stage), {
      stack: namesOf(stage).stack('backbone'),
      key: alarmEmailOutput,
    }),
  guard: async (StackName, StackPolicyBody) => {
    const client = new CloudFormationClient({ region })
    await client
      .send(new SetStackPolicyCommand({ StackName, StackPolicyBody }))
      .catch(explainAccount)
      .finally(() => client.destroy())
  },
  definitions: async () => (await import('../../sagas/index.ts')).definitions,
  unfinished: () => unfinishedIn(region, stage),
  unprotect: async (StackName) => {
    const client = new CloudFormationClient({ region })
    await client.send(new UpdateTerminationProtectionCommand({ StackName, EnableTerminationProtection: false }))
    client.destroy()
  },
})

const outputOf = (stacks: readonly Stack[], { stack, key }: { readonly stack: string; readonly key: string }) =>
  stacks.find(({ StackName }) => StackName === stack)?.Outputs?.find(({ OutputKey }) => OutputKey === key)?.OutputValue

/** Asked of the table itself, since the API wants an operator's token, which a machine that deploys has not. */
const unfinishedIn = async (region: string, stage: string): Promise<Unfinished> => {
  const stacks = await listStacks({ clientConfig: accountConfig(region) }, stage)
  const table = outputOf(stacks, { stack: namesOf(stage).stack('sagas'), key: outputKey('HISTORY_TABLE') })
  if (table === undefined) return []
  const client = new DynamoDBClient({ region })
  return await dynamoHistory(DynamoDBDocumentClient.from(client), table)
    .unfinished()
    .catch(explainAccount)
    .finally(() => client.destroy())
}

const counted = z.object({ perOrder: z.record(z.string(), z.number().min(0)) })

/** What one order uses, as the benchmark counted it; undefined before it has. */
export const countedUsage = async (file = join(checkout, 'bench', 'order-usage.json')): Promise<Usage | undefined> => {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return text === undefined ? undefined : (counted.parse(JSON.parse(text)).perOrder as Usage)
}
