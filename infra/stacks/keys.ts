import { Duration } from 'aws-cdk-lib'
import { PolicyStatement, ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Key } from 'aws-cdk-lib/aws-kms'
import type { Construct } from 'constructs'
import { ServiceStack, type Site } from '../constructs/service-stack.ts'

/**
 * Services that write to what the key encrypts in their own name, not in a caller's: rules and schedules into queues,
 * alarms into topics, topics into their dead-letter queue.
 */
const writers = ['events.amazonaws.com', 'cloudwatch.amazonaws.com', 'sns.amazonaws.com']

/**
 * The key of a stage that has one of its own. Functions come to it through the services that they use, as their roles
 * say; what is here lets in those who have no role.
 */
export class Keys extends ServiceStack {
  /** Functions of all stacks and what they use name it by this. */
  readonly keyArn: string

  constructor(scope: Construct, site: Site) {
    super(scope, 'keys', site, 'The key that encrypts what the stage keeps')
    const { stage, names } = site
    const key = new Key(this, 'Key', {
      alias: names.stack('data'),
      description: `Tables, queues, topics, payloads and logs of stage ${stage.name}`,
      enableKeyRotation: true,
      rotationPeriod: Duration.days(365),
      removalPolicy: stage.removal,
      // Whoever would have the key deleted has as long as this to think better of it.
      pendingWindow: Duration.days(30),
    })
    for (const service of writers)
      key.addToResourcePolicy(
        new PolicyStatement({
          sid: `From${service.split('.')[0]!}`,
          principals: [new ServicePrincipal(service)],
          actions: ['kms:Decrypt', 'kms:GenerateDataKey'],
          resources: ['*'],
          conditions: { StringEquals: { 'aws:SourceAccount': this.account } },
        }),
      )
    key.addToResourcePolicy(
      new PolicyStatement({
        sid: 'Logs',
        principals: [new ServicePrincipal(`logs.${this.region}.amazonaws.com`)],
        actions: ['kms:Decrypt', 'kms:DescribeKey', 'kms:Encrypt', 'kms:GenerateDataKey*', 'kms:ReEncrypt*'],
        resources: ['*'],
        conditions: {
          ArnLike: {
            'kms:EncryptionContext:aws:logs:arn': [
              `/aws/lambda/${names.function('*')}`,
              `/neverstop/${stage.name}/*`,
            ].map((group) => this.formatArn({ service: 'logs', resource: `log-group:${group}` })),
          },
        },
      }),
    )
    this.keyArn = key.keyArn
    this.output('KeyArn', key.keyArn)
  }
}
