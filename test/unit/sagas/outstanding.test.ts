import { expect, test } from 'vitest'
import { iso, minutes } from '../../../reactive/time.ts'
import { timings } from '../../../reactive/timing.ts'
import type { Definition } from '../../../sagas/engine/definition.ts'
import { outstanding, turnedAway } from '../../../sagas/engine/outstanding.ts'
import type { Running, StepState } from '../../../sagas/engine/state.ts'
import { after, child, ends, Finish, last, little, one, pivot, retriable, step } from '../../support/little-saga.ts'

const now = Date.UTC(2026, 0, 1)
const definition: Definition = little()
  .step('one', step(one))
  .pivot('last', pivot(last))
  .retriable('after', retriable(after))
  .endsWith(ends)
const sent: StepState = { status: 'sent', attempt: 1, asks: 0, dueAt: now + minutes(5) }
const state: Running = {
  ...{ id: 'little:x', definition: 'little', version: 1, subject: 'x', correlationId: 'c', revision: 4 },
  ...{ phase: 'running', hash: definition.hash, mode: 'forward', input: { id: 'x' }, startedAt: now - minutes(2) },
  ...{ deadlineAt: now + minutes(58), steps: [sent, sent, sent], wake: { number: 1, at: now } },
}

test('a command goes to its owner, and says who asks, of what commit, and since when', () => {
  const [{ to, message } = undefined!] = outstanding(definition, state, now, timings.standard)
  expect(to).toBe('inventory')
  expect(message).toMatchObject({
    ...{ id: 'little:x/one/do/1', source: '/saga/little', subject: 'x', correlationid: 'c' },
    ...{ causationid: 'little:x/4', time: iso(now), firstsent: iso(now - minutes(2)), type: one.Do.type },
  })
})

test('the end says that a cancellation came too late, only where one did', () => {
  const telling = little()
    .step('one', step(one))
    .pivot('last', pivot(last))
    .endsWith({
      ...ends,
      done: { ...ends.done, send: (_, { cancellationTooLate }) => Finish({ id: cancellationTooLate ? 'late' : 'x' }) },
    })
  const done: StepState = { status: 'done', attempt: 1, asks: 0 }
  const ending: Running = { ...state, steps: [done, done], end: { command: 'confirm', asks: 0, dueAt: now } }
  const said = (its: Running) => outstanding(telling, its, now, timings.standard).map(({ message }) => message.data)
  expect(said(ending)).toEqual([{ id: 'x' }])
  expect(said({ ...ending, cancelNoted: true })).toEqual([{ id: 'late' }])
})

test('a check is of no use either once the saga has given it up', () => {
  const checked = little()
    .check('one', { send: ({ input }) => one.Do({ id: input.id }), done: one.Done, refused: one.Refused })
    .pivot('last', pivot(last))
    .endsWith(ends)
  const [{ message } = undefined!] = outstanding(checked, { ...state, steps: [sent, sent] }, now, timings.standard)
  expect(message.deadline).toBe(iso(now + minutes(15)))
})

test('only what can be taken back expires', () => {
  const deadlines = outstanding(definition, state, now, timings.standard).map(({ message }) => message.deadline)
  expect(deadlines).toEqual([iso(now + minutes(15)), undefined, undefined])
})

test('who calls in vain is answered at its inbox, under the id of its call', () => {
  const because = { code: 'taken', message: 'It is taken.' }
  const call = { caller: 'parent:y/child/do/1', data: { id: 'x', amount: 1 }, because }
  const occasion = { sagaId: 'child:x', subject: 'x', correlationId: 'c' }
  expect(turnedAway(child, call, occasion, now)).toMatchObject({
    to: 'saga-parent',
    message: { id: 'parent:y/child/do/1/turned-away', source: '/saga/child', causationid: call.caller },
  })
})
