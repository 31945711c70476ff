/**
 * The kinds of cloud that are told apart. A backend may meet several: LocalStack in host mode carries our own plugin,
 * one that somebody else started does not.
 */
export const cloudKinds = ['ministack', 'localstack-host', 'localstack-open', 'localstack-licensed', 'unknown'] as const

export type CloudKind = (typeof cloudKinds)[number]

type Row = { what: string; kinds: readonly CloudKind[] }

const localstack = ['localstack-host', 'localstack-open', 'localstack-licensed'] as const
const licensed = ['localstack-licensed', 'unknown'] as const

/**
 * What a cloud does as an account would, and which kinds do. This table is the only place that knows: rules, repairs,
 * the watch and the tests ask for a capability, never for a backend. A cloud of unknown kind is taken for faithful,
 * since nothing is known against it; the parity ledger tells where that is wrong.
 */
export const capabilityTable = {
  'composite-alarms': {
    what: 'CloudFormation takes a composite alarm',
    kinds: [...localstack, 'unknown'],
  },
  'metric-math-alarms': {
    what: 'CloudFormation takes an alarm that computes over several metrics',
    kinds: [...localstack, 'unknown'],
  },
  archives: { what: 'CloudFormation takes an archive of events', kinds: licensed },
  dashboards: { what: 'CloudFormation takes a dashboard', kinds: ['ministack', ...licensed] },
  'alarm-evaluation': {
    what: 'alarms on one metric are evaluated with their dimensions and missing data, and recover',
    kinds: [...localstack, 'unknown'],
  },
  // Of what follows LocalStack's source says: M of N is counted among more than N, and looked at once in N periods.
  'alarms-over-periods': {
    what: 'alarms over several periods look at M of the last N, each period',
    kinds: ['unknown'],
  },
  'percentile-evaluation': { what: 'alarms on percentiles are evaluated', kinds: ['unknown'] },
  'metric-math-evaluation': { what: 'alarms that compute over several metrics are evaluated', kinds: ['unknown'] },
  'alarm-events': { what: 'a change of an alarm is an event on the default bus', kinds: ['unknown'] },
  'composite-evaluation': { what: 'composite alarms follow their children', kinds: ['unknown'] },
  watched: { what: 'the watch evaluates every alarm, with minutes of any length', kinds: ['ministack'] },
  'queues-shown': {
    what: 'the watch sees what waits in a queue without receiving it',
    kinds: ['ministack', ...localstack],
  },
  'embedded-metrics': { what: 'metrics in embedded metric format become metrics', kinds: ['unknown'] },
  'queue-metrics': { what: 'how many messages wait in a queue shows in AWS/SQS', kinds: [...localstack, 'unknown'] },
  'function-metrics': {
    what: 'invocations and errors of every function show in AWS/Lambda',
    kinds: [...localstack, 'unknown'],
  },
  'service-metrics': {
    what: 'ages of messages, throttles, durations and requests show in the metrics of their services',
    kinds: ['unknown'],
  },
  iam: { what: 'roles and policies are enforced', kinds: ['ministack', 'unknown'] },
  'event-source-condition': {
    what: 'the condition key events:source is filled in, or no policy is asked',
    kinds: [...localstack, 'unknown'],
  },
  'batch-rights': {
    what: 'sqs:SendMessage and its like cover their batch forms, or no policy is asked',
    kinds: [...localstack, 'unknown'],
  },
  authorizers: {
    what: 'REST APIs ask their Lambda authorizer',
    kinds: ['ministack', 'localstack-host', ...licensed],
  },
  throttling: { what: 'REST APIs refuse what exceeds their rate', kinds: ['ministack', ...licensed] },
  persistence: { what: 'state outlives a stop and a start', kinds: ['ministack', ...licensed] },
  'crash-recovery': { what: 'a crash is mended from what was saved last', kinds: ['ministack'] },
  load: { what: 'a hundred orders at once end within a test', kinds: ['ministack', 'unknown'] },
} as const satisfies Record<string, Row>

export type Capability = keyof typeof capabilityTable

export type Capabilities = ReadonlySet<Capability>

/** What only our own watch does, which is nothing that a cloud lacks. */
const ofOurs: readonly Capability[] = ['watched', 'queues-shown']

const capabilityNames = Object.keys(capabilityTable) as Capability[]

/**
 * What a kind of cloud does.
 *
 * @example
 * capabilitiesOf('ministack').has('iam') // true
 */
export const capabilitiesOf = (kind: CloudKind): Capabilities =>
  new Set(capabilityNames.filter((name) => (capabilityTable[name].kinds as readonly CloudKind[]).includes(kind)))

/**
 * What a cloud does not do as an account would, in words for a person.
 *
 * @example
 * lackedBy(capabilitiesOf('localstack-host'))[0] // 'CloudFormation takes an archive of events'
 */
export const lackedBy = (capabilities: Capabilities): string[] =>
  capabilityNames
    .filter((name) => !ofOurs.includes(name) && !capabilities.has(name))
    .map((name) => capabilityTable[name].what)
