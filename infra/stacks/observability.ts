import { Duration } from 'aws-cdk-lib'
import { AlarmRule, CompositeAlarm, type IAlarmRule } from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import type { Construct, IConstruct } from 'constructs'
import { businessAlarms } from '../constructs/business-alarms.ts'
import { Objective } from '../constructs/objective.ts'
import { type AlarmKind, description, flow, pages, ServiceAlarm, topicOf } from '../constructs/service-alarm.ts'
import { ServiceStack, type Site } from '../constructs/service-stack.ts'
import type { Severity } from '../constructs/severity.ts'
import { allOf } from '../constructs/tree.ts'
import { dashboards } from './dashboards.ts'

type Composite = {
  readonly id: string
  readonly rule: IAlarmRule
  readonly alarmDescription: string
  readonly unless?: Unless
}

/** While this alarm is on, and so many minutes after it, another keeps silent; it waits so many minutes for it. */
type Unless = { readonly alarm: CompositeAlarm; readonly wait: number; readonly after: number }

/**
 * What has waited while a service was away takes a while to be done, and a promise looks broken for as long as the outage is
 * in the shorter window of its slower burn rate. Minutes.
 */
const catchingUp = 40

/**
 * The whole at a glance, and the alarms that page. Every alarm that is serious enough is a child of its owner's composite
 * and never pages by itself; when several owners are in trouble at once, that is one page for the platform and none for
 * each of them.
 */
export class Observability extends ServiceStack {
  constructor(scope: Construct, site: Site) {
    super(scope, 'observability', site, 'Dashboards, business alarms and the composite alarms that page')
    businessAlarms(this)
    const serious = seriousAlarms(this.node.root)
    const owners = [...new Set(serious.map(({ pagesWith }) => pagesWith))].sort()
    const causes = owners.filter((owner) => owner !== flow)

    // States only: no action, so that looking at them wakes nobody.
    const states = owners.map((owner) =>
      this.composite({
        id: `${owner}-state`,
        rule: AlarmRule.anyOf(
          ...serious.filter(({ pagesWith }) => pagesWith === owner).map(({ alarmName }) => on(alarmName)),
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
      rule: AlarmRule.anyOf(...pairs(causes).map(([one, other]) => AlarmRule.allOf(stateOf(one), stateOf(other)))),
    })
    // What customers see when a service fails, and what waits for it, is no second cause.
    const explained = this.composite({
      id: 'cause-known',
      rule: AlarmRule.anyOf(...causes.map(stateOf)),
      alarmDescription: 'A service pages; what waits for it, and what that does to orders, pages nobody besides.',
    })
    explained.node.addDependency(...states)

    for (const owner of owners) {
      const severity = serious.some((alarm) => alarm.pagesWith === owner && alarm.severity === 'critical')
        ? 'critical'
        : 'major'
      this.paging({
        of: owner,
        kind: 'service-unhealthy',
        severity,
        owner,
        meaning:
          owner === flow
            ? `work waits or orders do not flow as they should, and no service says why; ${owner}-state shows which alarms are on`
            : `${owner} does not do its work; ${owner}-state shows which of its alarms are on`,
        after: states,
        rule: stateOf(owner),
        unless:
          owner === flow ? { alarm: explained, wait: 5, after: catchingUp } : { alarm: platform, wait: 2, after: 2 },
      })
    }

    dashboards(this)
  }

  private composite({ id, rule, alarmDescription, unless }: Composite) {
    return new CompositeAlarm(this, id, {
      compositeAlarmName: this.site.names.alarm(id),
      alarmDescription,
      alarmRule: rule,
      ...(unless
        ? {
            actionsSuppressor: unless.alarm,
            // How long it waits for the other alarm, and how long that one's end holds it back.
            actionsSuppressorWaitPeriod: Duration.minutes(unless.wait),
            actionsSuppressorExtensionPeriod: Duration.minutes(unless.after),
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
    unless?: Unless
  }) {
    const { of, kind, severity, owner, meaning, rule, after, unless } = terms
    const alarm = this.composite({
      id: of === 'platform' ? kind : `${of}-${kind}`,
      rule,
      alarmDescription: description({ kind, meaning, stage: this.site.stage.name, severity, owner }),
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

/** Every alarm that is grave enough to page, if only through its owner's composite. */
const seriousAlarms = (root: IConstruct) => [
  ...allOf(root, ServiceAlarm).filter(({ severity, partOf }) => pages(severity) && partOf === undefined),
  ...allOf(root, Objective).flatMap(({ owner, burning }) =>
    burning
      .filter(({ severity }) => pages(severity))
      .map(({ alarmName, severity }) => ({ alarmName, severity, pagesWith: owner })),
  ),
]

const on = (alarmName: string) => AlarmRule.fromString(`ALARM("${alarmName}")`)

const pairs = <T>(items: readonly T[]): (readonly [T, T])[] =>
  items.flatMap((one, index) => items.slice(index + 1).map((other) => [one, other] as const))
