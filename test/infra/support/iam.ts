import { type Found, resourcesOf, type Template, type Templates, textOf } from './templates.ts'

/** A statement of a role's policies, its resources as text in which references are physical names. */
export type Statement = {
  readonly effect: 'Allow' | 'Deny'
  readonly actions: readonly string[]
  readonly resources: readonly string[]
  readonly conditions: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>>
}

/** What somebody wants to do, and what IAM would know of the request besides. */
export type Request = {
  readonly action: string
  readonly resource: string
  readonly context?: Readonly<Record<string, string>>
}

/**
 * Whether statements allow a request, by the rules of IAM for one identity in one account: an explicit denial wins, then
 * any statement that allows, else it is denied. Wildcards are `*` and `?`; a condition whose key the request does not
 * carry does not hold, unless its operator ends in `IfExists`.
 *
 * @see https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html
 */
export const allows = (statements: readonly Statement[], request: Request): boolean => {
  const matching = statements.filter((statement) => matches(statement, request))
  return matching.some(({ effect }) => effect === 'Allow') && !matching.some(({ effect }) => effect === 'Deny')
}

const matches = ({ actions, resources, conditions }: Statement, { action, resource, context = {} }: Request) =>
  // Actions know no case, resources do.
  actions.some((pattern) => wild(pattern.toLowerCase(), action.toLowerCase())) &&
  resources.some((pattern) => wild(pattern, resource)) &&
  Object.entries(conditions).every(([operator, keys]) =>
    Object.entries(keys).every(([key, values]) => holds(operator, values, context[key])),
  )

const holds = (operator: string, values: readonly string[], given: string | undefined): boolean => {
  const [name, ifExists] = operator.endsWith('IfExists') ? [operator.slice(0, -8), true] : [operator, false]
  if (given === undefined) return ifExists
  if (name === 'StringEquals' || name === 'ArnEquals') return values.includes(given)
  if (name === 'StringLike' || name === 'ArnLike') return values.some((pattern) => wild(pattern, given))
  throw new Error(`The evaluator does not know the operator ${operator}: teach it, or use another`)
}

const wild = (pattern: string, text: string): boolean =>
  new RegExp(
    `^${pattern
      .replace(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
    's',
  ).test(text)

/** The statements of every function's role, by the function's handler. */
export const rolesOf = (templates: Templates): Readonly<Record<string, readonly Statement[]>> =>
  Object.fromEntries(
    resourcesOf(templates, 'AWS::Lambda::Function').map((fn) => {
      const template = templates[fn.stack]!
      const role = fn.Properties.Role['Fn::GetAtt'][0] as string
      return [
        fn.Properties.Environment.Variables.NEVERSTOP_HANDLER as string,
        statementsOf(templates, fn, template, role),
      ]
    }),
  )

const statementsOf = (templates: Templates, { stack }: Found, template: Template, role: string): Statement[] => {
  const own = template.Resources[role]!
  if (own.Properties.ManagedPolicyArns || own.Properties.Policies)
    throw new Error(
      `${role} of ${stack} has policies elsewhere than in AWS::IAM::Policy: the evaluator would miss them`,
    )
  return resourcesOf({ [stack]: templates[stack]! }, 'AWS::IAM::Policy')
    .filter(({ Properties }) => (Properties.Roles as { Ref: string }[]).some(({ Ref }) => Ref === role))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement as Written[])
    .map(({ Effect, Action, Resource, Condition = {} }) => ({
      effect: Effect,
      actions: [Action].flat(),
      resources: [Resource].flat().map((resource) => textOf(template, resource)),
      conditions: Object.fromEntries(
        Object.entries(Condition).map(([operator, keys]) => [
          operator,
          Object.fromEntries(
            Object.entries(keys).map(([key, values]) => [key, [values].flat().map((value) => textOf(template, value))]),
          ),
        ]),
      ),
    }))
}

type Written = {
  readonly Effect: 'Allow' | 'Deny'
  readonly Action: string | string[]
  readonly Resource: unknown
  readonly Condition?: Record<string, Record<string, unknown>>
}
