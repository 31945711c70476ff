import { describe, expect, test } from 'vitest'
import { days, type EpochMs, hours, iso, type Millis, minutes, seconds } from '../../../reactive/time.ts'
import { timings } from '../../../reactive/timing.ts'
import { saga } from '../../../sagas/engine/builder.ts'
import type { Definition } from '../../../sagas/engine/definition.ts'
import { outstanding, turnedAway } from '../../../sagas/engine/outstanding.ts'
import type { Running, SagaInput, SagaState, StepState } from '../../../sagas/engine/state.ts'
import { transition } from '../../../sagas/engine/transition.ts'
import {
  Asked,
  after,
  child,
  done,
  ends,
  Finish,
  last,
  little,
  one,
  pivot,
  refused,
  retriable,
  step,
  two,
} from '../../support/little-saga.ts'

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

describe('how old a command says that it is', () => {
  const resting = (rest: Millis) =>
    saga('long', 1)
      .startedBy('input', Asked, { subject: ({ id }) => id, within: days(90) })
      .step('one', step(one))
      .timer('rest', () => rest)
      .step('two', { ...step(two), retry: { attempts: 2, when: () => true, pause: seconds(1) } })
      .pivot('last', pivot(last))
      .retriable('after', retriable(after))
      .endsWith(ends)
  const long = resting(days(45))
  type Said = readonly [input: SagaInput, at: Millis]
  const wake: SagaInput = { kind: 'wake' }

  /** When its command was first sent, by the command's id, after a saga heard each of these so long after its start. */
  const agesAfter = (definition: Definition, ...said: readonly Said[]): Record<string, Millis> => {
    let state: SagaState | undefined
    let at: EpochMs = now
    for (const [input, later] of [[{ kind: 'start', data: { id: 'x', amount: 1 } }, 0] as Said, ...said]) {
      at = now + later
      const occasion = { sagaId: 'long:x', subject: 'x', correlationId: 'c' }
      const verdict = transition(definition, state, input, occasion, at, timings.standard)
      if ('state' in verdict) state = verdict.state
    }
    const asked = outstanding(definition, state!, at, timings.standard)
    return Object.fromEntries(asked.map(({ message: { id, firstsent } }) => [id, Date.parse(firstsent!) - now]))
  }
  const rested: readonly Said[] = [
    [done('one'), hours(1)],
    [wake, days(45) + hours(1)],
  ]
  const late = days(45) + hours(1)

  test('is the saga’s age in its first days, though it be asked for the first time now', () => {
    expect(agesAfter(long)).toEqual({ 'long:x/one/do/1': 0 })
    const rest = days(1) - hours(1)
    const almost: readonly Said[] = [
      [done('one'), hours(1)],
      [wake, days(1)],
    ]
    expect(agesAfter(resting(rest - 1), almost[0]!, [wake, days(1) - 1])).toEqual({ 'long:x/two/do/1': 0 })
    expect(agesAfter(resting(rest), ...almost)).toEqual({ 'long:x/two/do/1': days(1) })
  })

  test('is its own when the saga is old, and stays so however often it is asked again', () => {
    expect(agesAfter(long, ...rested)).toEqual({ 'long:x/two/do/1': late })
    expect(agesAfter(long, ...rested, [wake, late + minutes(5)])).toEqual({ 'long:x/two/do/1': late })
    const retry: SagaInput = { kind: 'act', act: { id: 'a', verb: 'retry', by: 'ann', reason: 'because' } }
    expect(agesAfter(long, ...rested, [retry, late + minutes(6)])).toEqual({ 'long:x/two/do/1': late })
  })

  test('begins anew with another attempt, which has another id', () => {
    const again = [...rested, [refused('two'), late + minutes(1)], [wake, late + minutes(2)]] as const
    expect(agesAfter(long, ...again)).toEqual({ 'long:x/two/do/2': late + minutes(2) })
  })

  test('is for an undo that of what it undoes, also where a person has said what became of that', () => {
    const cancel: Said = [{ kind: 'cancel' }, late + hours(1)]
    expect(agesAfter(long, ...rested, cancel)).toEqual({ 'long:x/two/undo/1': late })
    const act = { id: 'a', verb: 'resolve', step: 'two', as: 'done', data: { id: 'x', mark: 'm' }, by: 'ann' } as const
    const resolved: Said = [{ kind: 'act', act: { ...act, reason: 'because' } }, late + minutes(3)]
    const turned: Said = [refused('last'), late + hours(2)]
    expect(agesAfter(long, ...rested, resolved, turned)).toEqual({ 'long:x/two/undo/1': late })
    const undone: Said = [{ kind: 'undone', step: 'two', attempt: 1, data: { id: 'x' } }, late + hours(3)]
    expect(agesAfter(long, ...rested, resolved, turned, undone)).toEqual({ 'long:x/one/undo/1': 0 })
  })

  test('is its own for the end', () => {
    const ways = [...rested, [done('two'), late + 1], [done('last'), late + 2], [done('after'), late + 3]] as const
    expect(agesAfter(long, ...ways)).toEqual({ 'long:x/end/confirm': late + 3 })
    expect(agesAfter(long, ...ways, [wake, late + hours(1)])).toEqual({ 'long:x/end/confirm': late + 3 })
  })
})
