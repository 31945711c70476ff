import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { CloudFormationClient, UpdateTerminationProtectionCommand } from '@aws-sdk/client-cloudformation'
import * as z from 'zod'
import type { Usage } from '../../infra/prices/prices.ts'
import { accountConfig } from '../../local/client.ts'
import { checkout, type Settings } from '../../local/settings.ts'
import { listStacks } from '../system.ts'
import { assemble } from './assembly.ts'
import { cdk } from './cdk.ts'
import { askOnTerminal } from './confirm.ts'
import type { AccountPorts } from './deploy.ts'
import type { DestroyPorts } from './destroy.ts'
import { lookAtAccount } from './look.ts'

/** The real world, for a stage and what it is told when it is synthesized. */
export const accountPorts = (
  { region, stage, state }: Settings,
  context: Readonly<Record<string, string>>,
): AccountPorts & DestroyPorts => ({
  account: () => lookAtAccount(region),
  assemble: () => assemble(state, { ...context, stage }),
  cdk,
  ask: askOnTerminal,
  perOrder: countedUsage,
  stacks: async () =>
    (await listStacks({ clientConfig: accountConfig(region) }, stage)).map(({ StackName }) => StackName!),
  unprotect: async (StackName) => {
    const client = new CloudFormationClient({ region })
    await client.send(new UpdateTerminationProtectionCommand({ StackName, EnableTerminationProtection: false }))
    client.destroy()
  },
})

const counted = z.object({ perOrder: z.record(z.string(), z.number().min(0)) })

/** What one order uses, as the benchmark counted it; undefined before it has. */
export const countedUsage = async (file = join(checkout, 'bench', 'order-usage.json')): Promise<Usage | undefined> => {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  return text === undefined ? undefined : (counted.parse(JSON.parse(text)).perOrder as Usage)
}
