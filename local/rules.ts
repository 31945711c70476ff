import type { Cloud } from './adapter.ts'
import type { Capabilities, Capability } from './capabilities.ts'
import { withBatchRights, withoutEventSource, withoutTls } from './policies.ts'
import { leftToTheWatch, shadow } from './shadow.ts'
import { isObject } from './template.ts'
import { addressBy, changeEach, leaveOut, type Rule } from './transform.ts'
import { watchSource } from './watch/announce.ts'

const ofComposites = [
  'AlarmRule',
  'ActionsSuppressor',
  'ActionsSuppressorWaitPeriod',
  'ActionsSuppressorExtensionPeriod',
]

/** What a plain alarm must say and nobody looks at: its state is set from outside. */
const nothingWatched = (MetricName: string) => ({
  Namespace: `${shadow}Neverstop`,
  MetricName,
  Statistic: 'Maximum',
  Period: 60,
  EvaluationPeriods: 1,
  Threshold: 0,
  ComparisonOperator: 'GreaterThanThreshold',
})

/** Rules for a cloud that lacks a capability, or one of several; those without one are for every cloud on this machine. */
type Adaptation = { without?: Capability | readonly Capability[]; rules: readonly Rule[] }

const adaptations = (endpoint: string, capabilities: Capabilities): readonly Adaptation[] => [
  {
    without: ['composite-alarms', 'composite-evaluation'],
    rules: [
      changeEach({
        name: 'composite alarms are deployed as plain ones',
        because:
          'the backend refuses AWS::CloudWatch::CompositeAlarm, or follows the children by rules of its own; the watch evaluates the rule and sets the state',
        type: 'AWS::CloudWatch::CompositeAlarm',
        becomes: 'AWS::CloudWatch::Alarm',
        change: (properties) => ({
          ...nothingWatched('rule'),
          ...Object.fromEntries(Object.entries(properties).filter(([name]) => !ofComposites.includes(name))),
        }),
      }),
    ],
  },
  {
    without: 'metric-math-alarms',
    rules: [
      changeEach({
        name: 'metric-math alarms are deployed as plain ones',
        because: 'the backend refuses an alarm that computes over several metrics; the watch evaluates the expression',
        type: 'AWS::CloudWatch::Alarm',
        change: ({ Metrics, ...kept }) =>
          Metrics === undefined ? undefined : { ...nothingWatched('expression'), ...kept },
      }),
    ],
  },
  {
    without: 'archives',
    rules: [
      leaveOut({
        name: 'event archives are left out',
        because: "the backend refuses a stack with an AWS::Events::Archive ('Unrecognized resource types')",
        matches: ({ Type }) => Type === 'AWS::Events::Archive',
      }),
    ],
  },
  {
    without: 'dashboards',
    rules: [
      leaveOut({
        name: 'dashboards are left out',
        because: 'the backend refuses a stack with an AWS::CloudWatch::Dashboard',
        matches: ({ Type }) => Type === 'AWS::CloudWatch::Dashboard',
      }),
    ],
  },
  { rules: withoutTls },
  { without: 'event-source-condition', rules: withoutEventSource },
  { without: 'batch-rights', rules: withBatchRights },
  {
    without: 'alarm-evaluation',
    rules: [
      changeEach({
        name: 'alarms watch a shadow namespace',
        because:
          'the backend evaluates without regard to dimensions and missing data: on real metrics it fires siblings',
        type: 'AWS::CloudWatch::Alarm',
        change: (properties) =>
          typeof properties.Namespace === 'string' && !properties.Namespace.startsWith(shadow)
            ? { ...properties, Namespace: `${shadow}${properties.Namespace}` }
            : undefined,
      }),
    ],
  },
  { rules: capabilities.has('alarm-evaluation') ? [leftToTheWatch(capabilities)] : [] },
  {
    without: 'alarm-events',
    rules: [
      changeEach({
        name: 'rules on CloudWatch hear the watch as well',
        because:
          'the backend puts no change of an alarm on the bus, and like AWS it lets nobody else speak as aws.cloudwatch',
        type: 'AWS::Events::Rule',
        change: (properties) => {
          const pattern = properties.EventPattern
          if (!isObject(pattern) || !Array.isArray(pattern.source) || !pattern.source.includes('aws.cloudwatch'))
            return undefined
          return pattern.source.includes(watchSource)
            ? undefined
            : { ...properties, EventPattern: { ...pattern, source: [...pattern.source, watchSource] } }
        },
      }),
    ],
  },
  {
    rules: [
      addressBy({
        name: 'REST APIs and queues are addressed on this machine',
        because:
          'names under amazonaws.com lead to the real service; the emulator catches them in functions, each on a new connection',
        apis: `${endpoint}/_aws/execute-api`,
        queues: endpoint,
      }),
    ],
  },
]

/**
 * How templates are adapted to a cloud: what it refuses is left out, what it gets wrong is put so that it is right. What
 * it can do is left alone.
 *
 * @example
 * rulesFor({ capabilities: capabilitiesOf('ministack'), clientConfig: localClientConfig({ port: 4566, region }) })
 */
export const rulesFor = ({
  capabilities,
  clientConfig,
  functionEndpoint = clientConfig.endpoint,
}: Pick<Cloud, 'capabilities' | 'clientConfig' | 'functionEndpoint'>): Rule[] =>
  adaptations(functionEndpoint, capabilities)
    .filter(({ without = [], rules }) => {
      const lacking = [without].flat()
      return rules.length > 0 && (lacking.length === 0 || lacking.some((name) => !capabilities.has(name)))
    })
    .flatMap(({ rules }) => rules)
