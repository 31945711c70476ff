import { Duration } from 'aws-cdk-lib'
import { Dashboard, GraphWidget, type IWidget, Metric, Stats, TextWidget } from 'aws-cdk-lib/aws-cloudwatch'
import { DeadLetterQueue } from '../constructs/dead-letter-queue.ts'
import { ReliableQueue } from '../constructs/reliable-queue.ts'
import { ServiceApi } from '../constructs/service-api.ts'
import { ServiceFunction } from '../constructs/service-function.ts'
import { type ServiceStack, stackOf } from '../constructs/service-stack.ts'
import { allOf } from '../constructs/tree.ts'

/**
 * The four golden signals of every part, a row each: latency, traffic, errors, saturation. What failed comes first.
 * Metrics are addressed by physical name, so that no stack exports anything to this one.
 *
 * @see https://sre.google/sre-book/monitoring-distributed-systems/
 */
export const dashboard = (stack: ServiceStack) => {
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

const graph = (title: string, left: Metric[], width: number) =>
  new GraphWidget({ title, left, width, height: 6, leftYAxis: { min: 0 } })
