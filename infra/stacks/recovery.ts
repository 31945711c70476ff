import { Stack } from 'aws-cdk-lib'
import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda'
import { BlockPublicAccess, Bucket, BucketEncryption } from 'aws-cdk-lib/aws-s3'
import type { Construct, IConstruct } from 'constructs'
import { minutes, seconds } from '../../reactive/time.ts'
import { acknowledge } from '../constructs/acknowledge.ts'
import { CommandQueue } from '../constructs/command-queue.ts'
import { DeadLetterQueue } from '../constructs/dead-letter-queue.ts'
import { EventSubscription } from '../constructs/event-subscription.ts'
import { askingEvidence, EvidenceFunction } from '../constructs/evidence-function.ts'
import { recoveryAlarms } from '../constructs/recovery-alarms.ts'
import { consuming, ofQueues, ReliableQueue } from '../constructs/reliable-queue.ts'
import { Schedule } from '../constructs/schedule.ts'
import { allow, ServiceFunction } from '../constructs/service-function.ts'
import { ServiceStack, type Site } from '../constructs/service-stack.ts'
import { keyOf } from '../constructs/stage-key.ts'
import { Table } from '../constructs/table.ts'
import { allOf } from '../constructs/tree.ts'
import type { Use } from '../constructs/use.ts'
import { wakeups } from '../names.ts'
import { WakeupQueue } from './sagas.ts'

/**
 * The recovery desk. It takes from every dead-letter queue that the stacks before it made, and its own, so it comes after
 * them, and puts back on every queue that a failed message may have come from.
 */
export class Recovery extends ServiceStack {
  constructor(scope: Construct, site: Site) {
    super(scope, 'recovery', site, 'The desk where failed messages are kept, explained and put back')
    const { timing } = site.stage

    const desk = new Table(this, 'DESK_TABLE', {
      partition: ['recordId', 'S'],
      indexes: {
        byStatus: { partition: ['status', 'S'], sort: ['position', 'S'], includes: ['summary', 'leaseUntil'] },
        byGroup: { partition: ['groupStatus', 'S'], sort: ['position', 'S'], includes: ['summary'] },
      },
    })
    const groups = new Table(this, 'GROUPS_TABLE', {
      partition: ['fingerprint', 'S'],
      indexes: { byLastSeen: { partition: ['kind', 'S'], sort: ['lastSeen', 'S'], includes: 'all' } },
    })
    const plans = new Table(this, 'PLANS_TABLE', {
      partition: ['planId', 'S'],
      indexes: { due: { partition: ['dueKind', 'S'], sort: ['dueAt', 'N'] } },
    })
    const tables = [desk, groups, plans].map((table) => table.use('read', 'write'))
    const kept = this.payloads()

    const commands = new CommandQueue(this, 'recovery')
    const sweeper = new ServiceFunction(this, 'recovery-sweeper', {
      timeout: seconds(25),
      reserved: 2,
      uses: [...tables, kept],
    })
    new Schedule(this, { run: sweeper, every: minutes(1) })
    const worker = new ServiceFunction(this, 'recovery-commands', {
      timeout: timing.handlerTimeout,
      uses: [...tables, kept],
    })
    // Outcomes come in bursts and meet at the counts of one group: few at a time race less.
    commands.consume(worker, { concurrency: 2 })
    const api = new ServiceFunction(this, 'recovery-api', {
      timeout: seconds(10),
      reserved: 5,
      memory: 512,
      uses: [
        ...tables,
        kept,
        { environment: { SAGAS_QUEUE: this.queueUrl(wakeups) } },
        askingEvidence(this, allOf(this.node.root, EvidenceFunction)),
      ],
    })

    const sources = allOf(this.node.root, ReliableQueue).map(({ thing }) => thing)
    for (const desk of [sweeper, worker, api]) desk.use(this.puttingBack(sources))
    for (const desk of [sweeper, api]) desk.use({ environment: { DESK_QUEUE: commands.queue.queueUrl } })

    this.addLedger(desk, this.puttingBack(sources))

    // The desk's own are among them: what follows adds none.
    const dead = allOf(this.node.root, DeadLetterQueue)

    const intake = new ServiceFunction(this, 'recovery-intake', {
      timeout: timing.handlerTimeout,
      // Fewer than its queues together could keep busy: a dead letter that waits is received again as often as it takes.
      reserved: 10,
      uses: [
        ...tables,
        kept,
        {
          statements: [
            allow(
              consuming,
              dead.map(({ thing }) => this.queueArn(thing)),
            ),
          ],
        },
      ],
    })
    for (const { thing, queue } of dead) {
      const mapping = new EventSourceMapping(this, `From-${thing}`, {
        target: intake.live,
        eventSourceArn: this.queueArn(thing),
        batchSize: 10,
        reportBatchItemFailures: true,
        // Failures come in bursts; the desk takes them slowly and loses none.
        maxConcurrency: 2,
      })
      acknowledge(mapping, ofQueues)
      // Called by its name, it is no reason for CloudFormation to wait; but a source that is not there yet is refused.
      if (Stack.of(queue) === this) mapping.node.addDependency(queue)
    }
    recoveryAlarms(this)
  }

  /** Messages may go back to every queue that they may have come from, the desk's own included. */
  private puttingBack(sources: readonly string[]): Use {
    return {
      environment: {
        QUEUE_URLS: this.queueUrl(`{${sources.join(',')}}`),
      },
      statements: [
        allow(
          ['sqs:SendMessage'],
          sources.map((queue) => this.queueArn(queue)),
        ),
      ],
    }
  }

  /** Where messages are kept that are too large for an item: seldom read, never listed, erased when somebody says so. */
  private payloads(): Use {
    const { stage } = this.site
    const key = keyOf(this)
    const bucket = new Bucket(this, 'Payloads', {
      ...(key
        ? { encryption: BucketEncryption.KMS, encryptionKey: key, bucketKeyEnabled: true }
        : { encryption: BucketEncryption.S3_MANAGED }),
      blockPublicAccess: BlockPublicAccess.BLOCK_ALL,
      enforceSSL: true,
      removalPolicy: stage.removal,
    })
    acknowledge(bucket, {
      id: 'AwsSolutions-S1',
      reason: 'Only the desk reads it, and every sight of a message is in the history of its record.',
    })
    this.output('PayloadsBucketName', bucket.bucketName)
    return {
      environment: { PAYLOADS_BUCKET: bucket.bucketName },
      statements: [
        allow(['s3:GetObject', 's3:PutObject', 's3:DeleteObject'], [bucket.arnForObjects('payloads/*')]),
        // Who may not list is told 403, and not 404, of what is not there: that looks as if it could be had later.
        allow(['s3:ListBucket'], [bucket.bucketArn]),
      ],
      acknowledged: [
        {
          id: `AwsSolutions-IAM5[Resource::<${this.getLogicalId(bucket.node.defaultChild as never)}.Arn>/payloads/*]`,
          reason: 'Payloads are named after records, which are not known before they fail.',
        },
      ],
    }
  }

  /**
   * The conservation ledger: asks every context what became of its messages. It writes down only what is not settled.
   */
  private addLedger(desk: Table, puttingBack: Use) {
    const { site, node } = this
    const { stage } = site
    const ledger = new Table(this, 'LEDGER_TABLE', { partition: ['kind', 'S'], sort: ['id', 'S'] })
    const evidence = allOf(node.root, EvidenceFunction)
    const run = new ServiceFunction(this, 'recovery-ledger', {
      timeout: seconds(50),
      memory: 512,
      uses: [
        desk.use('read'),
        ledger.use('read', 'write', 'delete'),
        askingEvidence(this, evidence),
        {
          environment: {
            LEDGER_SHARE: String(stage.ledgerShare),
            SENDERS: this.toJsonString(
              evidence.filter(({ begins }) => begins).map(({ handler }) => this.callable(handler)),
            ),
            SUBSCRIPTIONS: this.toJsonString(subscriptionsIn(node.root)),
          },
        },
        puttingBack,
      ],
    })
    new Schedule(this, { run, every: minutes(1) })
  }
}

/** The types of message that each queue takes by itself; replies name their inbox. */
const subscriptionsIn = (root: IConstruct): Record<string, string[]> =>
  Object.fromEntries(
    [
      ...allOf(root, EventSubscription).map(({ to, contracts }) => ({ thing: to, contracts })),
      ...[...allOf(root, CommandQueue), ...allOf(root, WakeupQueue)],
    ].map(({ thing, contracts }) => [thing, contracts.map(({ type }) => type)]),
  )
