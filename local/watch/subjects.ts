import { isObject, type Template } from '../template.ts'
import type { NamedTemplate } from './alarms.ts'
import { metricsOf, type WatchedAlarm } from './alarms.ts'

/** What is looked at in a stage: everything by its physical name. */
export type Subjects = {
  readonly queues: readonly string[]
  /** Function name → handler: `neverstop-local-edge-openapi` → `edge-openapi`. */
  readonly functions: ReadonlyMap<string, string>
  /** Handler → the REST API that asks it. */
  readonly apis: ReadonlyMap<string, { readonly name: string; readonly stage: string }>
  /** Functions whose throttles an alarm watches; asking costs a call. */
  readonly throttled: readonly string[]
  /** Topics that alarms speak to. */
  readonly topics: readonly string[]
}

/** Reads from the templates of a stage what there is to look at. Pure. */
export const subjectsOf = (stacks: readonly NamedTemplate[], alarms: readonly WatchedAlarm[]): Subjects => {
  const named = (type: string, property: string) =>
    stacks.flatMap(({ template }) =>
      Object.values(template.Resources).flatMap(({ Type, Properties = {} }) =>
        Type === type && typeof Properties[property] === 'string' ? [Properties[property] as string] : [],
      ),
    )
  const functions = new Map(
    stacks.flatMap(({ template }) =>
      Object.values(template.Resources).flatMap(({ Type, Properties = {} }) => {
        const handler = handlerOf(Properties)
        return Type === 'AWS::Lambda::Function' && handler && typeof Properties.FunctionName === 'string'
          ? [[Properties.FunctionName, handler] as const]
          : []
      }),
    ),
  )
  const watched = alarms.flatMap((alarm) => (alarm.kind === 'metric' ? metricsOf(alarm) : []))
  return {
    queues: named('AWS::SQS::Queue', 'QueueName'),
    functions,
    apis: new Map(stacks.flatMap(({ template }) => apisIn(template, functions))),
    throttled: [
      ...new Set(
        watched
          .filter(({ namespace, name }) => namespace === 'AWS/Lambda' && name === 'Throttles')
          .flatMap(({ dimensions }) => dimensions.FunctionName ?? []),
      ),
    ],
    topics: [...new Set(alarms.flatMap(({ actions }) => Object.values(actions).flat()))],
  }
}

const handlerOf = ({ Environment: environment }: Record<string, unknown>): string | undefined => {
  const variables = isObject(environment) && isObject(environment.Variables) ? environment.Variables : {}
  return typeof variables.NEVERSTOP_HANDLER === 'string' ? variables.NEVERSTOP_HANDLER : undefined
}

/** Which functions the methods of a template's REST APIs ask. A stack has at most one API. */
const apisIn = (template: Template, functions: ReadonlyMap<string, string>) => {
  const resources = Object.values(template.Resources)
  const api = resources.find(({ Type }) => Type === 'AWS::ApiGateway::RestApi')?.Properties
  const stage = resources.find(({ Type }) => Type === 'AWS::ApiGateway::Stage')?.Properties
  if (typeof api?.Name !== 'string' || typeof stage?.StageName !== 'string') return []
  const asked = JSON.stringify(resources.filter(({ Type }) => Type === 'AWS::ApiGateway::Method'))
  const own = new Map(
    Object.entries(template.Resources).flatMap(([id, { Properties = {} }]) => {
      const handler = handlerOf(Properties)
      return handler ? [[handler, id] as const] : []
    }),
  )
  return [...functions].flatMap(([name, handler]) =>
    asked.includes(`:${name}/`) ||
    asked.includes(`:${name}"`) ||
    (own.has(handler) && asked.includes(`"${own.get(handler)}"`))
      ? [[handler, { name: api.Name as string, stage: stage.StageName as string }] as const]
      : [],
  )
}
