import { Lazy } from 'aws-cdk-lib'
import { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import { type IKey, Key } from 'aws-cdk-lib/aws-kms'
import type { Construct } from 'constructs'
import { stackOf } from './service-stack.ts'

/** The stage's own key where it has one; else the services use theirs. */
export const keyOf = (scope: Construct): IKey | undefined => {
  const stack = stackOf(scope)
  const { keyArn } = stack.site
  if (keyArn === undefined) return undefined
  // By its ARN: what is encrypted with it must not add to its policy, which is all in `stacks/keys.ts`.
  return (stack.node.tryFindChild('StageKey') as IKey | undefined) ?? Key.fromKeyArn(stack, 'StageKey', keyArn)
}

/** Services that ask for the key in the name of whoever calls them. */
const encrypting: readonly string[] = ['dynamodb', 's3', 'sns', 'sqs']

/** What DynamoDB documents for callers of a table with a key of one's own; the other services need less of it. */
const actions = [
  'kms:Decrypt',
  'kms:DescribeKey',
  'kms:Encrypt',
  'kms:GenerateDataKey',
  'kms:GenerateDataKeyWithoutPlaintext',
  'kms:ReEncryptFrom',
  'kms:ReEncryptTo',
]

/**
 * The right to what the stage's key encrypts, for somebody who may use the services of these statements: through those
 * services, never by itself. `statements` may still grow until the stacks are synthesized. None without need: while
 * they name no such service, or where the stage has no key.
 *
 * @see https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-via-service
 */
export const decrypting = (scope: Construct, statements: readonly PolicyStatement[]): PolicyStatement | undefined => {
  const { region, site } = stackOf(scope)
  if (site.keyArn === undefined) return undefined
  const services = () => {
    const used = new Set(statements.flatMap(({ actions }) => actions.map((action) => action.split(':')[0]!)))
    return encrypting.filter((service) => used.has(service)).map((service) => `${service}.${region}.amazonaws.com`)
  }
  if (services().length === 0) return undefined
  return new PolicyStatement({
    actions,
    resources: [site.keyArn],
    conditions: { StringEquals: { 'kms:ViaService': Lazy.list({ produce: services }) } },
  })
}
