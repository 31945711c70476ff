import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { CloudFormationClient, DescribeStacksCommand, GetTemplateCommand } from '@aws-sdk/client-cloudformation'
import type { Cloud, Progress } from './adapter.ts'
import { type AssembledStack, adaptAssembly } from './assembly.ts'
import { cdk } from './cdk.ts'
import { type ClientConfig, localAccount } from './client.ts'
import { restoreCode } from './code.ts'
import { readJson, writeJson } from './files.ts'
import { ensureKeys, localIssuer } from './keys.ts'
import { layout } from './layout.ts'
import { type Repaired, repairStacks } from './repair.ts'
import { repairs as knownRepairs } from './repairs.ts'
import { rulesFor } from './rules.ts'
import type { Settings } from './settings.ts'
import { type Context, synthesize } from './synth.ts'
import type { Change } from './transform.ts'

/** What is written down of a deployment: how it differs from what an account would get. */
export type Deployment = {
  stage: string
  hash: string
  changes: Change[]
  repairs: Repaired[]
  /** Handlers that were given other code than was deployed, while somebody watched. */
  live?: readonly string[]
}

export const readDeployment = (state: string): Promise<Deployment | undefined> => readJson(layout(state).deployment)

/** Writes down which handlers no longer run what was deployed, so that the next deployment puts that back. */
export const markLive = async (state: string, handlers: readonly string[]): Promise<void> => {
  const deployment = await readDeployment(state)
  if (!deployment || handlers.length === 0) return
  const live = [...new Set([...(deployment.live ?? []), ...handlers])].sort()
  await writeJson(layout(state).deployment, { ...deployment, live })
}

/** The CDK context of a stage on a local cloud: its own issuer, whose public keys travel inline. */
export const localContext = async ({
  state,
  stage,
  tracing,
  collector,
}: Pick<Settings, 'state' | 'stage' | 'tracing' | 'collector'>): Promise<Context> => ({
  stage,
  issuer: localIssuer(stage),
  jwks: JSON.stringify(await ensureKeys(state)),
  ...(tracing ? { tracing } : {}),
  ...(collector ? { otlp: collector } : {}),
})

/** Synthesizes the stage, unless nothing changed since the last time. Needs no cloud. */
export const synthesizeStage = async (settings: Settings, progress: Progress): Promise<void> => {
  const { ran } = await synthesize(layout(settings.state).assembly, await localContext(settings))
  progress(ran ? 'synthesized' : 'unchanged')
}

/** Gives the account of a cloud the CDK's bootstrap stack, where it is not there yet. */
export const bootstrap = async ({ state }: Settings, { clientConfig: config }: Cloud, progress: Progress) => {
  const client = new CloudFormationClient(config)
  const there = await describe(client, 'CDKToolkit')
  client.destroy()
  if (there && isComplete(there.status)) return
  progress('bootstrapping the account')
  const log = join(layout(state).log, 'bootstrap.log')
  await cdk(['bootstrap', `aws://${localAccount}/${config.region}`], { config, log, progress: () => undefined })
}

/**
 * Brings the synthesized stage to the cloud: adapts a copy of it, deploys what differs, repairs what was dropped.
 *
 * The CDK runs only when a stack is missing, incomplete or deployed from another template, asked of the cloud itself,
 * so that a cloud that lost its memory is noticed. It deploys directly: a change set with nothing but a changed output
 * counts as empty.
 */
export const deployStage = async (
  settings: Settings,
  cloud: Cloud,
  progress: Progress,
): Promise<Deployment & { deployed: string[] }> => {
  const { assembly, adapted, log, deployment } = layout(settings.state)
  const config = cloud.clientConfig
  const { changes, hash, stacks } = await adaptAssembly({
    source: assembly,
    target: adapted,
    rules: rulesFor(cloud),
  })
  const stale = await staleStacks(stacks, config)
  if (stale.length > 0) {
    progress(`deploying ${stale.length} of ${stacks.length} stacks`)
    const choice = ['--require-approval', 'never', '--method', 'direct', '--concurrency', '4']
    const args = ['deploy', '--app', adapted, ...stale.map(({ id }) => id), '--exclusively', ...choice]
    await cdk(args, { config, log: join(log, 'deploy.log'), progress })
  }
  const { repairs: before = [], live = [] } = (await readDeployment(settings.state)) ?? {}
  if (live.length > 0) {
    progress(`putting the deployed code back into ${live.join(', ')}`)
    await restoreCode(live, { stacks, config, stage: settings.stage })
  }
  const repairs = await repairStacks({ stacks, repairs: knownRepairs, before, config, progress })
  const record = { stage: settings.stage, hash, changes, repairs }
  await writeJson(deployment, record)
  return { ...record, deployed: stale.map(({ stackName }) => stackName) }
}

/** The stacks that the cloud does not hold exactly as they are here. */
export const staleStacks = async (
  stacks: readonly AssembledStack[],
  config: ClientConfig,
): Promise<AssembledStack[]> => {
  const client = new CloudFormationClient(config)
  const stale = await Promise.all(
    stacks.map(async (stack) => {
      const there = await describe(client, stack.stackName)
      if (!there || !isComplete(there.status)) return true
      const { TemplateBody } = await client.send(new GetTemplateCommand({ StackName: stack.stackName }))
      return !isDeepStrictEqual(parse(TemplateBody), stack.template)
    }),
  )
  client.destroy()
  return stacks.filter((_, index) => stale[index])
}

const describe = async (client: CloudFormationClient, StackName: string) => {
  try {
    const { Stacks: [stack] = [] } = await client.send(new DescribeStacksCommand({ StackName }))
    return stack && { status: stack.StackStatus! }
  } catch (error) {
    // The service says "does not exist" with the same name as it does for malformed requests.
    if (error instanceof Error && error.name === 'ValidationError') return undefined
    throw error
  }
}

const isComplete = (status: string) => status === 'CREATE_COMPLETE' || status === 'UPDATE_COMPLETE'

const parse = (body: string | undefined): unknown => {
  try {
    return JSON.parse(body ?? '')
  } catch {
    return undefined
  }
}
