import { combinationsOf, metricNames, termsOfMetric } from '../../reactive/metrics.ts'
import type { PriceName } from './prices.ts'

/** A template as far as it is priced. */
export type PricedTemplate = {
  readonly Resources: Readonly<
    Record<string, { readonly Type: string; readonly Properties?: Readonly<Record<string, unknown>> }>
  >
}

/** Something that is paid for month by month although nobody orders anything. */
export type Standing = { readonly what: string; readonly price: PriceName; readonly units: number }

/** A month of a bill: 30 days, in minutes. */
export const minutesOfMonth = 30 * 24 * 60

/**
 * What cannot be read from a template, and is taken to be so. Each is checked against nothing but its source, so each is
 * shown with the estimate.
 */
export const assumptions = {
  /** Lambda keeps five pollers at an idle queue, each of which asks for 20 s (developer guide, "Using Lambda with SQS"). */
  pollsOfAQueue: (5 * minutesOfMonth * 60) / 20,
  /** Milliseconds of a scheduled run that finds nothing to do. */
  runMillis: 100,
  /** Such a run asks sixteen shards of an index, at half a unit each. */
  readUnitsOfARun: 8,
  /** Lambda's own three lines and one of ours, in bytes. */
  logBytesOfARun: 1_000,
} as const

type Resource = PricedTemplate['Resources'][string] & { readonly template: PricedTemplate }

/**
 * What the resources of a stage cost a month by being there.
 *
 * @example
 * standing([backbone, payments]) // [{ what: 'metrics that alarms look at', price: 'cloudwatch.alarm', units: 61 }, …]
 */
export const standing = (templates: readonly PricedTemplate[]): Standing[] => {
  const all: Resource[] = templates.flatMap((template) =>
    Object.values(template.Resources).map((resource) => ({ ...resource, template })),
  )
  const of = (type: string) => all.filter(({ Type }) => Type === type)
  const runs = of('AWS::Events::Rule').flatMap(runsOf)
  const times = runs.reduce((sum, { times }) => sum + times, 0)
  const lines: Standing[] = [
    {
      what: 'metrics that alarms look at',
      price: 'cloudwatch.alarm',
      units: of('AWS::CloudWatch::Alarm').reduce((sum, alarm) => sum + watchedBy(alarm), 0),
    },
    {
      what: 'metrics that scheduled runs publish',
      price: 'cloudwatch.metric',
      units: publishedBy(runs.map(({ name }) => name)),
    },
    { what: 'composite alarms', price: 'cloudwatch.composite', units: of('AWS::CloudWatch::CompositeAlarm').length },
    { what: 'dashboards', price: 'cloudwatch.dashboard', units: of('AWS::CloudWatch::Dashboard').length },
    { what: 'keys of one’s own', price: 'kms.key', units: of('AWS::KMS::Key').length },
    {
      what: 'polls of empty queues',
      price: 'sqs.request',
      units: of('AWS::Lambda::EventSourceMapping').filter(readsQueue).length * assumptions.pollsOfAQueue,
    },
    { what: 'scheduled runs', price: 'lambda.request', units: times },
    {
      what: 'time of scheduled runs',
      price: 'lambda.gb-second',
      units: runs.reduce((sum, { times, memory }) => sum + (times * memory * assumptions.runMillis) / 1_024_000, 0),
    },
    { what: 'indexes that scheduled runs ask', price: 'dynamodb.read', units: times * assumptions.readUnitsOfARun },
    { what: 'logs of scheduled runs', price: 'logs.ingest', units: (times * assumptions.logBytesOfARun) / 1e9 },
  ]
  return lines.filter(({ units }) => units > 0)
}

/**
 * The metrics that functions, named with their stage, publish in every scheduled run. CloudWatch bills a metric for each
 * combination of dimension values, in each hour in which it gets a value: these get one every hour.
 */
const publishedBy = (functions: readonly string[]): number => {
  const runs = (handler: string) => functions.some((name) => name.endsWith(`-${handler}`))
  return combinations(metricNames.filter((name) => termsOfMetric(name).everyRunOf?.some(runs)))
}

/**
 * The metrics of the platform's own that orders add at most to those of scheduled runs: were every failure, reason and
 * verdict that the catalogue knows to occur in every hour.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/publishingMetrics.html
 */
export const metricsOfOrders = (): number =>
  combinations(metricNames.filter((name) => termsOfMetric(name).everyRunOf === undefined))

const combinations = (names: typeof metricNames): number => names.reduce((sum, name) => sum + combinationsOf(name), 0)

/** An alarm on an expression is paid by the metrics in it; the expression itself is free. */
const watchedBy = ({ Properties = {} }: Resource) => {
  const { Metrics = [] } = Properties as { Metrics?: { MetricStat?: object }[] }
  return Math.max(1, Metrics.filter(({ MetricStat }) => MetricStat).length)
}

/** A stream has a position to start from; a queue has none. */
const readsQueue = ({ Properties = {} }: Resource) => Properties.StartingPosition === undefined

/** What a schedule starts: a function by its physical name, how often a month, and its memory in megabytes. */
type Runs = { readonly name: string; readonly times: number; readonly memory: number }

const runsOf = ({ Properties = {}, template }: Resource): Runs[] => {
  const { ScheduleExpression, Targets = [] } = Properties as {
    ScheduleExpression?: string
    Targets?: { Arn: unknown }[]
  }
  if (ScheduleExpression === undefined) return []
  const [, amount, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(ScheduleExpression) ?? []
  if (!amount) throw new Error(`The schedule '${ScheduleExpression}' is no rate, so nobody knows how often it runs`)
  const every = Number(amount) * { minute: 1, hour: 60, day: 1_440 }[unit as 'minute' | 'hour' | 'day']
  return Targets.map(({ Arn }) => {
    const { FunctionName = '', MemorySize = 128 } = functionOf(template, Arn)
    return { name: FunctionName, times: minutesOfMonth / every, memory: MemorySize }
  })
}

type CalledFunction = { readonly FunctionName?: string; readonly MemorySize?: number }

/** The properties of a function that is named by itself or by its alias; none of one in another stack. */
const functionOf = (template: PricedTemplate, arn: unknown): CalledFunction => {
  const { Ref, 'Fn::GetAtt': attribute } = arn as { Ref?: string; 'Fn::GetAtt'?: [string, string] }
  const { Type, Properties = {} } = template.Resources[Ref ?? attribute?.[0] ?? ''] ?? {}
  return Type === 'AWS::Lambda::Alias' ? functionOf(template, Properties.FunctionName) : Properties
}
