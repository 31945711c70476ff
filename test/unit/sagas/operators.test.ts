import { describe, expect, test } from 'vitest'
import { minutes, seconds } from '../../../reactive/time.ts'
import type { Running } from '../../../sagas/engine/state.ts'
import { transcript } from '../../../sagas/testing/transcript.ts'
import {
  Abandon,
  Abandoned,
  Approved,
  Asked,
  after,
  ends,
  Finish,
  Finished,
  it,
  last,
  little,
  no,
  one,
  pivot,
  retriable,
  step,
  two,
  yes,
} from '../../support/little-saga.ts'

const asked = Asked({ id: 'x', amount: 1 })
const ordinary = little()
  .step('one', step(one))
  .step('two', step(two))
  .pivot('last', pivot(last))
  .retriable('after', retriable(after))
  .endsWith(ends)

const started = () => transcript(ordinary).given(asked).sends(one.Do)
const atTwo = () =>
  started()
    .replies(one.Done(yes('a')))
    .sends(two.Do)
const atPivot = () =>
  atTwo()
    .replies(two.Done(yes('b')))
    .sends(last.Do)
const afterPivot = () => atPivot().replies(last.Done(yes())).sends(after.Do)
/** The first undo was refused; the other ran, and the end was told. */
const undoFailed = () =>
  atPivot()
    .replies(last.Refused(no()))
    .sends(two.Undo)
    .replies(two.UndoRefused(no('collected')))
    .sends(one.Undo)
    .replies(one.Undone(it))
    .sends(Abandon)
    .replies(Abandoned(it))

describe('an undo that fails', () => {
  test('does not keep the others from running, nor the end from being told; the case stays open', () => {
    const script = undoFailed().sendsNothing()
    expect(script.state).toMatchObject({
      phase: 'running',
      steps: [
        { status: 'undone' },
        { status: 'undo-failed', because: no('collected').reason },
        { status: 'refused' },
        { status: 'skipped' },
      ],
    })
    // Open, but never asleep.
    expect(script.after(minutes(70)).sendsNothing().state).toMatchObject({ wake: { at: expect.any(Number) } })
  })

  test('because it is never answered becomes a case as well, after hours', () => {
    const script = atTwo().replies(two.Refused(no())).sends(one.Undo)
    for (let hours = 0; hours < 12; hours += 1) script.after(minutes(60))
    script.after(minutes(60)).sends(Abandon)
    expect(script.state).toMatchObject({ steps: [{ status: 'undo-failed' }, {}, {}, {}] })
  })

  test('is over when the undo is answered after all', () => {
    undoFailed().hears(two.Undone(it), two.Undo).ends('undone')
  })

  test('is tried again by an operator', () => {
    const script = undoFailed().directed({ verb: 'retry', step: 'two' }).sends(two.Undo)
    // Why it could not be done says nothing about this time.
    expect((script.state as Running).steps[1]).not.toHaveProperty('because')
    script.replies(two.Undone(it)).ends('undone')
  })

  test('that fails again is a case again', () => {
    const script = undoFailed().directed({ verb: 'retry', step: 'two' }).sends(two.Undo)
    script.replies(two.UndoRefused(no('collected'))).sendsNothing()
    expect(script.state).toMatchObject({ steps: [{}, { status: 'undo-failed' }, {}, {}] })
  })

  test('is resolved by evidence', () => {
    undoFailed().directed({ verb: 'resolve', step: 'two', as: 'undone' }).ends('undone')
  })

  test('is skipped by a person, who then answers for it', () => {
    const script = undoFailed().directed({ verb: 'skip', step: 'two', by: 'ann', reason: 'Written off.' })
    script.ends('operator')
    expect(script.state).toMatchObject({
      case: { by: 'ann', reason: 'Written off.' },
      acts: [{ verb: 'skip', by: 'ann' }],
    })
  })
})

describe('retry', () => {
  test('asks again at once, with new patience', () => {
    const script = atTwo().after(minutes(5)).sends(two.Do).after(minutes(5)).sends(two.Do)
    script.directed({ verb: 'retry', step: 'two' }).sends(two.Do)
    script.after(minutes(5)).sends(two.Do).after(minutes(5)).sends(two.Do).after(minutes(5)).sends(two.Undo)
  })

  test('of the whole saga asks for all that is outstanding, its end included', () => {
    const script = afterPivot().replies(after.Done(yes())).sends(Finish)
    script.directed({ verb: 'retry' }).sends(Finish).replies(Finished(it)).ends('done')
  })

  test('is declined where nothing waits for an answer', () => {
    atTwo().declines({ verb: 'retry', step: 'one' }, 'waits for no answer')
    atTwo().declines({ verb: 'retry', step: 'nine' }, 'has no step nine')
    undoFailed().declines({ verb: 'retry', step: 'one' }, 'waits for no answer')
  })
})

describe('resolve', () => {
  test('stands for the reply that is missing, with what later steps read', () => {
    atTwo()
      .directed({ verb: 'resolve', step: 'two', as: 'done', data: yes('known') })
      .sends(last.Do)
    atTwo().declines({ verb: 'resolve', step: 'two', as: 'done', data: {} }, 'give the data of its DoneTwo')
  })

  test('as refused turns back, also from the pivot', () => {
    atPivot().directed({ verb: 'resolve', step: 'last', as: 'refused' }).sends(two.Undo, { mark: 'b' })
  })

  test('is declined where it is about an attempt that is over', () => {
    const again = { ...step(one), retry: { attempts: 2, when: () => true, pause: seconds(8) } }
    const patient = little().step('one', again).pivot('last', pivot(last)).endsWith(ends)
    const second = () =>
      transcript(patient)
        .given(Asked({ id: 'x', amount: 1 }))
        .sends(one.Do)
        .replies(one.Refused(no()))
        .after(seconds(8))
        .sends(one.Do)
    second().declines({ verb: 'resolve', step: 'one', as: 'refused' }, 'is at attempt 2')
    second().declines({ verb: 'resolve', step: 'one', as: 'refused', attempt: 1 }, 'is at attempt 2')
    second().directed({ verb: 'resolve', step: 'one', as: 'refused', attempt: 2 }).sends(Abandon)
  })

  test('is declined where no answer is missing, or none can be no', () => {
    atTwo().declines({ verb: 'resolve', step: 'one', as: 'done' }, 'its answer is not missing')
    atTwo().declines({ verb: 'resolve', step: 'two', as: 'undone' }, 'no undo to resolve')
    afterPivot().declines({ verb: 'resolve', step: 'after', as: 'refused' }, 'cannot be refused')
    atTwo().declines({ verb: 'resolve', step: 'two' }, 'done, refused or undone')
  })
})

describe('skip', () => {
  test('takes a step after the pivot out that stays unanswered', () => {
    const script = afterPivot().directed({ verb: 'skip', step: 'after' }).sends(Finish)
    script.replies(Finished(it)).ends('operator')
  })

  test('is declined before the pivot, and for the pivot', () => {
    atTwo().declines({ verb: 'skip', step: 'two' }, 'can be skipped')
    atPivot().declines({ verb: 'skip', step: 'last' }, 'can be skipped')
  })
})

describe('compensate and cancel', () => {
  test('turn the saga back while there is a way back', () => {
    atTwo().directed({ verb: 'compensate' }).sends(two.Undo).replies(two.Undone(it)).sends(one.Undo)
    atTwo().directed({ verb: 'cancel' }).sends(two.Undo)
  })

  test('are declined afterwards', () => {
    atPivot().declines({ verb: 'compensate' }, 'cannot turn back any more')
    afterPivot().declines({ verb: 'cancel' }, 'too late')
    atTwo().replies(two.Refused(no())).declines({ verb: 'compensate' }, 'on its way back')
  })
})

describe('signal', () => {
  const reviewed = little()
    .signal('approval', { on: Approved, within: minutes(30), otherwise: { proceed: undefined } })
    .pivot('last', pivot(last))
    .endsWith(ends)
  const word = { id: 'x', yes: true, by: 'ann' }

  test('says to a step what it waits to hear', () => {
    const script = transcript(reviewed).given(asked)
    script.directed({ verb: 'signal', step: 'approval', data: word }).sends(last.Do)
    expect(script.state).toMatchObject({ acts: [{ verb: 'signal', step: 'approval' }] })
  })

  test('is declined with data of another kind, for another step, and once it was heard', () => {
    const script = transcript(reviewed).given(asked)
    script.declines({ verb: 'signal', step: 'approval', data: { yes: 'maybe' } }, 'waits for a Approved')
    script.declines({ verb: 'signal', step: 'last', data: word }, 'has no step last')
    script.signals(Approved(word)).declines({ verb: 'signal', step: 'approval', data: word }, 'has heard its word')
  })
})

describe('an act', () => {
  test('said twice is done once', () => {
    const script = atTwo().directed({ id: 'op-1', verb: 'compensate' }).sends(two.Undo)
    script.directed({ id: 'op-1', verb: 'compensate' }).sendsNothing()
    expect(script.state).toMatchObject({ acts: [{ id: 'op-1' }] })
  })

  test('is still recognised when the saga has ended, and another one is declined', () => {
    const script = undoFailed().directed({ id: 'op-2', verb: 'resolve', step: 'two', as: 'undone' })
    script.directed({ id: 'op-2', verb: 'resolve', step: 'two', as: 'undone' }).ends('undone')
    script.declines({ verb: 'retry' }, 'has ended undone')
  })

  test('on a saga that never started, or has not yet, is declined', () => {
    transcript(ordinary).about('x').declines({ verb: 'retry' }, 'was never started')
    transcript(ordinary).about('x').cancelled().declines({ verb: 'retry' }, 'has not started yet')
  })

  test('is remembered among the last five', () => {
    const script = atTwo()
    for (let count = 0; count < 7; count += 1) script.directed({ id: `op-${count}`, verb: 'retry' })
    expect(script.state?.acts?.map(({ id }) => id)).toEqual(['op-2', 'op-3', 'op-4', 'op-5', 'op-6'])
  })
})

describe('while the queues have fallen behind', () => {
  test('silence proves nothing: no step is asked again or given up, and no deadline passes', () => {
    const script = atTwo()
    for (let round = 0; round < 30; round += 1) script.after(minutes(5), { congested: true }).sendsNothing()
    expect(script.state).toMatchObject({ mode: 'forward', steps: [{}, { status: 'sent', asks: 0 }, {}, {}] })
    script.hears(two.Done(yes('b')), two.Do).sends(last.Do)
  })

  test('patience begins again when they have caught up', () => {
    const script = atTwo().after(minutes(70), { congested: true }).sendsNothing().after(minutes(1)).sends(two.Do)
    expect(script.state).toMatchObject({ mode: 'forward', steps: [{}, { status: 'unknown', asks: 1 }, {}, {}] })
  })
})
