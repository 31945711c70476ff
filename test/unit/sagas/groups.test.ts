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
  also,
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
  three,
  two,
  yes,
} from '../../support/little-saga.ts'

const asked = Asked({ id: 'x', amount: 1 })

describe('steps side by side', () => {
  const both = little()
    .parallel((group) => group.step('one', step(one)).step('two', step(two)))
    .pivot('last', {
      ...pivot(last),
      send: ({ input, one: first, two: second }) => last.Do({ id: `${input.id}-${first.mark}-${second.mark}` }),
    })
    .endsWith(ends)

  test('are asked at once, and what comes after waits for all of them', () => {
    transcript(both)
      .given(asked)
      .sends(one.Do)
      .sends(two.Do)
      .replies(two.Done(yes('b')))
      .sendsNothing()
      .hears(one.Done(yes('a')), one.Do)
      .sends(last.Do, { id: 'x-a-b' })
      .replies(last.Done(yes()))
      .sends(Finish)
      .replies(Finished(it))
      .ends('done')
  })

  test('are all undone when one of them is refused, the one under way included', () => {
    transcript(both)
      .given(asked)
      .sends(one.Do)
      .sends(two.Do)
      .replies(two.Refused(no()))
      .sends(one.Undo)
      .replies(one.Undone(it))
      .sends(Abandon, { because: no().reason })
      .replies(Abandoned(it))
      .ends('undone')
  })

  test('that are done are undone together', () => {
    transcript(both)
      .given(asked)
      .sends(one.Do)
      .replies(one.Done(yes('a')))
      .hears(two.Done(yes('b')), two.Do)
      .sends(last.Do)
      .replies(last.Refused(no()))
      .sends(two.Undo, { mark: 'b' })
      .sends(one.Undo, { mark: 'a' })
      .replies(one.Undone(it))
      .sendsNothing()
      .hears(two.Undone(it), two.Undo)
      .sends(Abandon)
      .replies(Abandoned(it))
      .ends('undone')
  })

  test('after the pivot are asked until all are done', () => {
    const late = little()
      .pivot('last', pivot(last))
      .parallel((group) => group.retriable('after', retriable(after)).retriable('also', retriable(also)))
      .endsWith(ends)
    transcript(late)
      .given(asked)
      .sends(last.Do)
      .replies(last.Done(yes()))
      .sends(after.Do)
      .sends(also.Do)
      .replies(also.Done(yes()))
      .sendsNothing()
      .hears(after.Done(yes()), after.Do)
      .sends(Finish)
      .replies(Finished(it))
      .ends('done')
  })
})

describe('a quorum', () => {
  const twoOfThree = little()
    .quorum(2, (group) => group.step('one', step(one)).step('two', step(two)).step('three', step(three)))
    .pivot('last', {
      ...pivot(last),
      send: ({ one: first, two: second, three: third }) =>
        last.Do({ id: [first, second, third].map((its) => its?.mark ?? '-').join('') }),
    })
    .endsWith(ends)

  test('goes on when enough are done, and undoes the rest while it does', () => {
    transcript(twoOfThree)
      .given(asked)
      .sends(one.Do)
      .sends(two.Do)
      .sends(three.Do)
      .replies(three.Done(yes('c')))
      .sendsNothing()
      .hears(one.Done(yes('a')), one.Do)
      .sends(two.Undo)
      .sends(last.Do, { id: 'a-c' })
      .replies(last.Done(yes()))
      .sendsNothing()
      .hears(two.Undone(it), two.Undo)
      .sends(Finish)
      .replies(Finished(it))
      .ends('done')
  })

  test('outlives as many refusals as leave enough', () => {
    transcript(twoOfThree)
      .given(asked)
      .sends(one.Do)
      .replies(one.Refused(no()))
      .hears(two.Done(yes('b')), two.Do)
      .hears(three.Done(yes('c')), three.Do)
      .sends(last.Do, { id: '-bc' })
  })

  test('is lost with one refusal more, and what was done is undone', () => {
    transcript(twoOfThree)
      .given(asked)
      .sends(one.Do)
      .replies(one.Done(yes('a')))
      .hears(two.Refused(no('full')), two.Do)
      .hears(three.Refused(no('closed')), three.Do)
      .sends(one.Undo, { mark: 'a' })
      .replies(one.Undone(it))
      .sends(Abandon)
      .replies(Abandoned(it))
      .ends('undone')
  })

  test('does without a member that stays silent, once the others are there', () => {
    const script = transcript(twoOfThree)
      .given(asked)
      .sends(one.Do)
      .replies(one.Done(yes('a')))
    for (let waited = 0; waited < 3; waited += 1) script.after(minutes(5))
    // Both of the silent ones are given up, so that the quorum is out of reach.
    script.sends(three.Undo).sends(two.Undo).sends(one.Undo)
  })

  test('that is reached keeps exactly as many as are needed when the others answer late', () => {
    const script = transcript(twoOfThree)
      .given(asked)
      .sends(one.Do)
      .replies(one.Done(yes('a')))
      .hears(two.Done(yes('b')), two.Do)
      .sends(three.Undo)
      .sends(last.Do)
      .hears(three.Done(yes('c')), three.Do)
    expect(script.state).toMatchObject({ steps: [{ status: 'done' }, { status: 'done' }, { status: 'undoing' }, {}] })
  })

  test.each([0, 4, 1.5])('of %d out of three does not come into being', (need) => {
    const group = () =>
      little()
        .quorum(need, (steps) => steps.step('one', step(one)).step('two', step(two)).step('three', step(three)))
        .pivot('last', pivot(last))
        .endsWith(ends)
    expect(group).toThrow(`a quorum of ${need} cannot be reached by 3 steps`)
  })
})

describe('a conditional step', () => {
  const large = little()
    .when(
      ({ input }) => input.amount > 100,
      (steps) => steps.step('one', step(one)),
    )
    .step('two', step(two))
    .pivot('last', { ...pivot(last), send: ({ one: first }) => last.Do({ id: first?.mark ?? 'without' }) })
    .when(
      ({ last: { mark } }) => mark === 'more',
      (steps) => steps.retriable('after', retriable(after)),
    )
    .endsWith(ends)

  test('is left out where its condition does not hold, before and after the pivot', () => {
    transcript(large)
      .given(asked)
      .sends(two.Do)
      .replies(two.Done(yes()))
      .sends(last.Do, { id: 'without' })
      .replies(last.Done(yes('enough')))
      .sends(Finish)
      .replies(Finished(it))
      .ends('done')
  })

  test('runs where it holds', () => {
    transcript(large)
      .given(Asked({ id: 'x', amount: 101 }))
      .sends(one.Do)
      .replies(one.Done(yes('a')))
      .sends(two.Do)
      .replies(two.Done(yes()))
      .sends(last.Do, { id: 'a' })
      .replies(last.Done(yes('more')))
      .sends(after.Do)
  })

  test('that was left out is not undone', () => {
    transcript(large)
      .given(asked)
      .sends(two.Do)
      .replies(two.Refused(no()))
      .sends(Abandon)
      .replies(Abandoned(it))
      .ends('undone')
  })
})

describe('on the way back', () => {
  const question = { send: ({ input }: { input: { id: string } }) => three.Do({ id: input.id }) }
  const begun = () => little().step('one', step(one))
  const patient = { on: Approved, within: minutes(30), otherwise: { proceed: undefined } } as const

  test.each([
    [
      'a step that was left out',
      begun().when(
        () => false,
        (steps) => steps.step('three', step(three)),
      ),
    ],
    ['a pause', begun().timer('three', () => 0)],
    ['a word', begun().signal('three', patient)],
    ['a question', begun().check('three', { ...question, done: three.Done, refused: three.Refused })],
    [
      'two of them',
      begun()
        .timer('rest', () => 0)
        .when(
          () => false,
          (steps) => steps.step('three', step(three)),
        ),
    ],
  ])('%s in between lets no undo overtake the one after it', (_, sofar) => {
    const definition = sofar.step('two', step(two)).pivot('last', pivot(last)).endsWith(ends)
    const script = transcript(definition).given(asked).sends(one.Do).replies(one.Done(yes()))
    const word = definition.steps.find(({ name }) => name === 'three')
    if (word?.kind === 'signal') script.sendsNothing().signals(Approved({ id: 'x', yes: true, by: 'ann' }))
    if (word?.kind === 'check') script.sends(three.Do).replies(three.Done(yes()))
    if (definition.steps.some(({ kind }) => kind === 'timer')) script.sendsNothing().after(1)
    script
      .sends(two.Do)
      .replies(two.Done(yes()))
      .sends(last.Do)
      .replies(last.Refused(no()))
      .sends(two.Undo)
      .replies(two.Undone(it))
      .sends(one.Undo)
      .replies(one.Undone(it))
      .sends(Abandon)
  })
})

describe('a check', () => {
  const checked = little()
    .check('one', { send: ({ input }) => one.Do({ id: input.id }), done: one.Done, refused: one.Refused })
    .step('two', step(two))
    .pivot('last', pivot(last))
    .endsWith(ends)

  test('that passed has nothing to undo', () => {
    transcript(checked)
      .given(asked)
      .sends(one.Do)
      .replies(one.Done(yes()))
      .sends(two.Do)
      .replies(two.Refused(no()))
      .sends(Abandon)
      .replies(Abandoned(it))
      .ends('undone')
  })

  test('whose answer is missing is asked again, and given up without an undo', () => {
    const script = transcript(checked).given(asked).sends(one.Do)
    script.after(minutes(5)).sends(one.Do).after(minutes(5)).sends(one.Do)
    script
      .after(minutes(5))
      .sends(Abandon, { because: { code: 'timed-out', message: 'It could not be completed in time.' } })
  })
})

describe('a refusal that is tried again', () => {
  const patient = little()
    .step('one', { ...step(one), retry: { attempts: 3, when: ({ code }) => code === 'busy', pause: seconds(8) } })
    .pivot('last', pivot(last))
    .endsWith(ends)

  test('pauses between attempts, each with an id of its own', () => {
    const script = transcript(patient)
      .given(asked)
      .sends(one.Do)
      .replies(one.Refused(no('busy')))
      .sendsNothing()
    expect(script.state).toMatchObject({ steps: [{ status: 'pending', attempt: 2 }, {}] })
    script
      .after(seconds(8))
      .sends(one.Do)
      .replies(one.Refused(no('busy')))
      .sendsNothing()
    script.after(seconds(16)).sends(one.Do).replies(one.Done(yes())).sends(last.Do)
  })

  test('ends with the refusal when the attempts are used up, or when it is of another kind', () => {
    const script = transcript(patient)
      .given(asked)
      .sends(one.Do)
      .replies(one.Refused(no('busy')))
    script
      .after(seconds(8))
      .sends(one.Do)
      .replies(one.Refused(no('broken')))
      .sends(Abandon, { because: no('broken').reason })
  })

  test('is not tried again once the saga is cancelled during the pause', () => {
    transcript(patient)
      .given(asked)
      .sends(one.Do)
      .replies(one.Refused(no('busy')))
      .cancelled()
      .sends(Abandon)
      .replies(Abandoned(it))
      .ends('undone')
  })

  test('pauses differently for different sagas, and the same again for the same one', () => {
    const pauseOf = (id: string) => {
      const script = transcript(patient)
        .given(Asked({ id, amount: 1 }))
        .sends(one.Do)
        .replies(one.Refused(no('busy')))
      const { steps, startedAt } = script.state as Running
      return steps[0]!.dueAt! - startedAt
    }
    const pauses = Array.from({ length: 200 }, (_, index) => pauseOf(`x${index}`))
    expect(pauseOf('x7')).toBe(pauses[7])
    expect(Math.min(...pauses)).toBeGreaterThanOrEqual(0)
    expect(Math.max(...pauses)).toBeLessThanOrEqual(seconds(8))
    expect(new Set(pauses).size).toBeGreaterThan(150)
  })
})
