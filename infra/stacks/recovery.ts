import { EventSourceMapping } from 'aws-cdk-lib/aws-lambda'
import type { Construct } from 'constructs'
import { seconds } from '../../reactive/time.ts'
import { DeadLetterQueue } from '../constructs/dead-letter-queue.ts'
import { consuming, ReliableQueue } from '../constructs/reliable-queue.ts'
import { allow, ServiceFunction } from '../constructs/service-function.ts'
import { ServiceStack, type Site } from '../constructs/service-stack.ts'
import { Table } from '../constructs/table.ts'
import { allOf } from '../constructs/tree.ts'

/**
 * The recovery desk. It takes from every dead-letter queue that the stacks before it made, so it comes after them, and
 * puts back on every queue that a failed message may have come from.
 */
export class Recovery extends ServiceStack {
  constructor(scope: Construct, site: Site) {
    super(scope, 'recovery', site, 'The desk where failed messages are kept, explained and put back')
    const { timing } = site.stage
    const dead = allOf(this.node.root, DeadLetterQueue).map(({ thing }) => thing)
    const sources = allOf(this.node.root, ReliableQueue).map(({ thing }) => thing)

    const desk = new Table(this, 'DESK_TABLE', {
      partition: ['recordId', 'S'],
      indexes: { byStatus: { partition: ['status', 'S'], sort: ['position', 'S'], includes: ['summary'] } },
    })

    const intake = new ServiceFunction(this, 'recovery-intake', {
      timeout: timing.handlerTimeout,
      uses: [
        desk.use('read', 'write'),
        {
          statements: [
            allow(
              consuming,
              dead.map((queue) => this.queueArn(queue)),
            ),
          ],
        },
      ],
    })
    for (const queue of dead)
      new EventSourceMapping(this, `From-${queue}`, {
        target: intake.lambda,
        eventSourceArn: this.queueArn(queue),
        batchSize: 10,
        reportBatchItemFailures: true,
        // Failures come in bursts; the desk takes them slowly and loses none.
        maxConcurrency: 2,
      })

    new ServiceFunction(this, 'recovery-api', {
      timeout: seconds(10),
      memory: 512,
      uses: [
        desk.use('read', 'write'),
        {
          environment: {
            QUEUE_URLS: this.toJsonString(
              Object.fromEntries(sources.map((queue) => [site.names.queue(queue), this.queueUrl(queue)])),
            ),
          },
          statements: [
            allow(
              ['sqs:SendMessage'],
              sources.map((queue) => this.queueArn(queue)),
            ),
          ],
        },
      ],
    })
  }
}
