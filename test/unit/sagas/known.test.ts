import { expect, test } from 'vitest'
import { knownTo } from '../../../sagas/engine/known.ts'
import type { StepState } from '../../../sagas/engine/state.ts'
import { ends, last, little, one, pivot, step, two } from '../../support/little-saga.ts'

const definition = little()
  .quorum(1, (group) => group.step('one', step(one)).step('two', step(two)))
  .pivot('last', pivot(last))
  .endsWith(ends)
const input = { id: 'x' }
const answered = (status: StepState['status'], output: unknown): StepState => ({ status, attempt: 1, asks: 0, output })

test('a step may read what others have kept, and never why one of them was refused', () => {
  const reason = { code: 'no', message: 'No.' }
  const states = [answered('refused', reason), answered('done', { mark: 'm' }), answered('pending', undefined)]
  expect(knownTo(definition, input, states)).toEqual({ input, two: { mark: 'm' } })
})
