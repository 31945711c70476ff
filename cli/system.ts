import { CloudFormationClient, paginateDescribeStacks, type Stack } from '@aws-sdk/client-cloudformation'
import { loadBackend } from '../local/backend.ts'
import type { CloudName } from '../local/backend-names.ts'
import { accountConfig, type ClientConfig } from '../local/client.ts'
import { Failure } from '../local/failure.ts'
import { type Chosen, readSettings } from '../local/settings.ts'
import { explainAccount } from './account/look.ts'

/** A deployed system, as its own stacks describe it. */
export type System = {
  stage: string
  backend: CloudName
  region: string
  /** For the constructor of any AWS SDK client. */
  clientConfig: ClientConfig
  /** Base URL of the public API, without a slash at the end: the output `ApiUrl` of the stage. */
  apiUrl: string
  /** Stack name → output key → value. */
  outputs: Record<string, Record<string, string>>
  /** Absolute path of the state folder. */
  state: string
}

/**
 * Finds the system that the options and the environment choose.
 *
 * @throws Failure when its cloud does not answer, or when the stage is not deployed there.
 *
 * @example
 * const system = await openSystem(options)
 * await fetch(`${system.apiUrl}/products`)
 */
export const openSystem = async (chosen: Chosen = {}): Promise<System> => {
  const settings = readSettings(chosen)
  const { backend: name, stage, region, state } = settings
  if (name === 'aws') {
    const cloud = { backend: name, clientConfig: accountConfig(region) }
    return describeSystem(await listStacks(cloud, stage).catch(explainAccount), { cloud, stage, state })
  }
  const backend = await loadBackend(name)
  const cloud = await backend.find(settings)
  if (!cloud.healthy) {
    throw new Failure(cloud.because ?? 'the local cloud does not answer', { remedy: startIt(stage) })
  }
  return describeSystem(await listStacks(cloud, stage), { cloud, stage, state })
}

/** What to do where no local cloud answers. Who names another stage than that of this machine may mean one in an account. */
export const startIt = (stage: string): string => `start it with './neverstop up'${orInAccount(stage)}`

const orInAccount = (stage: string): string =>
  /^local(-|$)/.test(stage) ? '' : ", or say '--cloud aws' for a stage in an account"

/** The stacks that exist in a cloud and whose names begin like those of a stage, by name. */
export const listStacks = async (cloud: { clientConfig: ClientConfig }, stage: string): Promise<Stack[]> => {
  const client = new CloudFormationClient(cloud.clientConfig)
  const stacks: Stack[] = []
  for await (const page of paginateDescribeStacks({ client }, {})) stacks.push(...(page.Stacks ?? []))
  client.destroy()
  return stacks
    .filter(
      ({ StackName, StackStatus }) => StackName!.startsWith(`neverstop-${stage}-`) && StackStatus !== 'DELETE_COMPLETE',
    )
    .sort((a, b) => a.StackName!.localeCompare(b.StackName!))
}

/** Those stacks that are a stage's own, and not of one that is called alike: after the stage comes one word, the owner. */
export const ownStacks = (stacks: readonly Stack[], stage: string): Stack[] =>
  stacks.filter(({ StackName = '' }) => new RegExp(`^neverstop-${stage}-[a-z]+$`).test(StackName))

/** The base URL of the public API in the outputs of a stage's stacks, without a slash at the end. */
export const findApiUrl = (stacks: readonly Stack[]): string | undefined =>
  stacks
    .flatMap(({ Outputs }) => Outputs ?? [])
    .find(({ OutputKey, OutputValue }) => OutputKey === 'ApiUrl' && OutputValue)
    ?.OutputValue?.replace(/\/+$/, '')

/**
 * The system that a stage's stacks describe.
 *
 * @throws Failure when no stack has the output `ApiUrl`: the stage is not deployed, or not to its end.
 */
export const describeSystem = (
  found: readonly Stack[],
  { cloud, stage, state }: { cloud: { backend: CloudName; clientConfig: ClientConfig }; stage: string; state: string },
): System => {
  const stacks = ownStacks(found, stage)
  const outputs = Object.fromEntries(
    stacks.map((stack) => [
      stack.StackName!,
      Object.fromEntries((stack.Outputs ?? []).map(({ OutputKey, OutputValue }) => [OutputKey!, OutputValue ?? ''])),
    ]),
  )
  const apiUrl = findApiUrl(stacks)
  if (!apiUrl) {
    throw new Failure(`stage '${stage}' is not deployed: none of its ${stacks.length} stacks has an output ApiUrl`, {
      remedy:
        cloud.backend === 'aws'
          ? `deploy it with './neverstop deploy --cloud aws --stage ${stage}'`
          : `deploy it with './neverstop up'${orInAccount(stage)}`,
    })
  }
  const { backend, clientConfig } = cloud
  return {
    stage,
    backend,
    region: clientConfig.region,
    clientConfig,
    apiUrl,
    outputs,
    state,
  }
}
