import { isObject, type Resource, type Template } from '../template.ts'
import { childrenOf, nameOf, parseRule, type RuleNode, type Suppression } from './composite.ts'
import { evaluationRange, type Thresholds, type Treatment, treatments } from './evaluate.ts'
import { idsOf, metricMath } from './metric-math.ts'
import { NotEvaluated } from './statistic.ts'
import type { MetricId, MetricStore, Query } from './store.ts'

/** Where the numbers of a metric alarm come from: one metric, or an expression over several. */
export type Source =
  | { readonly kind: 'metric'; readonly query: Query }
  | {
      readonly kind: 'math'
      /** In the order in which they must be computed; the last one is watched. */
      readonly expressions: readonly { readonly id: string; readonly expression: string }[]
      readonly queries: Readonly<Record<string, Query>>
      /** Milliseconds. */
      readonly period: number
    }

type Common = {
  readonly name: string
  readonly stack: string
  readonly description: string
  /** Names of topics by the state in which they are told. */
  readonly actions: Readonly<Record<'ALARM' | 'OK' | 'INSUFFICIENT_DATA', readonly string[]>>
  readonly tags: Readonly<Record<string, string>>
}

export type MetricAlarm = Common & Thresholds & { readonly kind: 'metric'; readonly source: Source }
export type CompositeAlarm = Common & {
  readonly kind: 'composite'
  readonly rule: RuleNode
  readonly suppression?: Suppression
}
export type WatchedAlarm = MetricAlarm | CompositeAlarm

/** A template with the name of its stack. */
export type NamedTemplate = { readonly stackName: string; readonly template: Template }

/**
 * Every alarm of a synthesized stage, exactly as an account would get it.
 *
 * @throws NotEvaluated naming the alarm, when it uses what this evaluator does not have.
 */
export const alarmsIn = (stacks: readonly NamedTemplate[]): WatchedAlarm[] =>
  stacks.flatMap((stack) =>
    Object.values(stack.template.Resources).flatMap((resource) => alarmOf(stack, resource) ?? []),
  )

/** A resource of a stack as an alarm; undefined when it is none. */
export const alarmOf = (
  { stackName, template }: NamedTemplate,
  { Type, Properties = {} }: Resource,
): WatchedAlarm | undefined => {
  if (Type === 'AWS::CloudWatch::Alarm') return metricAlarm(stackName, template, Properties)
  if (Type === 'AWS::CloudWatch::CompositeAlarm') return compositeAlarm(stackName, template, Properties)
  return undefined
}

type Properties = Record<string, unknown>

const metricAlarm = (stack: string, template: Template, properties: Properties): MetricAlarm => {
  const common = commonOf(stack, template, properties)
  const evaluationPeriods = Number(properties.EvaluationPeriods)
  const treatment = treatments.find((known) => known === (properties.TreatMissingData ?? 'missing'))
  if (!treatment)
    throw new NotEvaluated(`${common.name}: missing data treated as '${String(properties.TreatMissingData)}'`)
  const source = sourceOf(common.name, template, properties)
  return {
    ...common,
    kind: 'metric',
    comparison: String(properties.ComparisonOperator),
    threshold: Number(properties.Threshold),
    evaluationPeriods,
    datapointsToAlarm: Number(properties.DatapointsToAlarm ?? evaluationPeriods),
    missing: onDynamo(source) ? 'ignore' : (treatment satisfies Treatment),
    source,
  }
}

/**
 * CloudWatch: "Alarms that evaluate metrics in the AWS/DynamoDB namespace always ignore missing data even if you choose
 * a different option".
 */
const onDynamo = (source: Source) => source.kind === 'metric' && source.query.metric.namespace === 'AWS/DynamoDB'

const sourceOf = (alarm: string, template: Template, properties: Properties): Source => {
  const ignoreFew = properties.EvaluateLowSampleCountPercentile === 'ignore'
  if (!Array.isArray(properties.Metrics)) return { kind: 'metric', query: queryOf(template, properties, ignoreFew) }
  const entries = properties.Metrics as Properties[]
  const queries: Record<string, Query> = {}
  const pending = new Map<string, string>()
  let watched: string | undefined
  for (const entry of entries) {
    const id = String(entry.Id)
    if (entry.ReturnData !== false) watched = id
    if (typeof entry.Expression === 'string') pending.set(id, entry.Expression)
    else {
      const { Metric, Stat, Period } = entry.MetricStat as { Metric: Properties; Stat: string; Period: number }
      queries[id] = queryOf(template, { ...Metric, Statistic: Stat, Period }, ignoreFew)
    }
  }
  if (watched === undefined) throw new NotEvaluated(`${alarm}: none of its metrics returns data`)
  const expressions: { id: string; expression: string }[] = []
  const need = (id: string, path: readonly string[]) => {
    const expression = pending.get(id)
    if (expression === undefined || expressions.some((done) => done.id === id)) return
    if (path.includes(id)) throw new NotEvaluated(`${alarm}: the expression ${id} needs itself`)
    for (const mentioned of idsOf(expression)) need(mentioned, [...path, id])
    expressions.push({ id, expression })
  }
  need(watched, [])
  if (expressions.length === 0) return { kind: 'metric', query: queries[watched]! }
  const periods = [...new Set(Object.values(queries).map(({ period }) => period))]
  if (periods.length > 1) throw new NotEvaluated(`${alarm}: its metrics have periods of ${periods.join(' and ')} ms`)
  return { kind: 'math', expressions, queries, period: periods[0]! }
}

const queryOf = (template: Template, properties: Properties, ignoreFew: boolean): Query => ({
  metric: {
    namespace: String(properties.Namespace),
    name: String(properties.MetricName),
    dimensions: Object.fromEntries(
      ((properties.Dimensions ?? []) as { Name: string; Value: unknown }[]).map(({ Name, Value }) => [
        Name,
        textOf(template, Value),
      ]),
    ),
  },
  statistic: String(properties.Statistic ?? properties.ExtendedStatistic),
  period: Number(properties.Period ?? 60) * 1_000,
  ...(ignoreFew ? { ignoreFew } : {}),
})

const compositeAlarm = (stack: string, template: Template, properties: Properties): CompositeAlarm => {
  const suppressor = properties.ActionsSuppressor
  return {
    ...commonOf(stack, template, properties),
    kind: 'composite',
    rule: parseRule(textOf(template, properties.AlarmRule)),
    ...(suppressor === undefined
      ? {}
      : {
          suppression: {
            by: nameOf(textOf(template, suppressor)),
            wait: Number(properties.ActionsSuppressorWaitPeriod ?? 0) * 1_000,
            extension: Number(properties.ActionsSuppressorExtensionPeriod ?? 0) * 1_000,
          },
        }),
  }
}

const commonOf = (stack: string, template: Template, properties: Properties): Common => {
  const topics = (list: unknown) =>
    Array.isArray(list) ? list.map((topic) => textOf(template, topic).split(':').at(-1)!) : []
  return {
    name: textOf(template, properties.AlarmName),
    stack,
    description: String(properties.AlarmDescription ?? ''),
    actions: {
      ALARM: topics(properties.AlarmActions),
      OK: topics(properties.OKActions),
      INSUFFICIENT_DATA: topics(properties.InsufficientDataActions),
    },
    tags: Object.fromEntries(
      ((properties.Tags ?? []) as { Key: string; Value: string }[]).map(({ Key, Value }) => [Key, Value]),
    ),
  }
}

/** Properties under which a resource says its physical name. */
const nameProperties = [
  'AlarmName',
  'QueueName',
  'FunctionName',
  'TopicName',
  'TableName',
  'EventBusName',
  'DashboardName',
]

/** A value of a template as text, with references to resources of the same stack read as their physical names. */
const textOf = (template: Template, value: unknown): string => {
  if (typeof value === 'string' || typeof value === 'number') return String(value)
  if (!isObject(value)) return ''
  if (typeof value.Ref === 'string') return physicalName(template, value.Ref)
  if (Array.isArray(value['Fn::GetAtt'])) return physicalName(template, String(value['Fn::GetAtt'][0]))
  if (Array.isArray(value['Fn::Join'])) {
    const [separator, parts] = value['Fn::Join'] as [string, unknown[]]
    return parts.map((part) => textOf(template, part)).join(separator)
  }
  return JSON.stringify(value)
}

const physicalName = (template: Template, id: string): string => {
  const resource = template.Resources[id]
  const { Properties: properties = {}, Type: type } = resource ?? { Type: '' }
  const property = nameProperties.find((name) => typeof properties[name] === 'string')
  if (property) return properties[property] as string
  if (type === 'AWS::Events::Rule' || type === 'AWS::Events::EventBus' || type === 'AWS::ApiGateway::RestApi')
    if (typeof properties.Name === 'string') return properties.Name
  return id
}

/** The series that a metric alarm is evaluated over, made of what was collected. */
export const datapointsOf = (alarm: MetricAlarm, store: Pick<MetricStore, 'datapoints'>, end: number) => {
  const count = evaluationRange(alarm)
  const { source } = alarm
  if (source.kind === 'metric') return store.datapoints(source.query, end, count)
  const series: Record<string, readonly (number | undefined)[]> = Object.fromEntries(
    Object.entries(source.queries).map(([id, query]) => [id, store.datapoints(query, end, count)]),
  )
  const metrics = Object.keys(source.queries)
  for (const { id, expression } of source.expressions)
    series[id] = metricMath(expression, { series, metrics, period: source.period / 1_000 })
  return [...series[source.expressions.at(-1)!.id]!]
}

/** Every metric that an alarm looks at. */
export const metricsOf = (alarm: MetricAlarm): MetricId[] =>
  (alarm.source.kind === 'metric' ? [alarm.source.query] : Object.values(alarm.source.queries)).map(
    ({ metric }) => metric,
  )

/** Composites after the alarms that they mention, so that one pass settles all. */
export const inOrder = (alarms: readonly WatchedAlarm[]): WatchedAlarm[] => {
  const byName = new Map(alarms.map((alarm) => [alarm.name, alarm]))
  const ordered = new Map<string, WatchedAlarm>()
  const visit = (alarm: WatchedAlarm, path: readonly string[]) => {
    if (ordered.has(alarm.name)) return
    if (path.includes(alarm.name)) throw new NotEvaluated(`${alarm.name} depends on itself: ${path.join(' → ')}`)
    if (alarm.kind === 'composite')
      for (const child of [...childrenOf(alarm.rule), ...(alarm.suppression ? [alarm.suppression.by] : [])]) {
        const found = byName.get(child)
        if (!found) throw new NotEvaluated(`${alarm.name} mentions ${child}, which no stack has`)
        visit(found, [...path, alarm.name])
      }
    ordered.set(alarm.name, alarm)
  }
  for (const alarm of alarms) visit(alarm, [])
  return [...ordered.values()]
}
