import { isObject } from '../template.ts'
import { addressApisBy, changeEach, leaveOut, type Rule } from '../transform.ts'

/** Put before an alarm's namespace: no metric is ever published there. */
export const shadow = 'Watch/'

const tlsOnly = {
  name: 'resource policies do not insist on TLS',
  because: 'the local cloud speaks plain http on the loopback interface, and enforces policies',
}

const insistsOnTls = (statement: unknown): boolean =>
  isObject(statement) &&
  statement.Effect === 'Deny' &&
  isObject(statement.Condition) &&
  isObject(statement.Condition.Bool) &&
  String(statement.Condition.Bool['aws:SecureTransport']) === 'false'

const statementsOf = (properties: Record<string, unknown> | undefined): unknown[] => {
  const document = properties?.PolicyDocument
  return isObject(document) && Array.isArray(document.Statement) ? document.Statement : []
}

const policyTypes = ['AWS::SQS::QueuePolicy', 'AWS::SNS::TopicPolicy', 'AWS::S3::BucketPolicy']

/** Without the statement; a policy that says nothing else goes whole, since a policy needs a statement. */
const withoutTlsOnly: Rule[] = [
  leaveOut({
    ...tlsOnly,
    matches: ({ Type, Properties }) => {
      const statements = statementsOf(Properties)
      return policyTypes.includes(Type) && statements.length > 0 && statements.every(insistsOnTls)
    },
  }),
  ...policyTypes.map((type) =>
    changeEach({
      ...tlsOnly,
      type,
      change: (properties) => {
        const statements = statementsOf(properties)
        const kept = statements.filter((statement) => !insistsOnTls(statement))
        if (kept.length === statements.length) return undefined
        return { ...properties, PolicyDocument: { ...(properties.PolicyDocument as object), Statement: kept } }
      },
    }),
  ),
]

/**
 * How templates are adapted to ministack 1.5.33. Everything here was seen to be refused or to be wrong; what works is
 * left alone.
 */
export const embeddedRules = ({ port }: { port: number }): Rule[] => [
  leaveOut({
    name: 'composite alarms are left out',
    because: "the backend refuses a stack with an AWS::CloudWatch::CompositeAlarm ('Unrecognized resource types')",
    matches: ({ Type }) => Type === 'AWS::CloudWatch::CompositeAlarm',
  }),
  leaveOut({
    name: 'metric-math alarms are left out',
    because: 'the backend refuses an alarm that computes over several metrics',
    matches: ({ Type, Properties }) => Type === 'AWS::CloudWatch::Alarm' && Properties?.Metrics !== undefined,
  }),
  leaveOut({
    name: 'event archives are left out',
    because: "the backend refuses a stack with an AWS::Events::Archive ('Unrecognized resource types')",
    matches: ({ Type }) => Type === 'AWS::Events::Archive',
  }),
  ...withoutTlsOnly,
  changeEach({
    name: 'alarms watch a shadow namespace',
    because: 'the backend evaluates without regard to dimensions and missing data: on real metrics it fires siblings',
    type: 'AWS::CloudWatch::Alarm',
    change: (properties) =>
      typeof properties.Namespace === 'string' && !properties.Namespace.startsWith(shadow)
        ? { ...properties, Namespace: `${shadow}${properties.Namespace}` }
        : undefined,
  }),
  addressApisBy({
    name: 'REST APIs are addressed on this machine',
    because: 'names under amazonaws.com lead to the real service',
    base: `http://localhost:${port}/_aws/execute-api`,
  }),
]
