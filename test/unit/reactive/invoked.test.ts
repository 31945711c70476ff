import { describe, expect, test } from 'vitest'
import { answerOnce, type Invocation } from '../../../reactive/invoked.ts'
import { handClock } from '../../support/deliveries.ts'
import { observedInMemory } from '../../support/observation.ts'

const context = { awsRequestId: 'req-1', getRemainingTimeInMillis: () => 1_500 }
const circumstances = { duration_ms: 0, remaining_ms: 1_500, cold_start: true, request_id: 'req-1' }

const invoke = async (answer: (event: string, invocation: Invocation) => Promise<string>) => {
  const { observation, lines } = observedInMemory()
  const result = answerOnce(answer, 'asked', observation, handClock().clock, context)
  return { result: await result.catch((error: Error) => error.message), lines }
}

describe('an invocation', () => {
  test('is one line with what the work says of itself', async () => {
    const { result, lines } = await invoke(async (event, { line }) => {
      line('info', 'begun')
      line('info', 'done', { answers: 3 })
      return `${event}, answered`
    })
    expect(result).toBe('asked, answered')
    expect(lines).toEqual([{ level: 'info', message: 'done', entry: { ...circumstances, answers: 3 } }])
  })

  test('whose work says nothing is a line all the same', async () => {
    const { lines } = await invoke(async () => '')
    expect(lines).toEqual([{ level: 'info', message: 'answered', entry: circumstances }])
  })

  test('that fails says why, whatever it had said in good faith', async () => {
    const { result, lines } = await invoke(async (_, { line }) => {
      line('info', 'asked', { about: 1 })
      throw new Error('throttled')
    })
    expect(result).toBe('throttled')
    expect(lines).toMatchObject([{ level: 'error', message: 'failed: throttled', entry: { about: 1 } }])
  })

  test('that fails as it was meant to says what it meant', async () => {
    const { result, lines } = await invoke(async (_, { line }) => {
      line('warn', 'refused: too late')
      throw new Error('Unauthorized')
    })
    expect(result).toBe('Unauthorized')
    expect(lines).toEqual([{ level: 'warn', message: 'refused: too late', entry: circumstances }])
  })
})
