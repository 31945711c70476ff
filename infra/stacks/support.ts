import { ArnFormat } from 'aws-cdk-lib'
import { EventField, Match, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events'
import { SqsQueue } from 'aws-cdk-lib/aws-events-targets'
import type { Construct } from 'constructs'
import { TreatAlarm } from '../../events/support.ts'
import { minutes, seconds } from '../../reactive/time.ts'
import { CommandQueue } from '../constructs/command-queue.ts'
import { deliveryAlarm } from '../constructs/delivery-alarm.ts'
import { ReliableQueue } from '../constructs/reliable-queue.ts'
import { Schedule } from '../constructs/schedule.ts'
import { topicName } from '../constructs/service-alarm.ts'
import { allow, ServiceFunction } from '../constructs/service-function.ts'
import { ServiceStack, type Site } from '../constructs/service-stack.ts'
import { Table } from '../constructs/table.ts'
import { allOf } from '../constructs/tree.ts'
import type { Use } from '../constructs/use.ts'
import { commandsOf, liveAlias } from '../names.ts'

/** The APIs through which remedies act. */
const operatedBy = { desk: 'recovery-api', sagas: 'saga-api', orders: 'ordering-api' }

/** Support: what the platform does about its own alarms. It comes after the queues whose consumers it may switch. */
export class Support extends ServiceStack {
  constructor(scope: Construct, site: Site, { controls }: { controls: Table }) {
    super(scope, 'support', site, 'Remedies: what the platform does about its own alarms')
    const { timing } = site.stage
    const table = new Table(this, 'SUPPORT_TABLE', {
      partition: ['thing', 'S'],
      sort: ['at', 'N'],
      indexes: { leases: { partition: ['leased', 'S'], sort: ['thing', 'S'] } },
      expires: 'expiresAt',
    })
    const uses = [table.use('read', 'write'), controls.use('read'), this.switches(), this.operators(), this.topics()]

    const commands = new CommandQueue(this, 'support')
    commands.consume(
      new ServiceFunction(this, commandsOf('support'), {
        timeout: timing.handlerTimeout,
        memory: 512,
        reserved: 5,
        uses,
      }),
      { concurrency: 2 },
    )
    new Schedule(this, {
      run: new ServiceFunction(this, 'support-leases', { timeout: seconds(30), reserved: 2, uses }),
      every: minutes(1),
    })
    this.listen(commands)
  }

  /**
   * CloudWatch tells every change of every alarm on the default bus; those with names like ours become commands to support,
   * which goes by the stage that an alarm says it is of.
   */
  private listen(to: CommandQueue) {
    const { names, stage } = this.site
    const from = (path: string) => EventField.fromPath(path)
    const rule = new Rule(this, 'Alarms', {
      ruleName: names.rule(commandsOf('support')),
      description: `Changes of the alarms of stage ${stage.name} → support`,
      eventPattern: {
        source: ['aws.cloudwatch'],
        detailType: ['CloudWatch Alarm State Change'],
        detail: { alarmName: Match.prefix(names.alarm('')) },
      },
      targets: [
        new SqsQueue(to.queue, {
          message: RuleTargetInput.fromObject({
            specversion: '1.0',
            id: from('$.id'),
            source: '/cloudwatch',
            type: TreatAlarm.type,
            subject: from('$.detail.alarmName'),
            time: from('$.time'),
            datacontenttype: 'application/json',
            correlationid: from('$.detail.alarmName'),
            data: {
              alarm: from('$.detail.alarmName'),
              state: from('$.detail.state.value'),
              previous: from('$.detail.previousState.value'),
              reason: from('$.detail.state.reason'),
              description: from('$.detail.configuration.description'),
            },
          }),
          deadLetterQueue: to.dead.queue,
          retryAttempts: 185,
        }),
      ],
    })
    deliveryAlarm(this, commandsOf('support'), rule)
  }

  /** The switches of every consumer that a remedy may close, or give more or less. */
  private switches(): Use {
    const { names } = this.site
    const consumed = allOf(this.node.root, ReliableQueue).flatMap(({ thing, consumers, limits }) =>
      consumers.slice(0, 1).map(({ handler }) => [thing, [this.callable(handler), limits[0]]] as const),
    )
    const functions = allOf(this.node.root, ReliableQueue).flatMap(({ consumers }) =>
      consumers.slice(0, 1).map(({ handler }) => handler),
    )
    const partners = allOf(this.node.root, ReliableQueue).flatMap(({ thing, serves }) =>
      serves === undefined ? [] : [[thing, serves] as const],
    )
    const anyMapping = this.formatArn({
      service: 'lambda',
      resource: 'event-source-mapping',
      resourceName: '*',
      arnFormat: ArnFormat.COLON_RESOURCE_NAME,
    })
    const update = allow(['lambda:UpdateEventSourceMapping'], [anyMapping])
    update.addCondition('StringEqualsIfExists', {
      // With and without its alias: which of them a request is judged by is nowhere written.
      'lambda:FunctionArn': [...new Set(functions.flatMap((handler) => this.arnsOf(handler)))],
    })
    return {
      environment: {
        CONSUMERS: this.toJsonString(Object.fromEntries(consumed)),
        PARTNERS: JSON.stringify(Object.fromEntries(partners)),
        QUEUE_ARN_PREFIX: this.queueArn(''),
        FUNCTION_PREFIX: names.function(''),
      },
      statements: [update, allow(['lambda:ListEventSourceMappings'], ['*'])],
      acknowledged: [
        { id: 'AwsSolutions-IAM5[Resource::*]', reason: 'Listing event sources knows no resource; it only reads.' },
        {
          id: 'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:lambda:<AWS::Region>:<AWS::AccountId>:event-source-mapping:*]',
          reason:
            'An event source has no name, only an id that its own stack makes; the condition names the functions.',
        },
      ],
    }
  }

  /** Operators' verbs, by the functions behind the operators' API. */
  private operators(): Use {
    const called = Object.entries(operatedBy).map(([desk, handler]) => [desk, this.callable(handler)])
    return {
      environment: { OPERATORS: this.toJsonString(Object.fromEntries(called)) },
      statements: [
        allow(
          ['lambda:InvokeFunction'],
          Object.values(operatedBy).map((handler) => this.functionArn(handler)),
        ),
      ],
    }
  }

  private arnsOf(handler: string) {
    const called = this.functionArn(handler)
    return called.endsWith(`:${liveAlias}`) ? [called.slice(0, -liveAlias.length - 1), called] : [called]
  }

  private topics(): Use {
    const arn = (severity: 'critical' | 'minor') =>
      this.formatArn({ service: 'sns', resource: this.site.names.topic(topicName(severity)) })
    return {
      environment: { PAGE_TOPIC: arn('critical'), CONTEXT_TOPIC: arn('minor') },
      statements: [allow(['sns:Publish'], [arn('critical'), arn('minor')])],
    }
  }
}
