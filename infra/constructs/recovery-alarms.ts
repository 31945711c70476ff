import { failureClasses } from '../../reactive/failure.ts'
import { measured } from './measured.ts'
import { ServiceAlarm } from './service-alarm.ts'
import type { ServiceStack } from './service-stack.ts'

const desk = { service: 'recovery' }

/** The alarms of the desk: what it holds, by class, how long it has held it, what it cannot take, and what nobody accounts for. */
export const recoveryAlarms = (stack: ServiceStack) => {
  for (const failure of failureClasses) {
    const transient = failure === 'transient'
    new ServiceAlarm(
      stack,
      {
        kind: 'open-failures',
        of: `desk-${failure}`,
        severity: 'minor',
        meaning: `failed messages of class ${failure} are open on the desk`,
        ...(transient ? { remedy: { verb: 'redrive' } } : {}),
      },
      {
        metric: measured(stack, 'FailuresOpen', { ...desk, class: failure }, { statistic: 'Maximum' }),
        threshold: 0,
        // What is transient may go back by itself; everything else waits for a person from the first minute.
        datapoints: transient ? [5, 5] : [1, 1],
      },
    )
  }
  new ServiceAlarm(
    stack,
    {
      kind: 'message-failures',
      of: 'recovery-intake',
      severity: 'critical',
      meaning: 'the recovery desk receives dead letters and cannot take them in: they stay in their dead-letter queues',
    },
    {
      // The age of such a queue does not tell: SQS leaves out of it what was received more than three times.
      metric: measured(stack, 'MessagesFailed', { ...desk, edge: 'recovery-intake' }, { statistic: 'Sum' }),
      threshold: 0,
      // So many minutes after a dead letter came, its age would have told.
      datapoints: [8, 8],
    },
  )
  const days = 3
  new ServiceAlarm(
    stack,
    {
      kind: 'old-failures',
      of: 'desk',
      severity: 'warning',
      meaning: `a failed message has been open on the desk for more than ${days} days`,
    },
    {
      metric: measured(stack, 'OldestFailure', desk, { statistic: 'Maximum' }),
      threshold: days * 86_400,
      datapoints: [3, 3],
    },
  )
  new ServiceAlarm(
    stack,
    {
      kind: 'ledger-drift',
      of: 'ledger',
      severity: 'critical',
      meaning: 'messages were sent and are, after the grace period, neither handled nor parked, discarded or expired',
    },
    { metric: measured(stack, 'LedgerDrift', desk, { statistic: 'Maximum' }), threshold: 0, datapoints: [3, 3] },
  )
  new ServiceAlarm(
    stack,
    {
      kind: 'events-republished',
      of: 'ordering',
      severity: 'warning',
      owner: 'ordering',
      meaning: 'the reconciler says events again that nobody is known to have heard: something on their way loses them',
    },
    {
      metric: measured(stack, 'EventsRepublished', { service: 'ordering' }, { statistic: 'Sum' }),
      threshold: 0,
      datapoints: [3, 5],
    },
  )
}
