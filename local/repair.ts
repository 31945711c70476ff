import { isDeepStrictEqual } from 'node:util'
import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation'
import type { Progress } from './adapter.ts'
import type { AssembledStack } from './assembly.ts'
import type { ClientConfig } from './client.ts'
import { Failure } from './failure.ts'
import type { Resource } from './template.ts'

/**
 * A setting that a backend's CloudFormation drops in silence, and how to put it in by the service's own API.
 *
 * `read` is also the proof that the repair is needed: when it shows what the template asks for, nothing is done and
 * nothing is recorded. `undefined` stands for the setting at its default, in what is wanted as in what is read.
 */
export type Repair<Value = unknown> = {
  name: string
  because: string
  /** What the template asks for. Only called for resources of one of `types`. */
  types: readonly string[]
  wanted: (properties: NonNullable<Resource['Properties']>) => Value | undefined
  read: (config: ClientConfig, physicalId: string) => Promise<Value | undefined>
  put: (config: ClientConfig, physicalId: string, value: Value | undefined) => Promise<void>
}

/** A repair that was made and is in force. */
export type Repaired = { repair: string; stack: string; resource: string; physicalId: string; value: unknown }

/** A resource that a repair may concern: what its template asks for. */
export type Candidate = { repair: Repair; stack: string; resource: string; value: unknown }

/**
 * What repairs have to look at: every resource whose template sets the setting, and those that were repaired before,
 * whose template may no longer set it. Pure.
 */
export const planRepairs = (
  stacks: readonly Pick<AssembledStack, 'stackName' | 'template'>[],
  repairs: readonly Repair[],
  before: readonly Repaired[] = [],
): Candidate[] =>
  stacks.flatMap(({ stackName, template }) =>
    Object.entries(template.Resources).flatMap(([resource, { Type, Properties = {} }]) =>
      repairs
        .filter(({ types }) => types.includes(Type))
        .map((repair) => ({ repair, stack: stackName, resource, value: repair.wanted(Properties) }))
        .filter(
          ({ repair, value }) =>
            value !== undefined ||
            before.some(
              (done) => done.repair === repair.name && done.stack === stackName && done.resource === resource,
            ),
        ),
    ),
  )

/**
 * Puts in what the backend dropped, and proves it by reading it back.
 *
 * @returns the repairs in force: those made now and those made before that still hold.
 * @throws Failure when a setting does not stay after it was put in.
 */
export const repairStacks = async ({
  stacks,
  repairs,
  before,
  config,
  progress,
}: {
  stacks: readonly AssembledStack[]
  repairs: readonly Repair[]
  before: readonly Repaired[]
  config: ClientConfig
  progress: Progress
}): Promise<Repaired[]> => {
  const candidates = planRepairs(stacks, repairs, before)
  const ids = await physicalIds([...new Set(candidates.map(({ stack }) => stack))], config)
  const outcomes: (Repaired | undefined)[] = []
  for (const candidate of candidates) {
    const physicalId = ids.get(`${candidate.stack}/${candidate.resource}`)
    // A resource under a condition that does not hold is in the template, but not in the stack.
    if (physicalId) outcomes.push(await repairOne(candidate, physicalId, { before, config, progress }))
  }
  return outcomes.filter((outcome) => outcome !== undefined)
}

const repairOne = async (
  { repair, stack, resource, value }: Candidate,
  physicalId: string,
  { before, config, progress }: { before: readonly Repaired[]; config: ClientConfig; progress: Progress },
): Promise<Repaired | undefined> => {
  const entry = { repair: repair.name, stack, resource, physicalId, value }
  if (isDeepStrictEqual(await repair.read(config, physicalId), value)) {
    const ours = before.some((done) => done.repair === repair.name && done.physicalId === physicalId)
    return ours && value !== undefined ? entry : undefined
  }
  await repair.put(config, physicalId, value)
  const now = await repair.read(config, physicalId)
  if (!isDeepStrictEqual(now, value)) {
    throw new Failure(
      `${repair.name} of ${physicalId} (${stack}) stays ${JSON.stringify(now)} after it was set to ${JSON.stringify(value)}`,
      { remedy: 'the backend has changed: look at its repairs in local/' },
    )
  }
  progress(`${repair.name} of ${resource} (${stack}): ${JSON.stringify(value ?? 'default')}`)
  return value === undefined ? undefined : entry
}

const physicalIds = async (stacks: readonly string[], config: ClientConfig): Promise<Map<string, string>> => {
  const client = new CloudFormationClient(config)
  const ids = new Map<string, string>()
  for (const StackName of stacks) {
    for await (const page of paginateListStackResources({ client }, { StackName })) {
      for (const { LogicalResourceId, PhysicalResourceId } of page.StackResourceSummaries ?? []) {
        if (PhysicalResourceId) ids.set(`${StackName}/${LogicalResourceId}`, PhysicalResourceId)
      }
    }
  }
  client.destroy()
  return ids
}
