import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { reply } from '../../../events/contract.ts'
import { reason } from '../../../events/vocabulary.ts'
import { minutes } from '../../../reactive/time.ts'
import { timings } from '../../../reactive/timing.ts'
import { saga } from '../../../sagas/engine/builder.ts'
import { problemsOf } from '../../../sagas/engine/definition.ts'
import { outstanding, turnedAway } from '../../../sagas/engine/outstanding.ts'
import { transition } from '../../../sagas/engine/transition.ts'
import { transcript } from '../../../sagas/testing/transcript.ts'
import {
  Abandon,
  Abandoned,
  Answered,
  Approved,
  Asked,
  Call,
  called,
  child,
  Declined,
  ends,
  Finish,
  Finished,
  it,
  last,
  little,
  no,
  one,
  pivot,
  step,
  Withdrawn,
  yes,
} from '../../support/little-saga.ts'

const parent = little()
  .step('one', step(one))
  .subsaga('child', child, { send: ({ input: { id, amount } }) => ({ id, amount }), keep: ({ mark }) => ({ mark }) })
  .endsWith({ ...ends, done: { ...ends.done, send: ({ child: { mark } }) => Finish({ id: mark }) } })

const asked = Asked({ id: 'x', amount: 7 })
const call = Call({ id: 'x', amount: 7 })

describe('a saga that calls another', () => {
  test('sends it to the inbox of the other, waits for its end, and reads its answer', () => {
    transcript(parent)
      .given(asked)
      .sends(one.Do)
      .replies(one.Done(yes()))
      .sends(Call, { id: 'x', amount: 7 })
      .replies(Answered({ mark: 'from-child' }))
      .sends(Finish, { id: 'from-child' })
  })

  test('turns back when the other ended undone', () => {
    transcript(parent)
      .given(asked)
      .sends(one.Do)
      .replies(one.Done(yes()))
      .sends(Call)
      .replies(Declined({ reason: no('poor').reason }))
      .sends(one.Undo)
      .replies(one.Undone(it))
      .sends(Abandon, { because: no('poor').reason })
      .replies(Abandoned(it))
      .ends('undone')
  })

  test('has passed its point of no return: silence only makes it ask again', () => {
    const script = transcript(parent).given(asked).sends(one.Do).replies(one.Done(yes())).sends(Call)
    script.after(minutes(5)).sends(Call).cancelled().sendsNothing()
  })
})

describe('a saga that is called', () => {
  const now = Date.UTC(2026, 0, 1)
  const occasion = { sagaId: 'child:x', subject: 'x', correlationId: 'x' }
  const says = (script: ReturnType<typeof transcript>) =>
    outstanding(child, script.state!, now, timings.standard).map(({ to, message: { type, data, causationid } }) => ({
      to,
      type,
      data,
      causationid,
    }))

  test('answers its caller when it has ended, and again whenever it is asked again', () => {
    const script = transcript(child)
      .given(call)
      .sends(last.Do)
      .replies(last.Done(yes('m')))
      .sends(Finish)
    script.replies(Finished(it)).sends(Answered, { mark: 'm' })
    const answer = { to: 'saga-parent', type: Answered.type, data: { mark: 'm' }, causationid: 'parent:it/step/do/1' }
    expect(says(script)).toEqual([answer])
    script.given(call)
    expect(says(script)).toEqual([answer])
  })

  test('says why when it ended undone', () => {
    const script = transcript(child)
      .given(call)
      .sends(last.Do)
      .replies(last.Refused(no('poor')))
      .sends(Abandon)
    script.replies(Abandoned(it)).sends(Declined, { reason: no('poor').reason })
  })

  test('may tell its caller that it was cancelled too late, and does so only then', () => {
    const told = saga('child', 1)
      .startedBy('input', Asked, {
        subject: ({ id }) => id,
        cancelledBy: Withdrawn,
        called,
      })
      .pivot('last', pivot(last))
      .endsWith({
        done: { ...ends.done, answer: (_, { cancellationTooLate }) => ({ mark: cancellationTooLate ? 'late' : 'm' }) },
        undone: { ...ends.undone, answer: (_, because) => ({ reason: because }) },
      })
    const plain = transcript(told).given(call).sends(last.Do).replies(last.Done(yes())).sends(Finish)
    plain.replies(Finished(it)).sends(Answered, { mark: 'm' })
    const late = transcript(told).given(call).sends(last.Do).cancelled().replies(last.Done(yes())).sends(Finish)
    late.replies(Finished(it)).sends(Answered, { mark: 'late' })
  })

  test('answers nobody when an event started it', () => {
    const script = transcript(child).given(asked).sends(last.Do).replies(last.Done(yes())).sends(Finish)
    script.replies(Finished(it)).ends('done')
  })

  test('turns away who calls an instance that is another one’s, under way or ended', () => {
    const start = { kind: 'start', data: call.data, caller: 'parent:other/step/do/1' } as const
    const running = transcript(child).given(call)
    expect(transition(child, running.state, start, occasion, now, timings.standard)).toMatchObject({
      is: 'turned-away',
      caller: 'parent:other/step/do/1',
    })
    const byEvent = transcript(child).given(asked).sends(last.Do).replies(last.Done(yes())).sends(Finish)
    byEvent.replies(Finished(it))
    expect(transition(child, byEvent.state, start, occasion, now, timings.standard).is).toBe('turned-away')
    const event = { kind: 'start', data: asked.data } as const
    expect(transition(child, running.state, event, occasion, now, timings.standard).is).toBe('known')
    running.sends(last.Do).replies(last.Done(yes())).sends(Finish).replies(Finished(it))
    expect(transition(child, running.state, event, occasion, now, timings.standard).is).toBe('known')
  })

  test('tells who calls in vain in the words of its contract', () => {
    const Turned = reply('saga', 'ChildTurnedAway', 1, { id: z.string(), reason })
    const wordy = saga('child', 1)
      .startedBy('input', Asked, {
        subject: ({ id }) => id,
        called: { ...called, refused: Turned },
      })
      .pivot('last', pivot(last))
      .endsWith({
        done: { ...ends.done, answer: ({ last: { mark } }) => ({ mark }) },
        undone: { ...ends.undone, answer: ({ input: { id } }, because) => ({ id, reason: because }) },
      })
    const because = { code: 'already-under-way', message: 'It is being done.' }
    const { to, message } = turnedAway(
      wordy,
      { caller: 'parent:p/child/do/1', data: call.data, because },
      { sagaId: 'child:x', subject: 'x', correlationId: 'x' },
      0,
    )
    expect(to).toBe('saga-parent')
    expect(message).toMatchObject({ causationid: 'parent:p/child/do/1', data: { id: 'x', reason: because } })
    expect(Turned.schema.safeParse(message.data).success).toBe(true)
  })

  test('must answer at both ends, and be called by a command', () => {
    expect(problemsOf({ ...child, ends })).toEqual(['it can be called, but does not answer at both ends'])
    expect(problemsOf({ ...child, call: { ...child.call, by: Approved } })).toEqual([`${Approved.type} is no command`])
  })

  test('does not compile without its answers', () => {
    const silent = saga('child', 1)
      .startedBy('input', Asked, {
        subject: ({ id }) => id,
        called,
      })
      .pivot('last', pivot(last))
    // @ts-expect-error both ends must answer
    expect(() => silent.endsWith(ends)).toThrow('does not answer at both ends')
    // @ts-expect-error what was never made callable cannot be called
    expect(() => little().subsaga('child', little().pivot('last', pivot(last)).endsWith(ends), {})).toThrow()
  })
})
