/** The units that CloudWatch knows and this platform uses. Money has none there: minor units are `None`. */
export type MetricUnit = 'Count' | 'Milliseconds' | 'Seconds' | 'None'

/** What alarms and dashboards may ask of a metric. */
export type Statistic = 'Sum' | 'Average' | 'Maximum' | 'SampleCount' | 'p50' | 'p99'

/** What a metric is told apart by. Each has a bounded set of values, because every combination is paid for. */
export type Dimension =
  | 'service'
  | 'edge'
  | 'api'
  | 'class'
  | 'partner'
  | 'saga'
  | 'outcome'
  | 'verdict'
  | 'mode'
  | 'reason'
  | 'currency'
  | 'refusal'

/** A metric as data. */
export type MetricTerms = {
  readonly unit: MetricUnit
  /** The sets of dimensions under which each value is published; a value needs all that occur in any of them. */
  readonly by: readonly (readonly Dimension[])[]
  /** The statistics that mean something; others are not asked for. */
  readonly statistics: readonly Statistic[]
  readonly meaning: string
  /** The module that measures it. */
  readonly emittedBy: string
  /** How many services measure it where no other dimension says so; one unless stated. */
  readonly services?: number
  /** The functions whose every scheduled run measures it, so that it is paid for although nothing happens. */
  readonly everyRunOf?: readonly string[]
}
