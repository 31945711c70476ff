/**
 * The kinds of cloud that are told apart. A backend may meet several: LocalStack in host mode carries our own plugin,
 * one that somebody else started does not.
 */
export const cloudKinds = ['ministack', 'localstack-host', 'localstack-open', 'localstack-licensed', 'unknown'] as const

export type CloudKind = (typeof cloudKinds)[number]

/**
 * `seenBy` names the checks of parity/ that show it: a kind has the capability exactly when all of them hold there, which
 * a test compares for every kind whose results are committed. What no check shows is taken on trust, and `onTrust` tells
 * from where. Of kinds without results (`localstack-open`, `localstack-licensed`, `unknown`) everything is on trust.
 */
type Row = { what: string; kinds: readonly CloudKind[] } & ({ seenBy: readonly string[] } | { onTrust: string })

const localstack = ['localstack-host', 'localstack-open', 'localstack-licensed'] as const
const licensed = ['localstack-licensed', 'unknown'] as const

const itsSource = "the emulator's source"
const itsWork = 'the stage at work, whose calls were denied'
const itsDeployment = 'deployments of the stage, which are refused with it, or are not'

/**
 * What a cloud does as an account would, and which kinds do. This table is the only place that knows: rules, repairs,
 * the watch and the tests ask for a capability, never for a backend. A cloud of unknown kind is taken for faithful,
 * since nothing is known against it; the parity ledger tells where that is wrong.
 */
export const capabilityTable = {
  'composite-alarms': {
    what: 'CloudFormation takes a composite alarm',
    kinds: [...localstack, 'unknown'],
    onTrust: itsSource,
  },
  'metric-math-alarms': {
    what: 'CloudFormation takes an alarm that computes over several metrics',
    kinds: [...localstack, 'unknown'],
    seenBy: ['alarm.metric-math'],
  },
  archives: { what: 'CloudFormation takes an archive of events', kinds: licensed, seenBy: ['bus.archive'] },
  dashboards: {
    what: 'CloudFormation takes a dashboard',
    kinds: ['ministack', ...licensed],
    onTrust: itsDeployment,
  },
  'alarm-evaluation': {
    what: 'alarms on one metric are evaluated with their dimensions and missing data, and recover',
    kinds: [...localstack, 'unknown'],
    seenBy: ['alarm.fires', 'alarm.recovers'],
  },
  // Of LocalStack: M of N is counted among more than N, and looked at once in N periods.
  'alarms-over-periods': {
    what: 'alarms over several periods look at M of the last N, each period',
    kinds: ['unknown'],
    onTrust: itsSource,
  },
  'percentile-evaluation': { what: 'alarms on percentiles are evaluated', kinds: ['unknown'], onTrust: itsSource },
  'metric-math-evaluation': {
    what: 'alarms that compute over several metrics are evaluated',
    kinds: ['unknown'],
    onTrust: itsSource,
  },
  'alarm-events': {
    what: 'a change of an alarm is an event on the default bus',
    kinds: ['unknown'],
    seenBy: ['alarm.event'],
  },
  // The check alarm.composite puts one by the API: ministack follows that, and its CloudFormation makes none.
  'composite-evaluation': {
    what: 'composite alarms that CloudFormation made follow their children',
    kinds: ['unknown'],
    onTrust: itsSource,
  },
  watched: {
    what: 'the watch evaluates every alarm, with minutes of any length',
    kinds: ['ministack'],
    onTrust: 'our own watch',
  },
  'queues-shown': {
    what: 'the watch sees what waits in a queue without receiving it',
    kinds: ['ministack', ...localstack],
    onTrust: 'our own watch',
  },
  'embedded-metrics': {
    what: 'metrics in embedded metric format become metrics',
    kinds: ['unknown'],
    seenBy: ['metric.embedded-format'],
  },
  'queue-metrics': {
    what: 'how many messages wait in a queue shows in AWS/SQS',
    kinds: [...localstack, 'unknown'],
    seenBy: ['metric.queue-depth'],
  },
  'function-metrics': {
    what: 'invocations and errors of every function show in AWS/Lambda',
    kinds: [...localstack, 'unknown'],
    seenBy: ['metric.function-errors', 'metric.consumer-errors'],
  },
  // The check sees the ages; throttles, durations and requests are on trust.
  'service-metrics': {
    what: 'ages of messages, throttles, durations and requests show in the metrics of their services',
    kinds: ['unknown'],
    seenBy: ['metric.queue-age'],
  },
  iam: {
    what: 'roles and policies are enforced',
    kinds: ['ministack', 'unknown'],
    seenBy: ['iam.grants', 'iam.denies'],
  },
  'event-source-condition': {
    what: 'the condition key events:source is filled in, or no policy is asked',
    kinds: [...localstack, 'unknown'],
    onTrust: itsWork,
  },
  'batch-rights': {
    what: 'sqs:SendMessage and its like cover their batch forms, or no policy is asked',
    kinds: [...localstack, 'unknown'],
    onTrust: itsWork,
  },
  authorizers: {
    what: 'REST APIs ask their Lambda authorizer',
    kinds: ['ministack', 'localstack-host', ...licensed],
    seenBy: ['api.admits', 'api.refuses'],
  },
  throttling: {
    what: 'REST APIs refuse what exceeds their rate',
    kinds: ['ministack', ...licensed],
    seenBy: ['api.throttles'],
  },
  // A licensed LocalStack can, when it is told to; the container that is started here is not.
  persistence: {
    what: 'state outlives a stop and a start',
    kinds: ['ministack', 'unknown'],
    seenBy: ['endures.restart'],
  },
  'crash-recovery': {
    what: 'a crash is mended from what was saved last',
    kinds: ['ministack'],
    onTrust: 'the integration tests of the local cloud',
  },
  load: {
    what: 'a hundred orders at once end within a test',
    kinds: ['ministack', 'unknown'],
    onTrust: 'the integration tests of races',
  },
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
