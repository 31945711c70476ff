import { type CfnElement, CfnResource, Stack } from 'aws-cdk-lib'
import { CfnAlias, CfnFunction, CfnVersion } from 'aws-cdk-lib/aws-lambda'
import { CfnQueue } from 'aws-cdk-lib/aws-sqs'
import type { IConstruct } from 'constructs'
import { liveAlias } from '../names.ts'

/** Finds what a value of a template refers to among the resources of the same tree. */
export type References = {
  /** A function, with aliases and versions followed to it. */
  readonly functionOf: (from: CfnResource, value: unknown) => CfnFunction | undefined
  readonly queueOf: (from: CfnResource, value: unknown) => CfnQueue | undefined
}

/**
 * Follows references below a root: those to a resource of the same stack, and those by a physical name, by which stacks
 * know each other here. A queue and its consumer may be called alike.
 */
export const referencesBelow = (root: IConstruct): References => {
  const resources = root.node
    .findAll()
    .filter((construct): construct is CfnResource => CfnResource.isCfnResource(construct))
  const byId = new Map(resources.map((resource) => [idOf(resource, logicalIdOf(resource)), resource]))
  const named = <T extends CfnResource>(all: readonly T[], nameOf: (resource: T) => string | undefined) =>
    new Map(all.flatMap((resource) => (nameOf(resource) === undefined ? [] : [[nameOf(resource)!, resource] as const])))
  const queues = named(
    resources.filter((resource) => resource instanceof CfnQueue),
    ({ queueName }) => queueName,
  )
  const functions = named(
    resources.filter((resource) => resource instanceof CfnFunction),
    ({ functionName }) => functionName,
  )
  const find = (from: CfnResource, value: unknown, byName: ReadonlyMap<string, CfnResource>) => {
    const resolved: unknown = Stack.of(from).resolve(value)
    const [referred] = [...referredIn(resolved)].flatMap((id) => byId.get(idOf(from, id)) ?? [])
    return referred ?? byName.get(lastName(resolved) ?? '')
  }
  const functionOf = (from: CfnResource, value: unknown): CfnFunction | undefined => {
    const found = find(from, value, functions)
    if (found instanceof CfnAlias || found instanceof CfnVersion) return functionOf(found, found.functionName)
    return found instanceof CfnFunction ? found : undefined
  }
  return {
    functionOf,
    queueOf: (from, value) => {
      const found = find(from, value, queues)
      return found instanceof CfnQueue ? found : undefined
    },
  }
}

const logicalIdOf = (element: CfnElement): string => String(Stack.of(element).resolve(element.logicalId))

const idOf = (from: IConstruct, id: string) => `${Stack.of(from).node.path} ${id}`

/** The logical ids that a value refers to, however deep: an alias is called by a part of its own reference. */
function* referredIn(value: unknown): Generator<string> {
  if (typeof value !== 'object' || value === null) return
  const { Ref: ref, 'Fn::GetAtt': attribute } = value as { Ref?: string; 'Fn::GetAtt'?: readonly string[] }
  if (ref !== undefined) yield ref
  else if (attribute) yield attribute[0]!
  else for (const part of Object.values(value)) yield* referredIn(part)
}

/** The name at the end of an ARN, joined or not: of a queue, or of a function with or without its alias. */
const lastName = (value: unknown): string | undefined => {
  const joined = (value as { 'Fn::Join'?: [string, unknown[]] } | undefined)?.['Fn::Join']
  const text = joined ? joined[1].at(-1) : value
  if (typeof text !== 'string') return undefined
  return text
    .replace(new RegExp(`:${liveAlias}$`), '')
    .split(':')
    .at(-1)
}
