import { Duration } from 'aws-cdk-lib'
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch'
import type { Construct } from 'constructs'
import { minutes, seconds } from '../../reactive/time.ts'
import { sagas } from '../sagas.ts'
import { CommandQueue } from './command-queue.ts'
import { EvidenceFunction } from './evidence-function.ts'
import { measured } from './measured.ts'
import { answering } from './saga-inboxes.ts'
import { Schedule } from './schedule.ts'
import { ServiceAlarm } from './service-alarm.ts'
import { allow, ServiceFunction } from './service-function.ts'
import { stackOf } from './service-stack.ts'
import { Table } from './table.ts'
import type { Use } from './use.ts'

/**
 * A context whose commands call a partner: it commits an intent, calls, commits the result. An intent that was met again
 * and stays open is put back on the command queue once a minute, under the command's own id.
 */
export const partnerParticipant = (
  scope: Construct,
  {
    table: variable,
    partner,
    called,
    dependencies,
    controls,
  }: {
    table: string
    partner: Use
    /** Its name in metrics. */
    called: string
    /** What is behind it and fails by itself, each with a breaker of its own. */
    dependencies: readonly string[]
    /** Where breakers are. */
    controls: Table
  },
) => {
  const { owner, site } = stackOf(scope)
  const table = new Table(scope, variable, {
    partition: ['orderId', 'S'],
    sort: ['commandId', 'S'],
    indexes: { openIntents: { partition: ['openShard', 'S'], sort: ['openSince', 'N'] } },
    expires: 'expiresAt',
  })
  const commands = new CommandQueue(scope, owner)
  const guarded = controls.use('read', 'write')
  const puttingBack = { statements: [allow(['sqs:SendMessage'], [commands.queue.queueArn])] }
  // A valve stops everything behind it: it is for a queue whose commands all need the same.
  const [only, ...others] = dependencies
  if (only !== undefined && others.length === 0) commands.serves = only
  const remedy = commands.serves ? ({ verb: 'close-valve', queue: commands.thing } as const) : undefined
  commands.consume(
    new ServiceFunction(scope, `${owner}-commands`, {
      timeout: site.stage.timing.handlerTimeout,
      uses: [table.use('read', 'write'), partner, guarded, answering(scope, sagas), puttingBack],
    }),
  )
  const period = minutes(1)
  const calls = (name: 'PartnerCalls' | 'PartnerCallsUnanswered') =>
    measured(stackOf(scope), name, { service: owner, partner: called }, { statistic: 'Sum', period })
  new ServiceAlarm(
    scope,
    {
      kind: 'partner-unanswered',
      of: called,
      severity: 'critical',
      meaning: `more than half of the calls to ${called} have no definite answer: orders wait for it`,
      ...(remedy ? { remedy } : {}),
    },
    {
      metric: new MathExpression({
        expression: 'IF(calls >= 4, FILL(unanswered, 0) / calls, 0)',
        usingMetrics: { calls: calls('PartnerCalls'), unanswered: calls('PartnerCallsUnanswered') },
        period: Duration.millis(period),
      }),
      threshold: 0.5,
      datapoints: [2, 3],
    },
  )
  for (const dependency of dependencies) {
    const of = { service: owner, partner: dependency }
    const sum = { statistic: 'Sum', period } as const
    new ServiceAlarm(
      scope,
      {
        kind: 'breaker-open',
        of: dependency,
        severity: 'major',
        meaning: `${dependency} is not called because it does not answer: commands are put back and wait for it`,
        ...(remedy ? { remedy } : {}),
      },
      { metric: measured(stackOf(scope), 'PartnerCallsPostponed', of, sum), threshold: 0, datapoints: [2, 3] },
    )
    new ServiceAlarm(
      scope,
      {
        kind: 'breaker-unreachable',
        of: dependency,
        severity: 'minor',
        meaning: `the shared state of the breaker before ${dependency} cannot be reached: ${dependency} is called whatever its state`,
      },
      { metric: measured(stackOf(scope), 'BreakerUnreachable', of, sum), threshold: 0, datapoints: [3, 5] },
    )
  }
  new Schedule(scope, {
    run: new ServiceFunction(scope, `${owner}-intents`, {
      timeout: seconds(30),
      uses: [
        table.use('read', 'write'),
        partner,
        guarded,
        puttingBack,
        { environment: { QUEUE_URL: commands.queue.queueUrl } },
      ],
    }),
    every: minutes(1),
  })
  // It has to know whether a command that no record mentions may have been put back.
  new EvidenceFunction(scope, `${owner}-evidence`, {
    answersFor: [commands.thing],
    uses: [table.use('read'), controls.use('read')],
  })
  return { table }
}
