import { describe, expect, test } from 'vitest'
import { memoryMeter } from '../../../reactive/metering.ts'
import { takeCensus, type Unfinished } from '../../../sagas/engine/census.ts'
import { measuredStore } from '../../../sagas/engine/measured-store.ts'
import type { Ended, Running, StepState } from '../../../sagas/engine/state.ts'

const common = {
  id: 'fulfil-order:ord_1',
  definition: 'fulfil-order',
  version: 1,
  subject: 'ord_1',
  correlationId: 'ord_1',
}
const step = (status: StepState['status']): StepState => ({ status, attempt: 1, asks: 0 })
const running = (more: Partial<Running> = {}): Running => ({
  ...common,
  revision: 1,
  phase: 'running',
  hash: 'h',
  mode: 'forward',
  input: {},
  startedAt: 1_000,
  deadlineAt: 99_000,
  steps: [step('sent')],
  wake: { number: 1, at: 5_000 },
  ...more,
})
const ended = (outcome: Ended['outcome']): Ended => ({
  ...common,
  revision: 9,
  phase: 'ended',
  outcome,
  endedAt: 4_500,
})

const aStore = (saved: 'saved' | 'lost' = 'saved') => {
  const { measure, taken } = memoryMeter('/saga')
  const store = measuredStore({ load: async () => undefined, save: async () => saved }, measure)
  return { store, seen: () => taken.map(({ name, value, dimensions: { service: _, ...rest } }) => [name, value, rest]) }
}
const saga = 'fulfil-order'

describe('a commit', () => {
  test('that nothing went before starts a saga', async () => {
    const { store, seen } = aStore()
    expect(await store.save(running(), undefined)).toBe('saved')
    expect(seen()).toEqual([['SagasStarted', 1, { saga }]])
  })

  test('in the middle of a saga counts nothing', async () => {
    const { store, seen } = aStore()
    await store.save(running({ revision: 2, steps: [step('done')] }), running())
    expect(seen()).toEqual([])
  })

  test('that begins to compensate is counted once', async () => {
    const { store, seen } = aStore()
    const turned = running({ mode: 'compensating', steps: [step('undoing')] })
    await store.save(turned, running())
    await store.save({ ...turned, revision: 3 }, turned)
    expect(seen()).toEqual([['SagasTurnedBack', 1, { saga }]])
  })

  test('after an early cancellation starts a saga and turns it back', async () => {
    const { store, seen } = aStore()
    await store.save(running({ mode: 'compensating' }), { ...common, revision: 1, phase: 'early-cancel', heard: {} })
    expect(seen().map(([name]) => name)).toEqual(['SagasStarted', 'SagasTurnedBack'])
  })

  test.each(['done', 'undone'] as const)('that ends a saga as %s says how long it took', async (outcome) => {
    const { store, seen } = aStore()
    await store.save(ended(outcome), running())
    expect(seen()).toEqual([
      ['SagasEnded', 1, { saga, outcome }],
      ['SagaTime', 3_500, { saga, outcome }],
    ])
  })

  test('counts each undo that failed for good, once', async () => {
    const { store, seen } = aStore()
    const one = running({ mode: 'compensating', steps: [step('undoing'), step('undo-failed')] })
    const two = running({ mode: 'compensating', steps: [step('undo-failed'), step('undo-failed')] })
    await store.save(one, running({ mode: 'compensating', steps: [step('undoing'), step('undoing')] }))
    await store.save(two, one)
    await store.save(two, two)
    expect(seen()).toEqual([
      ['UndosFailed', 1, { saga }],
      ['UndosFailed', 1, { saga }],
    ])
  })

  test('that somebody else overtook is a conflict and nothing else', async () => {
    const { store, seen } = aStore('lost')
    expect(await store.save(ended('done'), running())).toBe('lost')
    expect(seen()).toEqual([['SagaConflicts', 1, { saga }]])
  })
})

describe('a census', () => {
  const of = async function* (...sagas: readonly Unfinished[]) {
    yield* sagas
  }
  const now = 100_000

  test('counts by definition and way, and says the age of the oldest', async () => {
    const { measure, taken } = memoryMeter('/saga')
    const sagas: Unfinished[] = [
      { sagaId: 'fulfil-order:a', mode: 'forward', startedAt: 40_000 },
      { sagaId: 'fulfil-order:b', mode: 'forward', startedAt: 90_000 },
      { sagaId: 'fulfil-order:c', mode: 'compensating', startedAt: 70_000 },
      { sagaId: 'refund-order:d', mode: 'forward', startedAt: 95_000 },
    ]
    const counted = await takeCensus(of(...sagas), ['fulfil-order', 'refund-order'], now, measure)
    expect(counted).toEqual({ unfinished: 4, oldestSeconds: 60 })
    expect(taken.map(({ name, value, dimensions: { service: _, ...rest } }) => [name, value, rest])).toEqual([
      ['SagasUnfinished', 2, { saga: 'fulfil-order', mode: 'forward' }],
      ['SagasUnfinished', 1, { saga: 'fulfil-order', mode: 'compensating' }],
      ['SagasUnfinished', 1, { saga: 'refund-order', mode: 'forward' }],
      ['SagasUnfinished', 0, { saga: 'refund-order', mode: 'compensating' }],
      ['OldestSaga', 60, {}],
    ])
  })

  test('of nothing is a number, too', async () => {
    const { measure, taken } = memoryMeter('/saga')
    await takeCensus(of(), ['fulfil-order'], now, measure)
    expect(taken.map(({ name, value }) => [name, value])).toEqual([
      ['SagasUnfinished', 0],
      ['SagasUnfinished', 0],
      ['OldestSaga', 0],
    ])
  })
})
