import { ArnFormat, CfnOutput, CliCredentialsStackSynthesizer, DefaultStackSynthesizer, Stack, Tags } from 'aws-cdk-lib'
import type { Construct } from 'constructs'
import { liveAlias, type Names } from '../names.ts'
import type { Stage } from '../stages.ts'
import type { Bundles } from './bundle.ts'
import type { Severity } from './severity.ts'

/** What every stack of a stage shares. */
export type Site = {
  readonly stage: Stage
  readonly names: Names
  /** Handler name → folder with its bundle. */
  readonly bundles: Bundles
  /** The key of the stage, where it has one of its own. */
  readonly keyArn?: string
}

/** A stack that belongs to one owner: a bounded context or a part of the platform. Its alarms name that owner. */
export class ServiceStack extends Stack {
  readonly site: Site
  readonly owner: string
  /** How grave its alarms may be at most: what is not ours wakes nobody by itself. */
  readonly gravest: Severity

  constructor(scope: Construct, owner: string, site: Site, description: string, gravest: Severity = 'critical') {
    super(scope, site.names.stack(owner), {
      stackName: site.names.stack(owner),
      description,
      terminationProtection: site.stage.deletionProtection,
      synthesizer: site.stage.cliCredentials ? new CliCredentialsStackSynthesizer() : new DefaultStackSynthesizer(),
    })
    this.site = site
    this.owner = owner
    this.gravest = gravest
    Tags.of(this).add('neverstop:stage', site.stage.name)
    Tags.of(this).add('neverstop:owner', owner)
  }

  /** Shows a value to people and tools under exactly this key. */
  output(key: string, value: string, description?: string) {
    new CfnOutput(this, `Output-${key}`, { value, ...(description ? { description } : {}) }).overrideLogicalId(key)
  }

  /** The queue's URL, from its name alone: it may belong to a stack that is deployed later. */
  queueUrl(queue: string) {
    return `https://sqs.${this.region}.${this.urlSuffix}/${this.account}/${this.site.names.queue(queue)}`
  }

  /** How a function is called by name, without the stage: it may belong to a stack that is deployed later. */
  callable(handler: string) {
    return this.site.stage.rollout ? `${handler}:${liveAlias}` : handler
  }

  /** The function as others call it. */
  functionArn(handler: string) {
    return this.formatArn({
      service: 'lambda',
      resource: 'function',
      resourceName: this.site.names.function(this.callable(handler)),
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    })
  }

  queueArn(queue: string) {
    return this.formatArn({ service: 'sqs', resource: this.site.names.queue(queue) })
  }
}

/** The service stack that a construct is part of. */
export const stackOf = (scope: Construct): ServiceStack => {
  const stack = Stack.of(scope)
  if (stack instanceof ServiceStack) return stack
  throw new Error(
    `${scope.node.path} is in ${stack.node.path}, which is no ServiceStack: it has neither stage nor owner`,
  )
}
