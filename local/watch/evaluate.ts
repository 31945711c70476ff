import { NotEvaluated } from './statistic.ts'

/** The three states of an alarm. */
export const alarmStates = ['OK', 'ALARM', 'INSUFFICIENT_DATA'] as const
export type AlarmState = (typeof alarmStates)[number]

/** One period of a metric: its value, or undefined where nothing came. */
export type Datapoint = number | undefined

/** How an alarm reads a period in which nothing came. */
export const treatments = ['missing', 'ignore', 'breaching', 'notBreaching'] as const
export type Treatment = (typeof treatments)[number]

/** When an alarm fires, as in its template. */
export type Thresholds = {
  readonly comparison: string
  readonly threshold: number
  /** N: how many of the latest data points are looked at. */
  readonly evaluationPeriods: number
  /** M: how many of them must breach. */
  readonly datapointsToAlarm: number
  readonly missing: Treatment
}

/** What an evaluation says, and why. */
export type Verdict = { readonly state: AlarmState; readonly reason: string }

const operators: Record<string, { breaches: (value: number, threshold: number) => boolean; words: string }> = {
  GreaterThanThreshold: { breaches: (value, threshold) => value > threshold, words: 'greater than' },
  GreaterThanOrEqualToThreshold: {
    breaches: (value, threshold) => value >= threshold,
    words: 'greater than or equal to',
  },
  LessThanThreshold: { breaches: (value, threshold) => value < threshold, words: 'less than' },
  LessThanOrEqualToThreshold: { breaches: (value, threshold) => value <= threshold, words: 'less than or equal to' },
}

/**
 * How many data points an evaluation asks for. CloudWatch asks for more than N, so that a few that are late or missing
 * do not matter; how many more, it says only for N = 3: five.
 */
export const evaluationRange = ({ evaluationPeriods }: Pick<Thresholds, 'evaluationPeriods'>): number =>
  evaluationPeriods + Math.max(2, Math.floor(evaluationPeriods / 3))

/**
 * The state of a metric alarm, as CloudWatch documents it:
 *
 * 1. N real data points or more in the evaluation range: the latest N of them decide, whatever is missing between.
 * 2. Fewer: all real ones count, and the rest of the N is filled by the alarm's treatment of missing data.
 * 3. None at all: the treatment alone decides.
 * 4. With `missing`, an alarm whose real data points all breach, the oldest of them at least M periods old, fires
 *    although fewer than M came. One that is younger waits, since the next point may be fine ("premature transition").
 *
 * Where the documentation leaves the state open (case 4, waiting) the alarm stays what it was.
 *
 * @param datapoints one a period, oldest first, the latest last; {@link evaluationRange} of them, missing ones undefined.
 * @throws NotEvaluated for a comparison with a band, which anomaly detection uses.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
 *
 * @example
 * const queueAge = { comparison: 'GreaterThanThreshold', threshold: 150, evaluationPeriods: 3, datapointsToAlarm: 3, missing: 'notBreaching' } as const
 * evaluate(queueAge, [20, 30, 160, 170, 180], 'OK').state // 'ALARM'
 */
export const evaluate = (alarm: Thresholds, datapoints: readonly Datapoint[], current: AlarmState): Verdict => {
  const operator = operators[alarm.comparison]
  if (!operator)
    throw new NotEvaluated(
      `The comparison '${alarm.comparison}' is not evaluated here: use ${Object.keys(operators).join(', ')}`,
    )
  const { evaluationPeriods, datapointsToAlarm, missing, threshold } = alarm
  const range = datapoints.slice(-evaluationRange(alarm))
  const real = range.filter((point) => point !== undefined)
  const breaches = (point: number) => operator.breaches(point, threshold)
  const latest = real.slice(-evaluationPeriods)
  const breaching = latest.filter(breaches)
  const absent = evaluationPeriods - latest.length

  const says = (state: AlarmState): Verdict => {
    const word = (counted: number) => (counted === 1 ? 'datapoint' : 'datapoints')
    const shown = (points: readonly number[]) => `[${points.map((point) => format(point)).join(', ')}]`
    const filled =
      absent > 0 ? `; ${absent} of ${evaluationPeriods} ${word(evaluationPeriods)} missing, treated as ${missing}` : ''
    if (state === 'INSUFFICIENT_DATA')
      return { state, reason: `Insufficient Data: ${absent} ${word(absent)} were unknown` }
    if (real.length === 0)
      return {
        state,
        reason: `Threshold Crossed: no datapoints were received for ${evaluationPeriods} ${evaluationPeriods === 1 ? 'period' : 'periods'}, and missing ones were treated as ${missing}`,
      }
    const points = state === 'ALARM' && breaching.length > 0 ? breaching : latest
    const not = state === 'ALARM' ? (breaching.length > 0 ? 'were' : 'would be') : 'were not all'
    return {
      state,
      reason: `Threshold Crossed: ${points.length} out of the last ${evaluationPeriods} ${word(evaluationPeriods)} ${shown(points)} ${not} ${operator.words} the threshold (${format(threshold)}), ${datapointsToAlarm} needed for ALARM${filled}`,
    }
  }
  const stays = (why: string): Verdict => ({ state: current, reason: `${why}: the state stays ${current}` })

  if (absent === 0) return says(breaching.length >= datapointsToAlarm ? 'ALARM' : 'OK')
  if (missing === 'breaching') return says(breaching.length + absent >= datapointsToAlarm ? 'ALARM' : 'OK')
  if (missing === 'notBreaching') return says(breaching.length >= datapointsToAlarm ? 'ALARM' : 'OK')
  if (real.length === 0) return missing === 'missing' ? says('INSUFFICIENT_DATA') : stays('No data')
  if (breaching.length >= datapointsToAlarm) return says('ALARM')
  if (breaching.length < real.length) return says('OK')
  if (missing === 'ignore') return stays(`${absent} datapoints are missing`)
  const oldest = range.length - range.findIndex((point) => point !== undefined)
  return oldest >= datapointsToAlarm ? says('ALARM') : stays('Breaching, but the next datapoint may be fine')
}

const format = (value: number): string => String(Number(value.toPrecision(12)))
