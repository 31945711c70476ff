import { addressBy, changeEach, leaveOut, type Rule } from '../transform.ts'
import { withBatchRights, withoutEventSource, withoutTls } from './policies.ts'

/** Put before an alarm's namespace: no metric is ever published there. */
export const shadow = 'Watch/'

/**
 * How templates are adapted to ministack 1.5.33. Everything here was seen to be refused or to be wrong; what works is
 * left alone.
 */
export const embeddedRules = ({ port }: { port: number }): Rule[] => [
  leaveOut({
    name: 'composite alarms are left out',
    because: "the backend refuses a stack with an AWS::CloudWatch::CompositeAlarm ('Unrecognized resource types')",
    matches: ({ Type }) => Type === 'AWS::CloudWatch::CompositeAlarm',
  }),
  leaveOut({
    name: 'metric-math alarms are left out',
    because: 'the backend refuses an alarm that computes over several metrics',
    matches: ({ Type, Properties }) => Type === 'AWS::CloudWatch::Alarm' && Properties?.Metrics !== undefined,
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
