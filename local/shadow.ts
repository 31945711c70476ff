import type { Capabilities } from './capabilities.ts'
import type { Rule } from './transform.ts'
import { alarmOf } from './watch/alarms.ts'
import { cloudEvaluates } from './watch/share.ts'

/** Put before an alarm's namespace: no metric is ever published there. */
export const shadow = 'Watch/'

/**
 * A rule for a cloud that evaluates some alarms as an account would: the others are put so that it leaves their state
 * alone, and the watch sets it. Without numbers and told to ignore that, an alarm stays as it is; and one on a percentile
 * LocalStack does not even look at, which spares it several questions a minute for each.
 */
export const leftToTheWatch = (capabilities: Capabilities): Rule => ({
  name: 'alarms that the backend does not evaluate as AWS does are left to the watch',
  because:
    'it lacks their metrics, or gets several periods, percentiles or missing data wrong, and two must not set one state',
  apply: (template) => {
    const targets: string[] = []
    const resources = Object.entries(template.Resources).map(([id, resource]) => {
      const { Type, Properties = {} } = resource
      const { Namespace: namespace, Statistic: _, ...kept } = Properties
      if (Type !== 'AWS::CloudWatch::Alarm' || typeof namespace !== 'string') return [id, resource] as const
      const alarm = alarmOf({ stackName: '', template }, resource)
      const isShadow = namespace.startsWith(shadow)
      if (!alarm || (!isShadow && cloudEvaluates(alarm, capabilities))) return [id, resource] as const
      targets.push(id)
      const changed = {
        ExtendedStatistic: 'p100',
        ...kept,
        Namespace: isShadow ? namespace : `${shadow}${namespace}`,
        TreatMissingData: 'ignore',
      }
      return [id, { ...resource, Properties: changed }] as const
    })
    return targets.length === 0
      ? { template, targets }
      : { template: { ...template, Resources: Object.fromEntries(resources) }, targets }
  },
})
