import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { inject } from 'vitest'
import type { StageKind } from '../../../infra/stages.ts'

/** A resource of a template, as far as these tests read it. */
export type Resource = {
  readonly Type: string
  // biome-ignore lint/suspicious/noExplicitAny: tests look into properties of every type
  readonly Properties: any
  readonly DeletionPolicy?: string
  readonly UpdateReplacePolicy?: string
  readonly UpdatePolicy?: Readonly<Record<string, Readonly<Record<string, { readonly Ref: string }>>>>
  readonly DependsOn?: readonly string[]
}
export type Template = {
  readonly Resources: Readonly<Record<string, Resource>>
  readonly Outputs?: Readonly<Record<string, { readonly Value: unknown }>>
}
/** Templates by the stack's name. */
export type Templates = Readonly<Record<string, Template>>

/** A resource and where it is. */
export type Found = Resource & { readonly id: string; readonly stack: string }

/** Every template of a synthesized stage. */
export const templatesOf = (stage: StageKind): Templates => {
  const folder = inject('infra')[stage]
  return Object.fromEntries(
    readdirSync(folder)
      .filter((file) => file.endsWith('.template.json'))
      .map((file) => [
        file.replace('.template.json', ''),
        JSON.parse(readFileSync(join(folder, file), 'utf8')) as Template,
      ]),
  )
}

export const resourcesOf = (templates: Templates, type?: string): Found[] =>
  Object.entries(templates).flatMap(([stack, { Resources }]) =>
    Object.entries(Resources)
      .filter(([, { Type }]) => type === undefined || Type === type)
      .map(([id, resource]) => ({ ...resource, id, stack })),
  )

/** The property that carries a resource's physical name. */
const nameProperties: Readonly<Record<string, string>> = {
  'AWS::SQS::Queue': 'QueueName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::SNS::Topic': 'TopicName',
  'AWS::Events::Rule': 'Name',
  'AWS::Events::EventBus': 'Name',
  'AWS::CloudWatch::Alarm': 'AlarmName',
  'AWS::CloudWatch::CompositeAlarm': 'AlarmName',
}

/**
 * A value as text in which every reference is the physical name of what it refers to, or the logical id of what has none.
 * Joins are joined, so that the ARN `arn:…:neverstop-dev-bus-dead` ends with the queue's name.
 */
export const textOf = (template: Template, value: unknown): string => {
  if (typeof value === 'string' || typeof value === 'number') return String(value)
  if (typeof value !== 'object' || value === null) return ''
  const node = value as Record<string, unknown>
  if (typeof node.Ref === 'string') return physicalName(template, node.Ref)
  if (Array.isArray(node['Fn::GetAtt'])) return physicalName(template, node['Fn::GetAtt'][0] as string)
  if (Array.isArray(node['Fn::Join'])) {
    const [separator, parts] = node['Fn::Join'] as [string, unknown[]]
    return parts.map((part) => textOf(template, part)).join(separator)
  }
  // A part of an ARN whose name is known anyway: an alias is called by the name of its function.
  if (Array.isArray(node['Fn::Select']))
    return textOf(template, (node['Fn::Select'][1] as Split)['Fn::Split'][1]).replace(/:live$/, '')
  if ('Fn::ImportValue' in node) return textOf(template, node['Fn::ImportValue'])
  return JSON.stringify(value)
}

type Split = { readonly 'Fn::Split': readonly [string, unknown] }

/** The function that something calls, by itself or by its alias. */
export const functionOf = (template: Template, called: unknown): Resource => {
  const name = nameIn(template, called)
  const found = Object.values(template.Resources).find(
    ({ Type, Properties }) => Type === 'AWS::Lambda::Function' && Properties.FunctionName === name,
  )
  if (!found) throw new Error(`The template has no function ${name}`)
  return found
}

/** The name at the end of an ARN, a queue URL or a plain reference. */
export const nameIn = (template: Template, value: unknown): string =>
  textOf(template, value)
    .replace(/:live$/, '')
    .split(/[:/]/)
    .at(-1) ?? ''

const physicalName = (template: Template, id: string): string => {
  const resource = template.Resources[id]
  if (resource?.Type === 'AWS::Lambda::Alias') return `${textOf(template, resource.Properties.FunctionName)}:live`
  const property = resource && nameProperties[resource.Type]
  const name = property ? resource.Properties[property] : undefined
  return typeof name === 'string' ? name : id
}
