import { AlarmRule, CompositeAlarm, type IMetric } from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import { Construct } from 'constructs'
import { hours, type Millis, minutes } from '../../reactive/time.ts'
import { description, pages, ServiceAlarm, topicOf } from './service-alarm.ts'
import { stackOf } from './service-stack.ts'
import type { Severity } from './severity.ts'

/**
 * How fast an error budget of thirty days may burn, and who is told. A long window says that it matters, a short one
 * that it still goes on, so that the alarm ends soon after the trouble does.
 *
 * @see https://sre.google/workbook/alerting-on-slos/ (multiwindow, multi-burn-rate; 24 h instead of three days, since an
 * alarm's period may be a day at most)
 */
export const burnRates = [
  { name: 'fast', long: hours(1), short: minutes(5), rate: 14.4, severity: 'critical' },
  { name: 'steady', long: hours(6), short: minutes(30), rate: 6, severity: 'major' },
  { name: 'slow', long: hours(24), short: hours(2), rate: 3, severity: 'minor' },
] as const satisfies readonly { name: string; long: Millis; short: Millis; rate: number; severity: Severity }[]

type Terms = {
  /** What is promised: `api-availability`. */
  readonly of: string
  readonly owner: string
  /** The share that is promised to be good: 0.999. */
  readonly promised: number
  /** What is promised, in words: `requests are answered without a 5xx`. */
  readonly promise: string
  /** The share of the bad, from 0 to 1, over a period in milliseconds; no value when nothing came. */
  readonly bad: (period: Millis) => IMetric
}

/** A service-level objective, with an alarm for each speed at which its budget burns. */
export class Objective extends Construct {
  readonly owner: string
  /** The composites, one a burn rate; those of a paging severity page through their owner. */
  readonly burning: { readonly alarm: CompositeAlarm; readonly alarmName: string; readonly severity: Severity }[]

  constructor(scope: Construct, { of, owner, promised, promise, bad }: Terms) {
    super(scope, of)
    const stack = stackOf(this)
    this.owner = owner
    const percent = `${Number((promised * 100).toFixed(3))} %`
    this.burning = burnRates.map(({ name, long, short, rate, severity }) => {
      const half = (window: Millis, word: string) =>
        new ServiceAlarm(
          this,
          {
            kind: 'objective-burn',
            of: `${of}-${name}-${word}`,
            severity,
            owner,
            meaning: '',
            partOf: `One half of ${of}-${name}: over ${window / minutes(1)} min the budget burns ${rate} times too fast`,
          },
          { metric: bad(window), threshold: rate * (1 - promised), datapoints: [1, 1] },
        )
      const halves = [half(long, 'long'), half(short, 'short')]
      const alarmName = stack.site.names.alarm(`${of}-${name}-objective-burn`)
      const alarm = new CompositeAlarm(this, `${name}-burn`, {
        compositeAlarmName: alarmName,
        alarmDescription: description({
          kind: 'objective-burn',
          meaning: `of all, ${percent} shall be good (${promise}); the budget of thirty days burns ${rate} times too fast`,
          stage: stack.site.stage.name,
          severity,
          owner,
        }),
        alarmRule: AlarmRule.allOf(...halves.map((half) => AlarmRule.fromString(`ALARM("${half.alarmName}")`))),
      })
      // Rules name alarms by text, which orders nothing.
      alarm.node.addDependency(...halves)
      if (!pages(severity)) {
        const action = new SnsAction(topicOf(alarm, stack, severity))
        alarm.addAlarmAction(action)
        alarm.addOkAction(action)
      }
      return { alarm, alarmName, severity }
    })
  }
}
