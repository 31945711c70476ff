import { Duration } from 'aws-cdk-lib'
import { Stats } from 'aws-cdk-lib/aws-cloudwatch'
import { Schedule as Rate, Rule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets'
import { Construct } from 'constructs'
import { type Millis, minutes } from '../../reactive/time.ts'
import { DeadLetterQueue } from './dead-letter-queue.ts'
import { deliveryAlarm } from './delivery-alarm.ts'
import { ServiceAlarm } from './service-alarm.ts'
import type { ServiceFunction } from './service-function.ts'
import { stackOf } from './service-stack.ts'

/**
 * Invokes a function again and again. The next run does what a failed one did not, so a run is retried once and then
 * reported to the desk; that runs happen at all is watched, since nobody misses what does not start.
 *
 * @throws Error at synth when `every` is not a whole number of minutes.
 */
export class Schedule extends Construct {
  constructor(scope: Construct, { run, every }: { run: ServiceFunction; every: Millis }) {
    super(scope, `${run.handler}-schedule`)
    if (every < minutes(1) || every % minutes(1) !== 0)
      throw new Error(`${run.handler} cannot run every ${every} ms: schedules are in whole minutes`)
    const dead = new DeadLetterQueue(this, run.handler)
    const maxEventAge = Duration.millis(Math.max(every, minutes(1)))
    const rule = new Rule(this, 'Rule', {
      ruleName: stackOf(this).site.names.rule(run.handler),
      description: `Runs ${run.handler} every ${every / minutes(1)} min`,
      schedule: Rate.rate(Duration.millis(every)),
      targets: [new LambdaFunction(run.live, { deadLetterQueue: dead.queue, retryAttempts: 1, maxEventAge })],
    })
    run.use({ statements: dead.use.statements ?? [] })
    run.live.configureAsyncInvoke({ onFailure: dead.destination, retryAttempts: 1, maxEventAge })
    deliveryAlarm(this, run.handler, rule)
    new ServiceAlarm(
      this,
      { kind: 'schedule-silent', of: run.handler, severity: 'major', meaning: `${run.handler} does not run any more` },
      {
        metric: run.lambda.metricInvocations({ period: Duration.millis(every), statistic: Stats.SUM }),
        threshold: 1,
        comparison: 'below',
        datapoints: [5, 5],
        missing: 'breaching',
      },
    )
  }
}
