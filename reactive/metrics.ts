import type { Dimension, MetricTerms } from '../events/metric.ts'
import { businessMetrics, countedCurrencies, rejectionReasons } from '../events/metrics.ts'
import { failureClasses } from './failure.ts'

/**
 * Every metric of the platform, as data: what code may measure, what alarms and dashboards may ask for, and what
 * `docs/metrics.md` says. CloudWatch keeps and bills one metric for each name and combination of dimension values.
 */

/** A stage's metrics have a namespace of their own, so that two stages in one account do not add up. */
export const namespaceOf = (stage: string): string => `Neverstop/${stage}`

/** What the shared frames measure: the golden signals of every edge, with the same names whoever owns it. */
const goldenMetrics = {
  MessagesHandled: {
    unit: 'Count',
    by: [['service', 'edge']],
    statistics: ['Sum'],
    meaning: 'Messages, or changes of a table, that were handled and acknowledged.',
    emittedBy: 'reactive/consumed.ts',
  },
  MessagesFailed: {
    unit: 'Count',
    by: [
      ['service', 'edge'],
      ['service', 'edge', 'class'],
    ],
    statistics: ['Sum'],
    meaning:
      'Attempts that failed, by class: transient and unknown ones come again while they may, the others are parked at once.',
    emittedBy: 'reactive/consumed.ts',
  },
  MessageTime: {
    unit: 'Milliseconds',
    by: [['service', 'edge']],
    statistics: ['p50', 'p99', 'Average'],
    meaning: 'How long one attempt took; in a consumer that folds its batch, the whole batch.',
    emittedBy: 'reactive/consumed.ts',
  },
  MessageAge: {
    unit: 'Milliseconds',
    by: [['service', 'edge']],
    statistics: ['p50', 'p99', 'Maximum'],
    meaning: 'From its arrival in the queue or stream to this attempt; a delay that was asked for is part of it.',
    emittedBy: 'reactive/consumed.ts',
  },
  BatchSize: {
    unit: 'Count',
    by: [['service', 'edge']],
    statistics: ['Average', 'Maximum', 'SampleCount'],
    meaning: 'Messages of one invocation; its sample count is the number of invocations.',
    emittedBy: 'reactive/consumed.ts',
  },
  MessagesPostponed: {
    unit: 'Count',
    by: [['service', 'edge']],
    statistics: ['Sum'],
    meaning: 'Messages that were put back at the end of their queue, because what they need is not there.',
    emittedBy: 'reactive/consumed.ts',
  },
  MessagesRepeated: {
    unit: 'Count',
    by: [['service', 'edge']],
    statistics: ['Sum'],
    meaning: 'Handled messages that were answered from a record: somebody had handled them before.',
    emittedBy: 'reactive/consumed.ts',
  },
  Requests: {
    unit: 'Count',
    by: [['service', 'api']],
    statistics: ['Sum'],
    meaning: 'HTTP requests that reached the function, whatever the answer.',
    emittedBy: 'reactive/http-endpoint.ts',
  },
  RequestsRefused: {
    unit: 'Count',
    by: [['service', 'api']],
    statistics: ['Sum', 'Average'],
    meaning: 'Whether a request was answered 4xx, 1 or 0 of each: the caller has to change something.',
    emittedBy: 'reactive/http-endpoint.ts',
  },
  RequestsFailed: {
    unit: 'Count',
    by: [['service', 'api']],
    statistics: ['Sum', 'Average'],
    meaning: 'Whether a request was answered 5xx, 1 or 0 of each: we have to change something.',
    emittedBy: 'reactive/http-endpoint.ts',
  },
  RequestTime: {
    unit: 'Milliseconds',
    by: [['service', 'api']],
    statistics: ['p50', 'p99', 'Average'],
    meaning: 'From the request to the answer, as the function sees it.',
    emittedBy: 'reactive/http-endpoint.ts',
  },
  PartnerCalls: {
    unit: 'Count',
    by: [['service', 'partner']],
    statistics: ['Sum'],
    meaning: 'Calls to a partner, whatever came of them.',
    emittedBy: 'reactive/partner-call.ts',
  },
  PartnerCallsUnanswered: {
    unit: 'Count',
    by: [['service', 'partner']],
    statistics: ['Sum'],
    meaning: 'Calls without a definite answer: too late, an error, or no room to make them.',
    emittedBy: 'reactive/partner-call.ts',
  },
  PartnerTime: {
    unit: 'Milliseconds',
    by: [['service', 'partner']],
    statistics: ['p50', 'p99'],
    meaning: 'How long a call to a partner took, answered or not.',
    emittedBy: 'reactive/partner-call.ts',
  },
  PartnerCallsPostponed: {
    unit: 'Count',
    by: [['service', 'partner']],
    statistics: ['Sum'],
    meaning: 'Calls that the guard of a partner did not let through; their commands are put back.',
    emittedBy: 'reactive/guard.ts',
  },
  PartnerRetriesWithheld: {
    unit: 'Count',
    by: [['service', 'partner']],
    statistics: ['Sum'],
    meaning: 'Repeated calls that were put off, because the budget for retries was used up.',
    emittedBy: 'reactive/guard.ts',
  },
  BreakerOpened: {
    unit: 'Count',
    by: [['service', 'partner']],
    statistics: ['Sum'],
    meaning: 'Times that the circuit breaker before a partner opened: no calls are made until a probe is answered.',
    emittedBy: 'reactive/guard.ts',
  },
  BreakerUnreachable: {
    unit: 'Count',
    by: [['service', 'partner']],
    statistics: ['Sum'],
    meaning: 'Times that the shared state of a breaker could not be read or written; calls are made then.',
    emittedBy: 'reactive/guard.ts',
  },
  IntentsResent: {
    unit: 'Count',
    by: [['service']],
    statistics: ['Sum'],
    meaning: 'Open partner calls whose message was lost and was put back on its queue.',
    emittedBy: 'reactive/intents-sweep.ts',
    everyRunOf: ['payments-intents', 'shipping-intents'],
    services: 2,
  },
} as const satisfies Record<string, MetricTerms>

const admissionMetrics = {
  WorkOutdated: {
    unit: 'Count',
    by: [['service']],
    statistics: ['Sum'],
    meaning: 'Messages that came too late to be worth anything, by their contract, and were set aside on record.',
    emittedBy: 'functions/notifications/service.ts',
  },
  WorkAdmitted: {
    unit: 'Count',
    by: [['service']],
    statistics: ['Sum'],
    meaning: 'New work that was let in.',
    emittedBy: 'reactive/gate.ts',
  },
  WorkShed: {
    unit: 'Count',
    by: [['service'], ['service', 'refusal']],
    statistics: ['Sum'],
    meaning:
      'New work that was refused because there is too much of it, by whether one tenant asks for too much or all do.',
    emittedBy: 'reactive/gate.ts',
  },
  AdmittedShare: {
    unit: 'None',
    by: [['service']],
    statistics: ['Average'],
    meaning: 'Of new work, how much the regulator lets in, in percent.',
    emittedBy: 'reactive/gate.ts',
  },
  ExpectedWait: {
    unit: 'Milliseconds',
    by: [['service']],
    statistics: ['Maximum', 'Average'],
    meaning: 'How long new work would wait in all queues on its way, were they to stay as they are.',
    emittedBy: 'reactive/gate.ts',
  },
  BrownOutLevel: {
    unit: 'None',
    by: [['service']],
    statistics: ['Maximum'],
    meaning: 'What is switched off: 0 nothing, 1 what nobody waits for, 2 also lists.',
    emittedBy: 'reactive/gate.ts',
  },
  AdmissionBlind: {
    unit: 'Count',
    by: [['service']],
    statistics: ['Maximum'],
    meaning:
      'Whether the regulator lets everything in because it knows nothing: no readings, or no table to read them from.',
    emittedBy: 'reactive/gate.ts',
  },
  AdmissionOff: {
    unit: 'Count',
    by: [['service']],
    statistics: ['Maximum'],
    meaning: 'Whether an operator has put the regulator out of force.',
    emittedBy: 'reactive/gate.ts',
  },
} as const satisfies Record<string, MetricTerms>

const sagaMetrics = {
  SagasStarted: {
    unit: 'Count',
    by: [['service', 'saga']],
    statistics: ['Sum'],
    meaning: 'Sagas whose first transition was committed.',
    emittedBy: 'sagas/engine/measured-store.ts',
  },
  SagasTurnedBack: {
    unit: 'Count',
    by: [['service', 'saga']],
    statistics: ['Sum'],
    meaning: 'Sagas that began to compensate.',
    emittedBy: 'sagas/engine/measured-store.ts',
  },
  SagasEnded: {
    unit: 'Count',
    by: [
      ['service', 'saga'],
      ['service', 'saga', 'outcome'],
    ],
    statistics: ['Sum'],
    meaning: 'Sagas that ended, by how: done, undone, or by an operator.',
    emittedBy: 'sagas/engine/measured-store.ts',
  },
  SagaTime: {
    unit: 'Milliseconds',
    by: [['service', 'saga', 'outcome']],
    statistics: ['p50', 'p99', 'Maximum'],
    meaning: 'From the start of a saga to its end.',
    emittedBy: 'sagas/engine/measured-store.ts',
  },
  UndosFailed: {
    unit: 'Count',
    by: [['service', 'saga']],
    statistics: ['Sum'],
    meaning: 'Compensations that failed for good; each is a case for an operator.',
    emittedBy: 'sagas/engine/measured-store.ts',
  },
  SagaConflicts: {
    unit: 'Count',
    by: [['service', 'saga']],
    statistics: ['Sum'],
    meaning: 'Transitions that somebody else had overtaken; their messages come again.',
    emittedBy: 'sagas/engine/measured-store.ts',
  },
  SagaMessages: {
    unit: 'Count',
    by: [['service', 'saga', 'verdict']],
    statistics: ['Sum'],
    meaning:
      'What came of a message to a saga: applied, known already, stale, too early, postponed, turned away, or parked.',
    emittedBy: 'sagas/engine/coordinator.handler.ts',
  },
  SagasUnfinished: {
    unit: 'Count',
    by: [['service', 'saga', 'mode']],
    statistics: ['Maximum'],
    meaning: 'Sagas that have not ended, by the way they go; counted by the sweeper.',
    emittedBy: 'sagas/engine/census.ts',
    everyRunOf: ['saga-sweeper'],
  },
  OldestSaga: {
    unit: 'Seconds',
    by: [['service']],
    statistics: ['Maximum'],
    meaning: 'Age of the oldest saga that has not ended; counted by the sweeper, 0 when there is none.',
    emittedBy: 'sagas/engine/census.ts',
    everyRunOf: ['saga-sweeper'],
  },
  SagasOverdue: {
    unit: 'Count',
    by: [['service']],
    statistics: ['Sum', 'Maximum'],
    meaning: 'Sagas that the sweeper found asleep after their time.',
    emittedBy: 'sagas/engine/sweeper.ts',
    everyRunOf: ['saga-sweeper'],
  },
} as const satisfies Record<string, MetricTerms>

const recoveryMetrics = {
  FailuresTaken: {
    unit: 'Count',
    by: [['service'], ['service', 'class']],
    statistics: ['Sum'],
    meaning: 'Failed messages that arrived at the recovery desk, by class.',
    emittedBy: 'functions/recovery/intake.ts',
  },
  FailuresOpen: {
    unit: 'Count',
    by: [['service'], ['service', 'class']],
    statistics: ['Maximum'],
    meaning: 'Failed messages on the desk that nobody has put back or discarded, by class.',
    emittedBy: 'functions/recovery/measured.ts',
    everyRunOf: ['recovery-sweeper'],
  },
  OldestFailure: {
    unit: 'Seconds',
    by: [['service']],
    statistics: ['Maximum'],
    meaning: 'For how long the oldest message that is open on the desk has been failing; 0 when none is.',
    emittedBy: 'functions/recovery/measured.ts',
    everyRunOf: ['recovery-sweeper'],
  },
  FailuresRedriven: {
    unit: 'Count',
    by: [['service']],
    statistics: ['Sum'],
    meaning: 'Failed messages that were put back on their queues.',
    emittedBy: 'functions/recovery/send-back.ts',
  },
  LedgerDrift: {
    unit: 'Count',
    by: [['service']],
    statistics: ['Maximum'],
    meaning:
      'Messages that were sent and, after the grace period, are neither handled nor parked, discarded or expired.',
    emittedBy: 'functions/recovery/ledger.handler.ts',
    everyRunOf: ['recovery-ledger'],
  },
  EventsRepublished: {
    unit: 'Count',
    by: [['service']],
    statistics: ['Sum'],
    meaning: 'Events that nobody was known to have heard and that the reconciler said again.',
    emittedBy: 'functions/ordering/reconciler.handler.ts',
    everyRunOf: ['ordering-reconciler'],
  },
} as const satisfies Record<string, MetricTerms>

export const metrics = {
  ...goldenMetrics,
  ...admissionMetrics,
  ...sagaMetrics,
  ...recoveryMetrics,
  ...businessMetrics,
} as const

export type MetricName = keyof typeof metrics
export const metricNames = Object.keys(metrics) as readonly MetricName[]

/**
 * The values of each dimension. A closed list is checked by the compiler; of the others, `most` is how many this platform
 * has or will have: names come from constructs and definitions, never from messages.
 */
export const dimensions = {
  service: {
    meaning: 'The context that measures.',
    values: [
      'ordering',
      'inventory',
      'payments',
      'shipping',
      'notifications',
      'saga',
      'recovery',
      'support',
      'edge',
      'partners',
    ],
  },
  edge: {
    meaning:
      'What was read: a queue by its name without the stage, or the stream of a table by the function that reads it.',
    most: 20,
  },
  api: { meaning: 'The function that answered.', most: 8 },
  class: { meaning: 'The class of a failure.', values: failureClasses },
  partner: { meaning: 'The partner that was called.', most: 4 },
  saga: { meaning: 'The name of the definition.', most: 4 },
  outcome: { meaning: 'How a saga ended.', values: ['done', 'undone', 'operator'] },
  verdict: {
    meaning: 'What came of a message to a saga.',
    values: ['applied', 'known', 'stale', 'early', 'postponed', 'turned-away', 'parked'],
  },
  mode: { meaning: 'The way that a saga goes.', values: ['forward', 'compensating'] },
  reason: {
    meaning: 'The code of a rejection; one that is not listed here counts as other.',
    values: rejectionReasons,
  },
  refusal: { meaning: 'Why new work was refused.', values: ['over-share', 'overloaded'] },
  currency: {
    meaning: 'The currency of an amount; one that is not settled in counts as other.',
    values: countedCurrencies,
  },
} as const satisfies Record<
  Dimension,
  { readonly meaning: string } & ({ readonly values: readonly string[] } | { readonly most: number })
>

export type ServiceName = (typeof dimensions.service.values)[number]

type ValueOf<D extends Dimension> = (typeof dimensions)[D] extends { readonly values: readonly (infer V)[] }
  ? V
  : string

/** The dimensions that a measurement of a metric has to state; who measures is known from the meter. */
export type DimensionsOf<Name extends MetricName> = {
  readonly [D in Exclude<(typeof metrics)[Name]['by'][number][number], 'service'>]: ValueOf<D>
}

/** The terms of a metric, without the literal types of the catalogue. */
export const termsOfMetric = (name: MetricName): MetricTerms => metrics[name]

/**
 * How many metrics CloudWatch would bill at most for one name: one for each combination of dimension values. Partners,
 * sagas, edges and APIs belong to one service each, so the service multiplies nothing beside them.
 */
export const combinationsOf = (name: MetricName): number => {
  const { by, services = 1 } = termsOfMetric(name)
  const sizes = by.map((set) => set.reduce((product, dimension) => product * sizeOf(dimension, services), 1))
  return sizes.reduce((sum, size) => sum + size, 0)
}

const sizeOf = (dimension: Dimension, services: number): number => {
  if (dimension === 'service') return services
  const terms = dimensions[dimension]
  return 'values' in terms ? terms.values.length : terms.most
}
