import { describe, expect, test } from 'vitest'
import { runObserved } from '../../../reactive/scheduled.ts'
import { handClock } from '../../support/deliveries.ts'
import { observedInMemory } from '../../support/observation.ts'

const context = { awsRequestId: 'req-1', getRemainingTimeInMillis: () => 1_500 }

describe('a scheduled run', () => {
  test('is one line with what it found', async () => {
    const { observation, lines, sumOf } = observedInMemory('/saga')
    const { clock, pass } = handClock()
    const found = await runObserved(
      async ({ measure }) => {
        pass(12)
        measure('SagasOverdue', 3)
        return { overdue: 3 }
      },
      observation,
      clock,
      context,
    )
    expect(found).toEqual({ overdue: 3 })
    expect(sumOf('SagasOverdue', { service: 'saga' })).toBe(3)
    expect(lines).toEqual([
      {
        level: 'info',
        message: 'ran',
        entry: { overdue: 3, duration_ms: 12, remaining_ms: 1_500, cold_start: true, request_id: 'req-1' },
      },
    ])
  })

  test('that fails says so and fails', async () => {
    const { observation, lines } = observedInMemory('/saga')
    const run = runObserved(() => Promise.reject(new Error('throttled')), observation, handClock().clock, context)
    await expect(run).rejects.toThrow('throttled')
    expect(lines).toMatchObject([{ level: 'error', message: 'failed: throttled', entry: { request_id: 'req-1' } }])
  })
})
