import { type DimensionsOf, type MetricName, type ServiceName, termsOfMetric } from './metrics.ts'
import type { Clock } from './time.ts'

/** One number: what was measured, by whom, and what tells it apart. */
export type Measurement = {
  readonly name: MetricName
  readonly value: number
  readonly dimensions: Readonly<Record<string, string>>
}

type Stated<Name extends MetricName> = keyof DimensionsOf<Name> extends never ? [] : [dimensions: DimensionsOf<Name>]

/**
 * The port through which anything is measured. A metric that the catalogue does not know, a dimension that is missing and
 * a value that a dimension cannot have do not compile.
 *
 * @example
 * measure('MessagesFailed', 1, { edge: 'payments-commands', class: 'transient' })
 */
export type Measure = <Name extends MetricName>(name: Name, value: number, ...dimensions: Stated<Name>) => void

/** Collects what one invocation measures, and writes it when told to. */
export type Meter = { readonly measure: Measure; readonly flush: () => void }

/** The service that a CloudEvents source names: `/partners/acquirer` is `partners`. */
export const serviceOf = (source: string): ServiceName => source.replace(/^\//, '').split('/')[0] as ServiceName

/** For whom nothing is to be measured. */
export const unmeasured: Measure = () => undefined

/** A meter that keeps its measurements where a test can see them. */
export const memoryMeter = (source = '/test'): Meter & { readonly taken: Measurement[] } => {
  const taken: Measurement[] = []
  const service = serviceOf(source)
  return {
    taken,
    measure: (name, value, ...[stated]) => {
      taken.push({ name, value, dimensions: { service, ...stated } })
    },
    flush: () => undefined,
  }
}

type EmfPorts = {
  /** Who measures, as a CloudEvents source. */
  readonly source: string
  readonly namespace: string
  readonly clock: Clock
  readonly write: (line: string) => void
}

/**
 * A meter that writes CloudWatch's embedded metric format: one line for everything that an invocation measured, as far as
 * its dimensions agree. No call is made; whoever reads the log makes metrics of it.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export const emfMeter = ({ source, namespace, clock, write }: EmfPorts): Meter => {
  let taken: Measurement[] = []
  const service = serviceOf(source)
  return {
    measure: (name, value, ...[stated]) => {
      taken.push({ name, value, dimensions: { service, ...stated } })
    },
    flush: () => {
      if (taken.length === 0) return
      const lines = emfLines(taken, namespace, clock())
      taken = []
      for (const line of lines) write(JSON.stringify(line))
    },
  }
}

/** What CloudWatch reads of one metric in one line at most; more go into another line. */
const valuesPerLine = 100

type Line = {
  readonly dimensions: Record<string, string>
  readonly values: Map<MetricName, number[]>
}

/**
 * Measurements as EMF documents. Values of one metric and the same dimensions share an array; metrics share a line unless
 * a dimension would have two values in it.
 */
export const emfLines = (taken: readonly Measurement[], namespace: string, at: number): object[] => {
  const lines: Line[] = []
  for (const { name, value, dimensions } of taken) {
    const fits = lines.find((line) => takes(line, name, dimensions))
    if (!fits) {
      lines.push({ dimensions: { ...dimensions }, values: new Map([[name, [value]]]) })
      continue
    }
    Object.assign(fits.dimensions, dimensions)
    const values = fits.values.get(name)
    if (values) values.push(value)
    else fits.values.set(name, [value])
  }
  return lines.map(({ dimensions, values }) => ({
    _aws: { Timestamp: at, CloudWatchMetrics: directives([...values.keys()], namespace) },
    ...dimensions,
    ...Object.fromEntries([...values].map(([name, all]) => [name, all.length === 1 ? all[0] : all])),
  }))
}

const takes = (line: Line, name: MetricName, dimensions: Readonly<Record<string, string>>): boolean => {
  if ((line.values.get(name)?.length ?? 0) >= valuesPerLine) return false
  for (const key in dimensions) if ((line.dimensions[key] ?? dimensions[key]) !== dimensions[key]) return false
  return true
}

/** Metrics with the same sets of dimensions share a directive. */
const directives = (names: readonly MetricName[], namespace: string): object[] =>
  [...Map.groupBy(names, (name) => JSON.stringify(termsOfMetric(name).by))].map(([by, sharing]) => ({
    Namespace: namespace,
    Dimensions: JSON.parse(by) as string[][],
    Metrics: sharing.map((name) => ({ Name: name, Unit: termsOfMetric(name).unit })),
  }))
