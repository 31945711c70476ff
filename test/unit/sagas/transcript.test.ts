import { describe, expect, test } from 'vitest'
import { transcript } from '../../../sagas/testing/transcript.ts'
import {
  Abandoned,
  Asked,
  after,
  Call,
  child,
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

const definition = little()
  .step('one', step(one))
  .step('two', step(two))
  .pivot('last', pivot(last))
  .retriable('after', retriable(after))
  .endsWith(ends)
const asked = Asked({ id: 'x', amount: 1 })
const first = () => transcript(definition).given(asked).sends(one.Do)
const undoing = () => first().replies(one.Done(yes())).sends(two.Do).replies(two.Refused(no())).sends(one.Undo)
const ending = () =>
  first()
    .replies(one.Done(yes()))
    .sends(two.Do)
    .replies(two.Done(yes()))
    .sends(last.Do)
    .replies(last.Done(yes()))
    .sends(after.Do)
    .replies(after.Done(yes()))
    .sends(Finish)

test('a transcript takes for a start only what starts its saga', () => {
  expect(() => transcript(definition).given(Finish(it))).toThrow('little is not started by Finish.')
})

describe('a transcript takes for an answer', () => {
  test('what the step declares: done, refused, undone, or that it cannot be undone now', () => {
    expect(first().replies(one.Done(yes())).state).toMatchObject({ steps: [{ status: 'done' }, {}, {}, {}] })
    expect(first().replies(one.Refused(no())).state).toMatchObject({ mode: 'compensating' })
    expect(undoing().replies(one.Undone(it)).state).toMatchObject({ steps: [{ status: 'undone' }, {}, {}, {}] })
    expect(undoing().replies(one.UndoRefused(no())).state).toMatchObject({
      steps: [{ status: 'undo-failed' }, {}, {}, {}],
    })
    ending().replies(Finished(it)).ends('done')
  })

  test.each([
    ['the answer of another step', () => first().replies(two.Done(yes()))],
    ['the answer of an undo to a command', () => first().replies(one.Undone(it))],
    ['the answer of a command to an undo', () => undoing().replies(one.Done(yes()))],
    ['a refusal of a command to an undo', () => undoing().replies(one.Refused(no()))],
    ['the answer to the other end', () => ending().replies(Abandoned(it))],
    ['a step’s answer to an end', () => ending().replies(one.Done(yes()))],
    [
      'a refusal of what cannot be refused',
      () =>
        first()
          .replies(one.Done(yes()))
          .sends(two.Do)
          .replies(two.Done(yes()))
          .sends(last.Do)
          .replies(last.Done(yes()))
          .sends(after.Do)
          .replies(after.Refused(no())),
    ],
    ['what comes late to another question', () => first().hears(two.Done(yes()), one.Do)],
  ])('not %s, which production would park', (_, script) => {
    expect(script).toThrow(/is no answer to .*\n\nThe transcript so far:/s)
  })

  test('of a saga that it calls, what that one answers', () => {
    const calling = little()
      .subsaga('child', child, { send: ({ input }) => input })
      .endsWith(ends)
    const called = () => transcript(calling).given(asked).sends(Call)
    expect(() => called().replies(last.Done(yes()))).toThrow('is no answer to')
    expect(called().replies(child.call.done({ mark: 'm' })).state).toMatchObject({ steps: [{ status: 'done' }] })
  })
})
