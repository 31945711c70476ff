import { isObject } from './template.ts'
import { changeEach, leaveOut, type Rule } from './transform.ts'

type Document = { Statement: unknown[] } & Record<string, unknown>

const isDocument = (value: unknown): value is Document => isObject(value) && Array.isArray(value.Statement)

const overHttp = {
  name: 'resource policies do not insist on TLS',
  because: 'the local cloud speaks plain http on the loopback interface, and enforces policies',
}

const insistsOnTls = (statement: unknown): boolean =>
  isObject(statement) &&
  statement.Effect === 'Deny' &&
  isObject(statement.Condition) &&
  isObject(statement.Condition.Bool) &&
  String(statement.Condition.Bool['aws:SecureTransport']) === 'false'

const resourcePolicies = ['AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy', 'AWS::S3::BucketPolicy']

/** Without the statement; a policy that says nothing else goes whole, since a policy needs a statement. */
export const withoutTls: readonly Rule[] = [
  leaveOut({
    ...overHttp,
    matches: ({ Type, Properties: { PolicyDocument: document } = {} }) =>
      resourcePolicies.includes(Type) &&
      isDocument(document) &&
      document.Statement.length > 0 &&
      document.Statement.every(insistsOnTls),
  }),
  ...resourcePolicies.map((type) =>
    changeEach({
      ...overHttp,
      type,
      change: ({ PolicyDocument: document, ...properties }) => {
        if (!isDocument(document) || !document.Statement.some(insistsOnTls)) return undefined
        const Statement = document.Statement.filter((statement) => !insistsOnTls(statement))
        return { ...properties, PolicyDocument: { ...document, Statement } }
      },
    }),
  ),
]

const anySource = {
  name: 'rights to publish do not depend on the source',
  because: 'the backend never fills the condition key events:source, so every PutEvents would be denied',
}

const sourceKey = 'events:source'

/** The statement without what it asks of an event's source; itself when it asks nothing. */
const withoutSource = (statement: unknown): unknown => {
  if (!isObject(statement) || !isObject(statement.Condition)) return statement
  const conditions = Object.entries(statement.Condition)
  if (!conditions.some(([, keys]) => isObject(keys) && sourceKey in keys)) return statement
  const kept = conditions
    .map(([operator, keys]) => [operator, without(keys, sourceKey)] as const)
    .filter(([, keys]) => !isObject(keys) || Object.keys(keys).length > 0)
  const { Condition: _, ...rest } = statement
  return kept.length === 0 ? rest : { ...rest, Condition: Object.fromEntries(kept) }
}

const without = (keys: unknown, key: string): unknown =>
  isObject(keys) ? Object.fromEntries(Object.entries(keys).filter(([name]) => name !== key)) : keys

/** Rules that change what functions may do: statements of policies that stand alone and of those that a role carries. */
const changeRights = (
  why: Pick<Rule, 'name' | 'because'>,
  changeStatement: (statement: unknown) => unknown,
): readonly Rule[] => {
  /** The document with its changed statements, or undefined when none changed. */
  const changed = (document: unknown): Document | undefined => {
    if (!isDocument(document)) return undefined
    const Statement = document.Statement.map(changeStatement)
    return Statement.some((statement, index) => statement !== document.Statement[index])
      ? { ...document, Statement }
      : undefined
  }
  return [
    ...['AWS::IAM::Policy', 'AWS::IAM::ManagedPolicy'].map((type) =>
      changeEach({
        ...why,
        type,
        change: (properties) => {
          const PolicyDocument = changed(properties.PolicyDocument)
          return PolicyDocument && { ...properties, PolicyDocument }
        },
      }),
    ),
    changeEach({
      ...why,
      type: 'AWS::IAM::Role',
      change: (properties) => {
        if (!Array.isArray(properties.Policies)) return undefined
        const policies = properties.Policies.map((policy: unknown) => {
          const PolicyDocument = isObject(policy) ? changed(policy.PolicyDocument) : undefined
          return PolicyDocument ? { ...(policy as object), PolicyDocument } : policy
        })
        return policies.some((policy, index) => policy !== (properties.Policies as unknown[])[index])
          ? { ...properties, Policies: policies }
          : undefined
      },
    }),
  ]
}

export const withoutEventSource: readonly Rule[] = changeRights(anySource, withoutSource)

const batched = {
  name: 'rights to queues cover batches',
  because: 'the backend asks for sqs:SendMessageBatch and its like, which AWS grants with sqs:SendMessage',
}

/** Of these actions AWS knows no batch form: the single one covers both. */
const batchable = ['sqs:SendMessage', 'sqs:DeleteMessage', 'sqs:ChangeMessageVisibility']

/** The statement with the batch forms of the actions that it allows; itself when it allows none. */
const withBatches = (statement: unknown): unknown => {
  if (!isObject(statement) || statement.Effect !== 'Allow') return statement
  const actions = [statement.Action].flat()
  const added = actions.flatMap((action) => (batchable.includes(String(action)) ? [`${action}Batch`] : []))
  const missing = added.filter((action) => !actions.includes(action))
  return missing.length > 0 ? { ...statement, Action: [...actions, ...missing] } : statement
}

export const withBatchRights: readonly Rule[] = changeRights(batched, withBatches)
