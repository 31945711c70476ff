import { Duration } from 'aws-cdk-lib'
import { Stats } from 'aws-cdk-lib/aws-cloudwatch'
import { EventSourceMapping, StartingPosition } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import type { Millis } from '../../reactive/time.ts'
import { DeadLetterQueue } from './dead-letter-queue.ts'
import { ServiceAlarm } from './service-alarm.ts'
import { allow, type ServiceFunction } from './service-function.ts'
import type { Table } from './table.ts'

type Options = {
  readonly table: Table
  readonly handler: ServiceFunction
  /** How long changes may be gathered into one batch, for what is not in a hurry. None: at once. */
  readonly gather?: Millis
}

/**
 * Runs a function on every change of a table, in order for each key, from the oldest change that the stream still has.
 *
 * A batch that fails is halved until the record at fault stands alone, and is given up after sixty attempts, which is
 * about an hour: long enough for a bus or a table to come back, and far from the 24 hours after which a stream forgets.
 * What Lambda then parks is a pointer only; the handler parks a record that it cannot read by itself, whole.
 *
 * @throws Error at synth when the table has no stream.
 */
export class StreamHandler extends Construct {
  constructor(scope: Construct, { table, handler, gather }: Options) {
    super(scope, `${handler.handler}-stream`)
    const { tableStreamArn } = table.table
    if (!tableStreamArn)
      throw new Error(
        `${handler.handler} reads the stream of ${table.variable}, which has none: give the table a stream`,
      )
    const dead = new DeadLetterQueue(this, handler.handler)
    handler.use(dead.use)
    handler.use({
      statements: [
        allow(
          ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams'],
          [tableStreamArn],
        ),
      ],
    })
    new EventSourceMapping(this, 'Mapping', {
      target: handler.live,
      eventSourceArn: tableStreamArn,
      startingPosition: StartingPosition.TRIM_HORIZON,
      batchSize: 100,
      ...(gather ? { maxBatchingWindow: Duration.millis(gather) } : {}),
      bisectBatchOnError: true,
      retryAttempts: 60,
      onFailure: dead.destination,
    })
    new ServiceAlarm(
      this,
      {
        kind: 'stream-age',
        of: handler.handler,
        severity: 'major',
        symptom: true,
        meaning: `${handler.handler} is more than a minute behind the changes of its table`,
      },
      {
        metric: handler.lambda.metric('IteratorAge', { period: Duration.minutes(1), statistic: Stats.MAXIMUM }),
        threshold: 60_000,
        datapoints: [3, 3],
      },
    )
  }
}
