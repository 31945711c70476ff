import { Duration } from 'aws-cdk-lib'
import { AlarmRule, CompositeAlarm, type IAlarmRule } from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import type { Construct } from 'constructs'
import {
  type AlarmKind,
  description,
  pages,
  ServiceAlarm,
  type Severity,
  topicOf,
} from '../constructs/service-alarm.ts'
import { ServiceStack, type Site } from '../constructs/service-stack.ts'
import { allOf } from '../constructs/tree.ts'
import { dashboard } from './dashboard.ts'

type Composite = {
  readonly id: string
  readonly rule: IAlarmRule
  readonly alarmDescription: string
  /** While this one is on, it keeps silent. */
  readonly unless?: CompositeAlarm
}

/**
 * The whole at a glance, and the alarms that page. Every alarm that is serious enough is a child of its owner's composite
 * and never pages by itself; when several owners are in trouble at once, that is one page for the platform and none for
 * each of them.
 */
export class Observability extends ServiceStack {
  constructor(scope: Construct, site: Site) {
    super(scope, 'observability', site, 'Dashboard and the composite alarms that page')
    const serious = allOf(this.node.root, ServiceAlarm).filter(({ severity }) => pages(severity))
    const owners = [...new Set(serious.map(({ owner }) => owner))].sort()

    // States only: no action, so that looking at them wakes nobody.
    const states = owners.map((owner) =>
      this.composite({
        id: `${owner}-state`,
        rule: AlarmRule.anyOf(
          ...serious.filter((alarm) => alarm.owner === owner).map(({ alarmName }) => on(alarmName)),
        ),
        alarmDescription: `A serious alarm of ${owner} is on; ${owner}-service-unhealthy says whom it pages.`,
      }),
    )
    const stateOf = (owner: string) => on(site.names.alarm(`${owner}-state`))

    const platform = this.paging({
      of: 'platform',
      kind: 'platform-unhealthy',
      severity: 'critical',
      owner: 'platform',
      meaning: 'several parts of the platform are in trouble at once, which points at something that they share',
      after: states,
      rule: AlarmRule.anyOf(...pairs(owners).map(([one, other]) => AlarmRule.allOf(stateOf(one), stateOf(other)))),
    })

    for (const owner of owners) {
      const severity = serious.some((alarm) => alarm.owner === owner && alarm.severity === 'critical')
        ? 'critical'
        : 'major'
      this.paging({
        of: owner,
        kind: 'service-unhealthy',
        severity,
        owner,
        meaning: `${owner} does not do its work; ${owner}-state shows which of its alarms are on`,
        after: states,
        rule: stateOf(owner),
        unless: platform,
      })
    }

    dashboard(this)
  }

  private composite({ id, rule, alarmDescription, unless }: Composite) {
    return new CompositeAlarm(this, id, {
      compositeAlarmName: this.site.names.alarm(id),
      alarmDescription,
      alarmRule: rule,
      ...(unless
        ? {
            actionsSuppressor: unless,
            // How long it waits for the platform's alarm, and how long that one's end holds it back.
            actionsSuppressorWaitPeriod: Duration.minutes(2),
            actionsSuppressorExtensionPeriod: Duration.minutes(2),
          }
        : {}),
    })
  }

  private paging(terms: {
    of: string
    kind: AlarmKind
    severity: Severity
    owner: string
    meaning: string
    rule: IAlarmRule
    after: readonly CompositeAlarm[]
    unless?: CompositeAlarm
  }) {
    const { of, kind, severity, owner, meaning, rule, after, unless } = terms
    const alarm = this.composite({
      id: of === 'platform' ? kind : `${of}-${kind}`,
      rule,
      alarmDescription: description(kind, meaning, severity, owner),
      ...(unless ? { unless } : {}),
    })
    // Rules name alarms by text, which orders nothing.
    alarm.node.addDependency(...after)
    const action = new SnsAction(topicOf(alarm, this, severity))
    alarm.addAlarmAction(action)
    alarm.addOkAction(action)
    return alarm
  }
}

const on = (alarmName: string) => AlarmRule.fromString(`ALARM("${alarmName}")`)

const pairs = <T>(items: readonly T[]): (readonly [T, T])[] =>
  items.flatMap((one, index) => items.slice(index + 1).map((other) => [one, other] as const))
