import { describe, expect, test } from 'vitest'
import { hours, minutes } from '../../../reactive/time.ts'
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
  it,
  last,
  little,
  one,
  pivot,
  retriable,
  step,
  yes,
} from '../../support/little-saga.ts'

const asked = Asked({ id: 'x', amount: 1 })
const approved = Approved({ id: 'x', yes: true, by: 'reviewer' })
const declined = Approved({ id: 'x', yes: false, by: 'reviewer' })
const notApproved = { code: 'not-approved', message: 'It was not approved.' }

const waiting = {
  on: Approved,
  refuses: ({ yes }: { yes: boolean }) => (yes ? undefined : notApproved),
  keep: ({ by }: { by: string }) => ({ by }),
  within: minutes(30),
}
const reviewed = little()
  .step('one', step(one))
  .signal('approval', { ...waiting, otherwise: { refuse: notApproved } })
  .pivot('last', { ...pivot(last), send: ({ approval: { by } }) => last.Do({ id: by }) })
  .endsWith(ends)

describe('a signal', () => {
  test('is waited for without asking anybody, and what it said is known later', () => {
    transcript(reviewed)
      .given(asked)
      .sends(one.Do)
      .replies(one.Done(yes()))
      .sendsNothing()
      .signals(approved)
      .sends(last.Do, { id: 'reviewer' })
  })

  test('that is a no turns the saga back', () => {
    transcript(reviewed)
      .given(asked)
      .sends(one.Do)
      .replies(one.Done(yes()))
      .signals(declined)
      .sends(one.Undo)
      .replies(one.Undone(it))
      .sends(Abandon, { because: notApproved })
      .replies(Abandoned(it))
      .ends('undone')
  })

  test('that comes before it is waited for is kept until then', () => {
    transcript(reviewed)
      .given(asked)
      .sends(one.Do)
      .signals(approved)
      .sendsNothing()
      .hears(one.Done(yes()), one.Do)
      .sends(last.Do, { id: 'reviewer' })
  })

  test('that comes early and is a no turns the saga back when its turn comes', () => {
    transcript(reviewed)
      .given(asked)
      .sends(one.Do)
      .signals(declined)
      .sendsNothing()
      .hears(one.Done(yes()), one.Do)
      .sends(one.Undo)
  })

  test('that overtakes the start waits in a mark of its own', () => {
    const script = transcript(reviewed).about('x').signals(approved).sendsNothing()
    expect(script.state?.phase).toBe('early-signal')
    script.given(asked).sends(one.Do).replies(one.Done(yes())).sends(last.Do, { id: 'reviewer' })
  })

  test('and a cancellation that both overtake the start end with nothing done', () => {
    transcript(reviewed)
      .about('x')
      .signals(approved)
      .cancelled()
      .given(asked)
      .sends(Abandon)
      .replies(Abandoned(it))
      .ends('undone')
  })

  test('counts once: a second word changes nothing', () => {
    transcript(reviewed)
      .given(asked)
      .sends(one.Do)
      .signals(approved)
      .signals(declined)
      .hears(one.Done(yes()), one.Do)
      .sends(last.Do)
      .signals(declined)
      .sendsNothing()
  })

  test('that nobody says is what its definition says silence means', () => {
    const script = transcript(reviewed).given(asked).sends(one.Do).replies(one.Done(yes()))
    script.after(minutes(29)).sendsNothing().after(minutes(1)).sends(one.Undo)

    const proceeds = little()
      .signal('approval', { ...waiting, otherwise: { proceed: { by: 'nobody' } } })
      .pivot('last', { ...pivot(last), send: ({ approval: { by } }) => last.Do({ id: by }) })
      .endsWith(ends)
    transcript(proceeds).given(asked).sendsNothing().after(minutes(30)).sends(last.Do, { id: 'nobody' })
  })

  test('is not waited for longer than the saga may take', () => {
    const slow = little()
      .signal('approval', { ...waiting, within: hours(2), otherwise: { proceed: { by: 'nobody' } } })
      .pivot('last', pivot(last))
      .endsWith(ends)
    transcript(slow).given(asked).after(hours(1)).sends(Abandon).replies(Abandoned(it)).ends('undone')
  })

  test('that is being waited for is forgotten when the saga is cancelled', () => {
    transcript(reviewed)
      .given(asked)
      .sends(one.Do)
      .replies(one.Done(yes()))
      .cancelled()
      .sends(one.Undo)
      .signals(approved)
      .sendsNothing()
  })
})

describe('a timer', () => {
  const paused = little()
    .step('one', step(one))
    .timer('pause', ({ input }) => minutes(input.amount))
    .pivot('last', pivot(last))
    .timer('rest', () => hours(3))
    .retriable('after', retriable(after))
    .endsWith(ends)

  test('lets time pass, before the pivot and after it', () => {
    transcript(paused)
      .given(Asked({ id: 'x', amount: 10 }))
      .sends(one.Do)
      .replies(one.Done(yes()))
      .after(minutes(9))
      .sendsNothing()
      .after(minutes(1))
      .sends(last.Do)
      .replies(last.Done(yes()))
      .after(hours(2))
      .sendsNothing()
      .after(hours(1))
      .sends(after.Do)
      .replies(after.Done(yes()))
      .sends(Finish)
  })

  test('is interrupted by a cancellation while there is a way back', () => {
    transcript(paused)
      .given(Asked({ id: 'x', amount: 10 }))
      .sends(one.Do)
      .replies(one.Done(yes()))
      .cancelled()
      .sends(one.Undo)
  })

  test('never leaves its saga without a wake-up', () => {
    const script = transcript(paused)
      .given(Asked({ id: 'x', amount: 10 }))
      .sends(one.Do)
      .replies(one.Done(yes()))
    const { wake, startedAt } = script.state as Running
    expect(wake.at - startedAt).toBeLessThanOrEqual(minutes(10))
  })
})
