import { describe, expect, test } from 'vitest'
import { hashOf } from '../../../reactive/hash.ts'
import { hours, minutes, seconds } from '../../../reactive/time.ts'
import { timings } from '../../../reactive/timing.ts'
import type { Definition } from '../../../sagas/engine/definition.ts'
import type { Running, SagaInput, SagaState } from '../../../sagas/engine/state.ts'
import { transition } from '../../../sagas/engine/transition.ts'
import {
  Approved,
  after,
  Blessed,
  child,
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
  yes,
} from '../../support/little-saga.ts'

const now = Date.UTC(2026, 0, 1)
const order = { id: 'x', amount: 1 }
const start: SagaInput = { kind: 'start', data: order }
const cancel: SagaInput = { kind: 'cancel' }
const wake: SagaInput = { kind: 'wake' }
const signal = (name: string, yes = true): SagaInput => ({
  kind: 'signal',
  step: name,
  data: { id: 'x', yes, by: 'ann' },
})
const ended = (command: 'confirm' | 'reject'): SagaInput => ({ kind: 'ended', command })
const act = (id: string, more: object): SagaInput => ({
  kind: 'act',
  act: { id, verb: 'retry', by: 'ann', reason: 'because', ...more },
})

const waiting = { on: Approved, within: minutes(30), otherwise: { proceed: undefined } } as const
const plain = little()
  .step('one', step(one))
  .pivot('last', pivot(last))
  .retriable('after', retriable(after))
  .endsWith(ends)
const reviewed = little()
  .signal('approval', waiting)
  .signal('blessing', { ...waiting, on: Blessed })
  .step('one', step(one))
  .pivot('last', pivot(last))
  .endsWith(ends)
const patient = little()
  .step('one', { ...step(one), retry: { attempts: 3, when: () => true, pause: seconds(1) } })
  .pivot('last', pivot(last))
  .endsWith(ends)

/** What the last of these inputs did, each a second after the one before; and the state that they led to. */
const lived = (definition: Definition, ...inputs: readonly SagaInput[]) => {
  let state: SagaState | undefined
  let at = now
  const verdicts = inputs.map((input) => {
    at += seconds(1)
    const verdict = transition(definition, state, input, occasionOf(definition), at, timings.standard)
    if ('state' in verdict) state = verdict.state
    return verdict
  })
  return { verdict: verdicts.at(-1)!, state: state as Running, at }
}
const occasionOf = ({ name }: Definition) => ({
  sagaId: `${name}:x`,
  subject: 'x',
  correlationId: 'c',
  traceparent: '00-trace',
})
const known = { is: 'known' }
const stale = { is: 'stale' }

describe('before a saga has started', () => {
  test('a timer is stale', () => expect(lived(plain, wake).verdict).toEqual(stale))

  test('a reply is parked, and says to which saga it came', () =>
    expect(lived(plain, done('one')).verdict).toMatchObject({
      is: 'parked',
      code: 'unknown-saga',
      message: expect.stringContaining('little:x'),
    }))

  test('an operator’s act is parked, and says how to find the right id', () =>
    expect(lived(plain, act('a', {})).verdict).toMatchObject({
      code: 'unknown-saga',
      message: expect.stringContaining('saga list'),
    }))

  test('a word to a step that it has not is parked', () =>
    expect(lived(plain, signal('one')).verdict).toEqual({
      is: 'parked',
      code: 'unknown-step',
      message: 'little:x has no step one.',
    }))

  test('what was said is kept with the trace that it came by', () => {
    expect(lived(plain, cancel).state).toMatchObject({ phase: 'early-cancel', traceparent: '00-trace' })
    expect(lived(reviewed, signal('approval')).state).toMatchObject({ phase: 'early-signal', traceparent: '00-trace' })
  })
})

describe('a saga whose start was overtaken', () => {
  test('takes a cancellation after a word, and another one changes nothing', () => {
    expect(lived(reviewed, signal('approval'), cancel).state).toMatchObject({ phase: 'early-cancel' })
    expect(lived(reviewed, signal('approval'), cancel, cancel).verdict).toEqual(known)
  })

  test('hears each word once, and keeps what was said before', () => {
    const { verdict, state } = lived(reviewed, signal('approval'), signal('blessing'))
    expect(verdict.is).toBe('applied')
    expect(state).toMatchObject({ phase: 'early-signal', heard: { approval: {}, blessing: {} } })
    expect(lived(reviewed, signal('approval'), signal('approval')).verdict).toEqual(known)
    expect(lived(reviewed, cancel, signal('approval')).state).toMatchObject({
      phase: 'early-cancel',
      heard: { approval: {} },
    })
  })

  test('parks a word to a step that it has not, a reply and an act, and minds no timer', () => {
    expect(lived(reviewed, cancel, signal('one')).verdict).toMatchObject({ is: 'parked', code: 'unknown-step' })
    expect(lived(reviewed, cancel, act('a', {})).verdict).toMatchObject({ is: 'parked', code: 'wrong-state' })
    expect(lived(reviewed, cancel, done('one')).verdict).toMatchObject({
      code: 'reply-before-start',
      message: expect.stringContaining('little:x'),
    })
    expect(lived(reviewed, cancel, wake).verdict).toEqual(stale)
  })

  test('turns back as it starts when it was cancelled, and remembers that it was', () =>
    expect(lived(plain, cancel, start).state).toMatchObject({
      mode: 'compensating',
      cancelNoted: true,
      because: { code: 'cancelled' },
      traceparent: '00-trace',
    }))
})

describe('a saga under way', () => {
  test('knows its start already', () => expect(lived(plain, start, start).verdict).toEqual(known))

  test('knows the caller that started it, and turns another one away with the reason', () => {
    const by = (caller: string): SagaInput => ({ ...start, caller })
    expect(lived(child, by('p:x/pay/do/1'), by('p:x/pay/do/1')).verdict).toEqual(known)
    expect(lived(child, by('p:x/pay/do/1'), by('q:x/pay/do/1')).verdict).toEqual({
      is: 'turned-away',
      caller: 'q:x/pay/do/1',
      because: { code: 'already-under-way', message: 'It is being done, or has been done, already.' },
    })
  })

  test('parks a reply and a word for a step that it has not', () => {
    expect(lived(plain, start, done('three')).verdict).toMatchObject({ is: 'parked', code: 'unknown-step' })
    expect(lived(plain, start, signal('three')).verdict).toMatchObject({ is: 'parked', code: 'unknown-step' })
    expect(lived(plain, start, signal('one')).verdict).toMatchObject({ is: 'parked', code: 'unknown-step' })
  })

  test('takes a reply for a step that asks nobody for no evidence', () =>
    expect(lived(reviewed, start, done('approval')).verdict).toEqual(known))

  test('takes the refusal of an undo that it does not wait for as no evidence', () =>
    expect(lived(plain, start, { kind: 'undo-refused', step: 'one', attempt: 1, data: no() }).verdict).toEqual(known))

  test('turns back when it is cancelled, and only once', () => {
    expect(lived(plain, start, cancel).state).toMatchObject({ mode: 'compensating', cancelNoted: true })
    expect(lived(plain, start, cancel, cancel).verdict).toEqual(known)
  })

  test('minds neither an end that it has not asked for nor the wrong one', () => {
    expect(lived(plain, start, ended('confirm')).verdict).toEqual(known)
    const finished = [start, done('one'), done('last'), done('after')] as const
    expect(lived(plain, ...finished).state.end).toMatchObject({ command: 'confirm' })
    expect(lived(plain, ...finished, ended('reject')).verdict).toEqual(known)
    expect(lived(plain, ...finished, ended('confirm')).state).toMatchObject({ phase: 'ended', outcome: 'done' })
  })

  test('hears once that its end is recorded while a case keeps it open', () => {
    const failed = { kind: 'undo-refused', step: 'one', attempt: 1, data: no() } as const
    const open = [start, done('one'), refused('last'), failed] as const
    expect(lived(plain, ...open, ended('reject')).state).toMatchObject({ phase: 'running', end: { command: 'reject' } })
    expect(lived(plain, ...open, ended('reject'), ended('reject')).verdict).toEqual(known)
  })

  test('stores nothing for a step that keeps nothing', () => {
    const { steps } = lived(plain, start, done('one'), done('last'), done('after')).state
    expect(steps.map((its) => 'output' in its)).toEqual([true, true, false])
    const heard = lived(reviewed, start, signal('approval')).state.steps[0]!
    expect('output' in heard).toBe(false)
    expect(lived(reviewed, signal('approval')).state).toMatchObject({ heard: { approval: {} } })
    const early = lived(reviewed, signal('approval')).state as unknown as { heard: { approval: object } }
    expect('output' in early.heard.approval).toBe(false)
  })

  test('still has what a step kept when that is undone, for who looks at it later', () => {
    const undone: SagaInput = { kind: 'undone', step: 'one', attempt: 1, data: { id: 'x' } }
    const { steps } = lived(plain, start, done('one'), refused('last'), undone).state
    expect(steps[0]).toEqual({ status: 'undone', attempt: 1, asks: 0, output: { mark: yes().mark } })
  })

  test('is not woken by a timer that was replaced, however late that comes', () => {
    const { state, at } = lived(plain, start, done('one'))
    const late = at + hours(1)
    const replaced: SagaInput = { kind: 'wake', number: state.wake.number + 7 }
    expect(transition(plain, state, replaced, occasionOf(plain), late, timings.standard)).toEqual(stale)
    expect(transition(plain, state, wake, occasionOf(plain), at, timings.standard)).toEqual(stale)
    expect(transition(plain, state, wake, occasionOf(plain), late, timings.standard)).toMatchObject({ is: 'applied' })
  })
})

describe('attempts', () => {
  test('are as many as the policy allows, and not one more', () => {
    const later = (state: Running, input: SagaInput, at: number) => {
      const verdict = transition(patient, state, input, occasionOf(patient), at, timings.standard)
      return (verdict as { state: Running }).state
    }
    let { state, at } = lived(patient, start)
    for (const attempt of [1, 2]) {
      state = later(state, refused('one', attempt), at)
      expect(state.steps[0]).toMatchObject({ status: 'pending', attempt: attempt + 1 })
      at = state.wake.at
      state = later(state, { kind: 'wake', number: state.wake.number }, at)
      expect(state.steps[0]).toMatchObject({ status: 'sent', attempt: attempt + 1 })
    }
    expect(later(state, refused('one', 3), at).steps[0]).toMatchObject({ status: 'refused', attempt: 3 })
  })

  test('end with a cancellation that was noted: what nobody wants any more is not tried again', () => {
    const eager = little()
      .step('one', step(one))
      .pivot('last', { ...pivot(last), retry: { attempts: 3, when: () => true } })
      .endsWith(ends)
    const wanted = lived(eager, start, done('one'), refused('last')).state
    expect(wanted).toMatchObject({ mode: 'forward', steps: [{}, { status: 'pending', attempt: 2 }] })
    const unwanted = lived(eager, start, done('one'), cancel, refused('last')).state
    expect(unwanted).toMatchObject({ mode: 'compensating', steps: [{ status: 'undoing' }, { status: 'refused' }] })
  })

  test('pause twice as long with each, at most', () => {
    const { state, at } = lived(patient, start)
    const again = { ...state, steps: [{ ...state.steps[0]!, attempt: 2 }, ...state.steps.slice(1)] }
    const pauses = Array.from({ length: 50 }, (_, index) => {
      const input = refused('one', 2)
      const verdict = transition(
        patient,
        { ...again, id: `little:${index}` },
        input,
        occasionOf(patient),
        at,
        timings.standard,
      )
      return (verdict as { state: Running }).state.steps[0]!.dueAt! - at
    })
    expect(Math.max(...pauses)).toBeGreaterThan(seconds(1))
    expect(Math.max(...pauses)).toBeLessThan(seconds(2))
    // The same for the same saga, step and attempt, wherever it is drawn.
    expect(pauses[7]).toBe(Math.floor((hashOf('little:7/one/2') / 2 ** 32) * seconds(2)))
  })
})

describe('an operator’s word', () => {
  test('needs a step that waits for one, and data that fits', () => {
    const word = (more: object) => act('a', { verb: 'signal', ...more })
    const data = { id: 'x', yes: true, by: 'ann' }
    expect(lived(reviewed, start, word({ data })).verdict).toMatchObject({
      code: 'unknown-step',
      message: expect.stringContaining('(none was named)'),
    })
    expect(lived(reviewed, start, word({ step: 'approval', data: {} })).verdict).toMatchObject({ code: 'wrong-data' })
    expect(lived(reviewed, start, signal('approval'), word({ step: 'approval', data })).verdict).toMatchObject({
      code: 'wrong-state',
      message: expect.stringContaining('has heard its word'),
    })
    // Whoever says something else to a step that hears no more is told that, and not that the data is wrong.
    expect(lived(reviewed, start, signal('approval'), word({ step: 'approval', data: {} })).verdict).toMatchObject({
      code: 'wrong-state',
    })
  })

  test('is recognised by its id among others', () => {
    const word = (id: string, name: string) =>
      act(id, { verb: 'signal', step: name, data: { id: 'x', yes: true, by: 'ann' } })
    expect(lived(reviewed, start, word('a', 'approval'), word('b', 'blessing'), word('a', 'approval')).verdict).toEqual(
      known,
    )
  })

  test('is declined when it does not fit the state, with a code that says so', () =>
    expect(lived(plain, start, act('a', { verb: 'skip', step: 'one' })).verdict).toMatchObject({ code: 'wrong-state' }))
})

describe('a saga that has ended', () => {
  const over = [start, done('one'), done('last'), done('after'), ended('confirm')] as const

  test('minds no timer, and knows everything else', () => {
    expect(lived(plain, ...over, wake).verdict).toEqual(stale)
    for (const input of [start, cancel, done('one'), ended('confirm')])
      expect(lived(plain, ...over, input).verdict).toEqual(known)
  })

  test('takes no act any more', () =>
    expect(lived(plain, ...over, act('a', {})).verdict).toMatchObject({
      is: 'parked',
      code: 'wrong-state',
      message: expect.stringContaining('has ended done'),
    }))

  test('knows the caller that it answers', () => {
    const by = (caller: string): SagaInput => ({ ...start, caller })
    const called = [by('p:x/pay/do/1'), done('last'), ended('confirm')] as const
    expect(lived(child, ...called, by('p:x/pay/do/1')).verdict).toEqual(known)
    expect(lived(child, ...called, by('q:x/pay/do/1')).verdict).toMatchObject({ is: 'turned-away' })
  })
})
