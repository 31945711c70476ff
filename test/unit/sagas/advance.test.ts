import { describe, expect, test } from 'vitest'
import { days, hours, minutes } from '../../../reactive/time.ts'
import { timings } from '../../../reactive/timing.ts'
import type { Definition } from '../../../sagas/engine/definition.ts'
import type { Running, SagaInput, SagaState } from '../../../sagas/engine/state.ts'
import { transition } from '../../../sagas/engine/transition.ts'
import {
  Approved,
  after,
  done,
  ends,
  last,
  little,
  no,
  one,
  pivot,
  refused,
  retriable,
  step,
  two,
} from '../../support/little-saga.ts'

const now = Date.UTC(2026, 0, 1)
const timing = timings.standard
const start: SagaInput = { kind: 'start', data: { id: 'x', amount: 1 } }

/** A saga after inputs, each at its time. */
const lived = (definition: Definition, ...inputs: readonly (readonly [input: SagaInput, at: number])[]): Running => {
  let state: SagaState | undefined
  const occasion = { sagaId: 'little:x', subject: 'x', correlationId: 'c', traceparent: '00-trace' }
  for (const [input, at] of inputs) {
    const verdict = transition(definition, state, input, occasion, at, timing)
    if ('state' in verdict) state = verdict.state
  }
  return state as Running
}

describe('the one timer of a saga', () => {
  const quick = { ...step(one), within: minutes(1) }
  const slow = { ...step(two), within: minutes(7) }

  test.each([
    ['first', little().parallel((group) => group.step('one', quick).step('two', slow))],
    ['last', little().parallel((group) => group.step('two', slow).step('one', quick))],
  ])('is for the earliest silence, when that is the %s’s', (_, begun) => {
    const { wake } = lived(begun.pivot('last', pivot(last)).endsWith(ends), [start, now])
    expect(wake).toEqual({ number: 1, at: now + minutes(1) })
  })

  const patient = little()
    .signal('approval', { on: Approved, within: days(2), otherwise: { proceed: undefined } })
    .pivot('last', pivot(last))
    .retriable('after', { ...retriable(after), within: hours(3) })
    .endsWith(ends)

  test('is for the saga’s deadline as long as it may turn back', () => {
    const { wake, deadlineAt } = lived(patient, [start, now])
    expect(wake.at).toBe(deadlineAt)
    expect(deadlineAt).toBeLessThan(now + days(2))
  })

  test('minds no deadline once it has passed the point of no return', () => {
    const { deadlineAt } = lived(patient, [start, now])
    const late = deadlineAt - minutes(1)
    const approved: SagaInput = { kind: 'signal', step: 'approval', data: { id: 'x', yes: true, by: 'ann' } }
    const soFar = [
      [start, now],
      [approved, late - minutes(10)],
      [done('last'), late],
    ] as const
    const { wake } = lived(patient, ...soFar)
    const woken = lived(patient, ...soFar, [{ kind: 'wake', number: wake.number }, wake.at])
    expect(woken.steps.map(({ status }) => status)).toEqual(['done', 'done', 'sent'])
    expect(woken.wake.at).toBe(woken.steps[2]!.dueAt)
    expect(woken.wake.at).toBe(late + hours(3))
  })

  test('comes back every hour while a person is needed, and not at once', () => {
    const plain = little().step('one', step(one)).pivot('last', pivot(last)).endsWith(ends)
    const inputs: readonly SagaInput[] = [
      ...[start, done('one'), refused('last')],
      { kind: 'undo-refused', step: 'one', attempt: 1, data: no() },
      { kind: 'ended', command: 'reject' },
    ]
    const soFar = inputs.map((input) => [input, now] as const)
    const stuck = lived(plain, ...soFar)
    expect(stuck.steps[0]!.status).toBe('undo-failed')
    const again = lived(plain, ...soFar, [{ kind: 'wake', number: stuck.wake.number }, now + hours(3)])
    expect(again.wake.at).toBe(now + hours(4))
  })
})
