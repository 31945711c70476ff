import { Duration } from 'aws-cdk-lib'
import {
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  Metric,
  SearchExpression,
  Stats,
  TextWidget,
} from 'aws-cdk-lib/aws-cloudwatch'
import { type MetricName, metricNames, namespaceOf, termsOfMetric } from '../../reactive/metrics.ts'
import { portionsOf } from '../../reactive/portions.ts'
import { DeadLetterQueue } from '../constructs/dead-letter-queue.ts'
import { ReliableQueue } from '../constructs/reliable-queue.ts'
import { ServiceApi } from '../constructs/service-api.ts'
import { ServiceFunction } from '../constructs/service-function.ts'
import { type ServiceStack, stackOf } from '../constructs/service-stack.ts'
import { allOf } from '../constructs/tree.ts'

type Graph = readonly [title: string, names: readonly MetricName[]]

/** The boards of what the platform measures itself. */
const boards: Readonly<Record<string, readonly Graph[]>> = {
  business: [
    ['Orders', ['OrdersPlaced', 'OrdersConfirmed', 'OrdersRejected', 'OrdersCancelled']],
    ['Time to confirm', ['TimeToConfirm']],
    ['Money, in minor units', ['Revenue', 'AmountRefunded']],
    ['Refunds', ['OrdersRefunded', 'RefundsRefused']],
  ],
  sagas: [
    ['Begun, turned back and ended', ['SagasStarted', 'SagasTurnedBack', 'SagasEnded']],
    ['Undos that failed', ['UndosFailed']],
    ['Time from start to end', ['SagaTime']],
    ['Under way', ['SagasUnfinished']],
    ['The oldest that has not ended', ['OldestSaga']],
    ['Found asleep', ['SagasOverdue']],
    ['Overtaken', ['SagaConflicts']],
    ['What came of messages', ['SagaMessages']],
  ],
  recovery: [
    ['Arrived at the desk', ['FailuresTaken']],
    ['Open on the desk', ['FailuresOpen']],
    ['The oldest that is open', ['OldestFailure']],
    ['Put back', ['FailuresRedriven']],
    ['Drift of the ledger', ['LedgerDrift']],
    ['Said again', ['EventsRepublished', 'IntentsResent']],
  ],
}

/**
 * What is looked at, as code: the system by its golden signals, the business, the sagas, the desk. Metrics are addressed
 * by physical name, so that no stack exports anything to this one.
 *
 * @see https://sre.google/sre-book/monitoring-distributed-systems/
 */
export const dashboards = (stack: ServiceStack) => {
  system(stack)
  for (const [name, graphs] of Object.entries(boards)) measuredBoard(stack, name, graphs)
  const shown = Object.values(boards).flatMap((graphs) => graphs.flatMap(([, names]) => names))
  // Whatever else the catalogue has, so that a new metric is on a board from its first day.
  const rest = metricNames.filter((name) => !shown.includes(name))
  measuredBoard(
    stack,
    'edges',
    rest.map((name) => [name, [name]]),
  )
}

/** A board of the catalogue's metrics, each by its finest set of dimensions and in the statistic that says most. */
const measuredBoard = (stack: ServiceStack, board: string, graphs: readonly Graph[]) => {
  const { names, stage } = stack.site
  const widgets = graphs.map(([title, metrics]) =>
    graph(
      title,
      metrics.map((name) => every(stage.name, name)),
      8,
    ),
  )
  new Dashboard(stack, `Dashboard-${board}`, {
    dashboardName: names.stack(board),
    defaultInterval: Duration.hours(3),
    widgets: portionsOf(widgets, 3),
  })
}

/** A metric under every value of its dimensions, those of tomorrow's queue included. */
const every = (stage: string, name: MetricName): IMetric => {
  const { by, statistics } = termsOfMetric(name)
  const finest = by.toSorted((one, other) => other.length - one.length)[0]!
  const statistic = statistics.includes('p99') ? 'p99' : statistics[0]!
  const schema = [namespaceOf(stage), ...finest].map((part) => `"${part}"`).join(',')
  return new SearchExpression({
    expression: `SEARCH('{${schema}} MetricName="${name}"', '${statistic}', 60)`,
    label: `${name} `,
    period: Duration.minutes(1),
  })
}

/** The four golden signals of every part, a row each: latency, traffic, errors, saturation. What failed comes first. */
const system = (stack: ServiceStack) => {
  const { names, stage } = stack.site
  const { root } = stack.node
  const queues = allOf(root, ReliableQueue)
  const functions = allOf(root, ServiceFunction)

  const queue = (thing: string, metricName: string, statistic: string) =>
    metric('AWS/SQS', metricName, { QueueName: names.queue(thing) }, statistic, thing)
  const lambda = (handler: string, metricName: string, statistic: string) =>
    metric('AWS/Lambda', metricName, { FunctionName: names.function(handler) }, statistic, handler)
  const api = (thing: string, metricName: string, statistic: string, label: string) =>
    metric('AWS/ApiGateway', metricName, { ApiName: names.stack(thing), Stage: 'v1' }, statistic, label)

  const failed = [
    graph(
      'Failed messages on their way to the desk',
      allOf(root, DeadLetterQueue).map(({ thing }) =>
        queue(thing, 'ApproximateNumberOfMessagesVisible', Stats.MAXIMUM),
      ),
      24,
    ),
  ]
  const apis = allOf(root, ServiceApi).map(({ thing }) => [
    graph(`${thing}: requests`, [api(thing, 'Count', Stats.SUM, 'requests')], 8),
    graph(`${thing}: errors`, [api(thing, '4XXError', Stats.SUM, '4xx'), api(thing, '5XXError', Stats.SUM, '5xx')], 8),
    graph(
      `${thing}: latency`,
      [api(thing, 'Latency', Stats.percentile(50), 'p50'), api(thing, 'Latency', Stats.percentile(99), 'p99')],
      8,
    ),
  ])
  const owners = [...new Set(functions.map((construct) => stackOf(construct).owner))]
  const services = owners.map((owner) => {
    const handlers = functions.filter((construct) => stackOf(construct).owner === owner).map(({ handler }) => handler)
    const things = queues.filter((construct) => stackOf(construct).owner === owner).map(({ thing }) => thing)
    const saturation = [
      ...things.map((thing) => queue(thing, 'ApproximateAgeOfOldestMessage', Stats.MAXIMUM)),
      ...(things.length === 0 ? handlers.map((handler) => lambda(handler, 'ConcurrentExecutions', Stats.MAXIMUM)) : []),
    ]
    return [
      new TextWidget({ markdown: `## ${owner}`, width: 24, height: 1 }),
      graph(
        'Latency p99',
        handlers.map((handler) => lambda(handler, 'Duration', Stats.percentile(99))),
        6,
      ),
      graph(
        'Traffic',
        handlers.map((handler) => lambda(handler, 'Invocations', Stats.SUM)),
        6,
      ),
      graph(
        'Errors',
        handlers.map((handler) => lambda(handler, 'Errors', Stats.SUM)),
        6,
      ),
      graph(things.length > 0 ? 'Saturation: oldest message, s' : 'Saturation: running at once', saturation, 6),
    ]
  })
  new Dashboard(stack, 'Dashboard', {
    dashboardName: names.stack('overview'),
    defaultInterval: Duration.hours(3),
    widgets: [failed, ...apis, ...services] satisfies IWidget[][],
  })
  stack.output('DashboardName', names.stack('overview'), `The overview of stage ${stage.name}`)
}

const metric = (
  namespace: string,
  metricName: string,
  dimensionsMap: Record<string, string>,
  statistic: string,
  label: string,
) => new Metric({ namespace, metricName, dimensionsMap, statistic, label, period: Duration.minutes(1) })

const graph = (title: string, left: IMetric[], width: number) =>
  new GraphWidget({ title, left, width, height: 6, leftYAxis: { min: 0 } })
