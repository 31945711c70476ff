import { describe, expect, test } from 'vitest'
import { minutes } from '../../../reactive/time.ts'
import { timings } from '../../../reactive/timing.ts'
import { acted } from '../../../sagas/engine/acts.ts'
import type { Definition } from '../../../sagas/engine/definition.ts'
import { givesUpAt, postponed, silences } from '../../../sagas/engine/silence.ts'
import type { Directive, Running, StepState } from '../../../sagas/engine/state.ts'
import { Approved, after, ends, last, little, one, pivot, retriable, step, yes } from '../../support/little-saga.ts'

const now = Date.UTC(2026, 0, 1)
const timing = timings.standard
const definition: Definition = little()
  .signal('approval', { on: Approved, within: minutes(30), otherwise: { proceed: undefined } })
  .step('one', step(one))
  .pivot('last', pivot(last))
  .retriable('after', retriable(after))
  .endsWith(ends)

const pending: StepState = { status: 'pending', attempt: 1, asks: 0 }
const sent: StepState = { status: 'sent', attempt: 1, asks: 1, dueAt: now + minutes(3) }
const done: StepState = { status: 'done', attempt: 1, asks: 0, output: { mark: 'm' } }
const failed: StepState = { status: 'undo-failed', attempt: 1, asks: 12, output: { mark: 'm' } }
const skipped: StepState = { status: 'skipped', attempt: 1, asks: 0 }

/** A saga whose steps approval, one, last and after are as given. */
const saga = (steps: readonly StepState[], more: Partial<Running> = {}): Running => ({
  ...{ id: 'little:x', definition: 'little', version: 1, subject: 'x', correlationId: 'c', revision: 1 },
  ...{ phase: 'running', hash: definition.hash, mode: 'forward', input: { id: 'x' }, startedAt: now - minutes(2) },
  ...{ deadlineAt: now + minutes(58), steps, wake: { number: 1, at: now + minutes(3) } },
  ...more,
})
const atOne = saga([done, sent, pending, pending])
const atAfter = saga([done, done, done, sent])
const endingBack: Partial<Running> = { mode: 'compensating', end: { command: 'reject', asks: 2, dueAt: now } }

const act = (state: Running, directive: Partial<Directive>) =>
  acted(definition, state, { id: 'a', verb: 'retry', by: 'ann', reason: 'because', ...directive }, now, timing)
const stateAfter = (state: Running, directive: Partial<Directive>) => {
  const outcome = act(state, directive)
  if ('wrong' in outcome) throw new Error(outcome.wrong)
  return outcome.state
}
const stepAfter = (state: Running, directive: Partial<Directive>, index = 1) =>
  stateAfter(state, directive).steps[index]
const wrong = (state: Running, directive: Partial<Directive>) => act(state, directive) as { wrong: string }

describe('compensating and cancelling by an operator', () => {
  test('turn the saga back, each for its own reason', () => {
    expect(stateAfter(atOne, { verb: 'compensate' })).toMatchObject({
      mode: 'compensating',
      because: { code: 'stopped' },
    })
    expect(stateAfter(atOne, { verb: 'cancel' })).toMatchObject({
      mode: 'compensating',
      cancelNoted: true,
      because: { code: 'cancelled' },
    })
  })

  test('are declined without a way back, with where the saga is', () => {
    expect(wrong(atAfter, { verb: 'compensate' })).toEqual({
      wrong: 'little:x cannot turn back any more; it is going forward, after sent.',
    })
    const back = saga([skipped, { ...failed, status: 'undoing' }, pending, pending], { mode: 'compensating' })
    expect(wrong(back, { verb: 'cancel' })).toEqual({
      wrong: 'It is too late to cancel little:x; it is on its way back, one undoing.',
    })
  })
})

describe('asking again by an operator', () => {
  test('renews the patience with each step that waits, and leaves the others alone', () => {
    const { steps } = stateAfter(saga([done, sent, { ...sent, status: 'unknown' }, pending]), {})
    const renewed = { asks: 0, dueAt: now + timing.stepDeadline }
    expect(steps).toEqual([done, { ...sent, ...renewed }, { ...sent, status: 'unknown', ...renewed }, pending])
  })

  test('cuts a pause short, and tries an undo again that failed or waits', () => {
    const pausing = { ...pending, attempt: 2, dueAt: now + minutes(1) }
    expect(stepAfter(saga([done, pausing, pending, pending]), { step: 'one' })).toEqual({ ...pausing, dueAt: now })
    const renewed = { ...failed, status: 'undoing', asks: 0, dueAt: now + timing.stepDeadline }
    expect(stepAfter(saga([skipped, failed, skipped, skipped], endingBack), { step: 'one' })).toEqual(renewed)
    const waiting: StepState = { ...failed, status: 'undoing', asks: 3, dueAt: now + minutes(9) }
    expect(stepAfter(saga([skipped, waiting, skipped, skipped], endingBack), { step: 'one' })).toEqual(renewed)
  })

  test('asks for the end as well, unless it is about one step', () => {
    const ending = saga([done, failed, skipped, skipped], endingBack)
    expect(stateAfter(ending, {}).end).toEqual({ command: 'reject', asks: 0, dueAt: now + timing.stepDeadline })
    expect(stateAfter(ending, { step: 'one' }).end).toEqual(endingBack.end)
  })

  test('is declined where nothing waits, with where the saga is', () => {
    expect(wrong(atOne, { step: 'last' })).toEqual({
      wrong: 'last of little:x waits for no answer; it is going forward, one sent.',
    })
    expect(wrong(saga([done, done, done, done]), {})).toEqual({
      wrong: 'Nothing of little:x waits for no answer; it is going forward.',
    })
    expect(
      wrong(saga([done, done, done, done], { end: { command: 'confirm', asks: 0, dueAt: now } }), { step: 'one' }),
    ).toMatchObject({ wrong: expect.stringContaining('going forward, waiting for its confirm to be recorded') })
    expect(wrong(atOne, { step: 'three' })).toEqual({
      wrong: 'little:x has no step three; it has approval, one, last, after.',
    })
  })
})

describe('a step that an operator speaks of', () => {
  test('must be there, and one that asks somebody', () => {
    expect(wrong(atOne, { verb: 'skip' })).toEqual({
      wrong: 'little:x has no step (none was named); it has approval, one, last, after.',
    })
    expect(wrong(atOne, { verb: 'resolve', step: 'three', as: 'done' })).toMatchObject({
      wrong: expect.stringContaining('has no step three'),
    })
    expect(wrong(atOne, { verb: 'skip', step: 'approval' })).toEqual({
      wrong: 'approval of little:x asks nobody; say the signal, or wait.',
    })
    expect(wrong(atOne, { verb: 'signal' })).toEqual({ wrong: 'A signal is a word to a step, not an act on the saga.' })
  })

  test('is left out after the pivot only while it goes forward and stays unanswered', () => {
    expect(stateAfter(atAfter, { verb: 'skip', step: 'after' })).toMatchObject({
      case: { by: 'ann', reason: 'because' },
      steps: [{}, {}, {}, skipped],
    })
    expect(wrong(saga([done, done, done, done]), { verb: 'skip', step: 'after' }).wrong).toContain(
      'after of little:x is done',
    )
  })

  test('is not left out where later steps read what it leaves', () => {
    const read = { ...definition, steps: definition.steps.with(3, { ...definition.steps[3]!, keep: () => 1 }) }
    const directive = { id: 'a', verb: 'skip', step: 'after', by: 'ann', reason: 'because' } as const
    expect(acted(read, atAfter, directive, now, timing)).toEqual({
      wrong: 'Later steps read what after of little:x leaves: resolve it as done, with its data.',
    })
  })

  test('is resolved as done with what later steps read, and as nothing more', () => {
    const settled = { attempt: 1, asks: 1 }
    expect(stepAfter(atOne, { verb: 'resolve', step: 'one', as: 'done', data: yes('k') })).toEqual({
      ...settled,
      status: 'done',
      output: { mark: 'k' },
    })
    expect(stepAfter(atAfter, { verb: 'resolve', step: 'after', as: 'done' }, 3)).toEqual({
      ...settled,
      status: 'done',
    })
    expect(wrong(atOne, { verb: 'resolve', step: 'one', as: 'done', data: {} }).wrong).toContain('give the data of its')
    expect(wrong(atOne, { verb: 'resolve', step: 'last', as: 'done' })).toEqual({
      wrong: 'last is pending, so its answer is not missing.',
    })
  })

  test('is resolved as refused for the operator’s reason, where it may be', () => {
    expect(stepAfter(atOne, { verb: 'resolve', step: 'one', as: 'refused' })).toEqual({
      ...{ status: 'refused', attempt: 1, asks: 1 },
      output: { code: 'operator', message: 'because' },
    })
    expect(wrong(atAfter, { verb: 'resolve', step: 'after', as: 'refused' }).wrong).toContain('cannot be refused')
    expect(wrong(atOne, { verb: 'resolve', step: 'last', as: 'refused' }).wrong).toContain('its answer is not missing')
  })

  test('is resolved as undone while its undo is open or has failed, and keeps what it had left', () => {
    for (const status of ['undoing', 'undo-failed'] as const)
      expect(
        stepAfter(saga([skipped, { ...failed, status }, skipped, skipped], endingBack), {
          ...{ verb: 'resolve', step: 'one', as: 'undone' },
        }),
      ).toEqual({ status: 'undone', attempt: 1, asks: 12, output: { mark: 'm' } })
    const { output: _, ...bare } = failed
    const undone = stepAfter(saga([skipped, bare, skipped, skipped], endingBack), {
      ...{ verb: 'resolve', step: 'one', as: 'undone' },
    })!
    expect('output' in undone).toBe(false)
    expect(wrong(atOne, { verb: 'resolve', step: 'one', as: 'undone' }).wrong).toContain('there is no undo to resolve')
    expect(wrong(atOne, { verb: 'resolve', step: 'one' }).wrong).toContain('Say what became of one')
  })
})

describe('the silence of an end', () => {
  const ending = (dueAt: number) => saga([done, done, done, done], { end: { command: 'confirm', asks: 1, dueAt } })

  test('doubles the patience with it when it is due, and not before', () => {
    expect(silences(definition, ending(now), now, timing).end).toEqual({
      ...{ command: 'confirm', asks: 2, dueAt: now + Math.min(minutes(15), 4 * timing.stepDeadline) },
    })
    expect(silences(definition, ending(now + 1), now, timing).end).toEqual(ending(now + 1).end)
  })

  test('is put off for a visibility when a queue has fallen behind, and only when it is due', () => {
    expect(postponed(ending(now), now, timing).end).toEqual({ ...ending(now).end, dueAt: now + timing.visibility })
    expect(postponed(ending(now + 1), now, timing).end).toEqual(ending(now + 1).end)
  })
})

test('a compensable step is given up after as many silences as are left to it, and never after the saga’s deadline', () => {
  const one = definition.steps[1]!
  expect(givesUpAt(one, atOne, { ...sent, asks: 0 }, timing)).toBe(now + minutes(3) + 2 * timing.stepDeadline)
  expect(givesUpAt(one, atOne, { ...sent, asks: 1 }, timing)).toBe(now + minutes(3) + timing.stepDeadline)
  const { dueAt: _, ...never } = sent
  expect(givesUpAt(one, atOne, { ...never, asks: 2 }, timing)).toBe(atOne.startedAt)
  expect(givesUpAt(one, { ...atOne, deadlineAt: now }, sent, timing)).toBe(now)
})
