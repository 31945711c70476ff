import { addressBy, changeEach, leaveOut, type Rule } from '../transform.ts'
import { withBatchRights, withoutEventSource, withoutTls } from './policies.ts'

/** Put before an alarm's namespace: no metric is ever published there. */
export const shadow = 'Watch/'

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

/**
 * How templates are adapted to ministack 1.5.33. Everything here was seen to be refused or to be wrong; what works is
 * left alone.
 */
export const embeddedRules = ({ port }: { port: number }): Rule[] => [
  changeEach({
    name: 'composite alarms are deployed as plain ones',
    because:
      "the backend refuses AWS::CloudWatch::CompositeAlarm ('Unrecognized resource types'); the watch evaluates the rule and sets the state",
    type: 'AWS::CloudWatch::CompositeAlarm',
    becomes: 'AWS::CloudWatch::Alarm',
    change: (properties) => ({
      ...nothingWatched('rule'),
      ...Object.fromEntries(Object.entries(properties).filter(([name]) => !ofComposites.includes(name))),
    }),
  }),
  changeEach({
    name: 'metric-math alarms are deployed as plain ones',
    because: 'the backend refuses an alarm that computes over several metrics; the watch evaluates the expression',
    type: 'AWS::CloudWatch::Alarm',
    change: ({ Metrics, ...kept }) =>
      Metrics === undefined ? undefined : { ...nothingWatched('expression'), ...kept },
  }),
  leaveOut({
    name: 'event archives are left out',
    because: "the backend refuses a stack with an AWS::Events::Archive ('Unrecognized resource types')",
    matches: ({ Type }) => Type === 'AWS::Events::Archive',
  }),
  ...withoutTls,
  ...withoutEventSource,
  ...withBatchRights,
  changeEach({
    name: 'alarms watch a shadow namespace',
    because: 'the backend evaluates without regard to dimensions and missing data: on real metrics it fires siblings',
    type: 'AWS::CloudWatch::Alarm',
    change: (properties) =>
      typeof properties.Namespace === 'string' && !properties.Namespace.startsWith(shadow)
        ? { ...properties, Namespace: `${shadow}${properties.Namespace}` }
        : undefined,
  }),
  addressBy({
    name: 'REST APIs and queues are addressed on this machine',
    because:
      'names under amazonaws.com lead to the real service; the emulator catches them in functions, each on a new connection',
    apis: `http://localhost:${port}/_aws/execute-api`,
    queues: `http://localhost:${port}`,
  }),
]
