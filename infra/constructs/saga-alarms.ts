import { measured } from './measured.ts'
import { flow, ServiceAlarm } from './service-alarm.ts'
import type { ServiceStack } from './service-stack.ts'

/** The alarms of the coordinator: an effect that nothing could take back, sagas that do not end, sagas that fell asleep. */
export const sagaAlarms = (stack: ServiceStack, sagas: readonly string[]) => {
  const { timing } = stack.site.stage
  const saga = { service: 'saga' }
  for (const name of sagas)
    new ServiceAlarm(
      stack,
      {
        kind: 'undo-failed',
        of: `saga-${name}`,
        severity: 'critical',
        meaning: `a step of ${name} could not be taken back: somebody's money or goods wait for a person`,
      },
      {
        metric: measured(stack, 'UndosFailed', { ...saga, saga: name }, { statistic: 'Sum' }),
        threshold: 0,
        datapoints: [1, 1],
      },
    )
  const patience = (timing.sagaDeadline + timing.stepDeadline) / 1_000
  new ServiceAlarm(
    stack,
    {
      kind: 'stuck-sagas',
      of: 'sagas',
      severity: 'major',
      owner: flow,
      meaning: `a saga has not ended ${patience} s after its start, beyond its deadline and a step's`,
      remedy: { verb: 'retry-sagas' },
    },
    {
      metric: measured(stack, 'OldestSaga', saga, { statistic: 'Maximum' }),
      threshold: patience,
      datapoints: [3, 3],
    },
  )
  new ServiceAlarm(
    stack,
    {
      kind: 'sagas-overdue',
      of: 'sagas',
      severity: 'warning',
      meaning: 'the sweeper finds sagas asleep after their time, run after run: their timers are lost',
    },
    { metric: measured(stack, 'SagasOverdue', saga, { statistic: 'Maximum' }), threshold: 0, datapoints: [5, 5] },
  )
}
