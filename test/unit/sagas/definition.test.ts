import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { event } from '../../../events/contract.ts'
import { minutes } from '../../../reactive/time.ts'
import {
  type Definition,
  eventsOf,
  fingerprint,
  inboxContracts,
  isCommand,
  isHarmless,
  problemsOf,
  type Step,
  versionOf,
} from '../../../sagas/engine/definition.ts'
import { fulfilOrderV1 as fulfilOrder } from '../../../sagas/retired/fulfil-order-v1.ts'
import {
  Abandoned,
  Answered,
  Approved,
  Asked,
  after,
  also,
  Blessed,
  Call,
  child,
  Declined,
  ends,
  Finish,
  Finished,
  last,
  little,
  no,
  one,
  pivot,
  retriable,
  step,
  three,
  two,
  Withdrawn,
} from '../../support/little-saga.ts'

/** An event that no saga here knows. */
const Requested = event('ordering', 'Requested', 1, { id: z.string() })

/** A step of every kind and everything that a saga may have, so that a rule is broken by changing one thing. */
const sound = little()
  .check('check', pivot(three))
  .step('step', step(one))
  .quorum(1, (group) => group.step('either', step(two)).step('or', step(also)))
  .when(
    () => true,
    (steps) => steps.signal('word', { on: Approved, within: minutes(5), otherwise: { refuse: no().reason } }),
  )
  .subsaga('pivot', child, { send: ({ input: { id } }) => ({ id, amount: 1 }) })
  .retriable('after', retriable(after))
  .signal('late', { on: Blessed, within: minutes(5), otherwise: { proceed: undefined } })
  .timer('pause', () => minutes(1))
  .endsWith(ends)
const alone = little().pivot('pivot', pivot(last)).endsWith(ends)

/** What follows is put together past the types, as untyped code could. */
type Change = { readonly [K in keyof Definition]?: unknown }
const changed = (change: Change): Definition => ({ ...sound, ...(change as Partial<Definition>) })
const withStep = (name: string, change: object): Change => ({
  steps: sound.steps.map((its) => (its.name === name ? { ...its, ...change } : its)),
})
const endingOn = (side: 'done' | 'undone', change: object): Change => ({
  ends: { ...sound.ends, [side]: { ...sound.ends[side], ...change } },
})

describe('a definition', () => {
  test('has the steps in the order in which they are written, each after the one before', () => {
    const { steps } = little().step('first', step(one)).pivot('second', pivot(last)).endsWith(ends)
    expect(steps.map(({ name, kind, after }) => [name, kind, after])).toEqual([
      ['first', 'compensable', []],
      ['second', 'pivot', [0]],
    ])
  })

  test('that is unsound does not come into being', () => {
    const twice = little().step('one', step(one))
    // @ts-expect-error a name that is taken is refused by the compiler too
    expect(() => twice.step('one', step(two)).pivot('pivot', pivot(last)).endsWith(ends)).toThrow(
      'Saga little v1 is not sound: two steps are called one.',
    )
    const open = little().pivot('pivot', pivot(last)) as unknown as { endsWith(ends: unknown): Definition }
    expect(() => open.endsWith({})).toThrow(
      'Saga little v1 is not sound: it does not say how it ends when it is done; it does not say how it ends when it is undone.',
    )
  })

  test('is found by its name and its version', () => {
    const [first, second] = [little(1), little(2)].map((its) => its.pivot('pivot', pivot(last)).endsWith(ends))
    expect(versionOf([child, first!, second!], { definition: 'little', version: 2 })).toBe(second)
    expect(versionOf([child, first!, second!], { definition: 'child', version: 1 })).toBe(child)
    expect(versionOf([child, first!, second!], { definition: 'child', version: 2 })).toBeUndefined()
  })

  test('tells the steps that have an effect somewhere else, and those that may be left standing on the way back', () => {
    const named = (is: (its: Step) => boolean) => sound.steps.filter(is).map(({ name }) => name)
    expect(named(isCommand)).toEqual(['check', 'step', 'either', 'or', 'pivot', 'after'])
    expect(named(isHarmless)).toEqual(['check', 'word', 'late', 'pause'])
  })
})

describe('what a saga hears', () => {
  test('is the events that start it, cancel it and are waited for', () => {
    expect(eventsOf(sound)).toEqual([Asked, Withdrawn, Approved, Blessed])
    expect(eventsOf(child)).toEqual([Asked])
  })

  test('is also the call of another saga, and every answer to what it sends', () => {
    expect(inboxContracts(child)).toEqual([Asked, Call, last.Done, last.Refused, Finished, Abandoned])
    expect(inboxContracts(sound)).toEqual([
      ...[Asked, Withdrawn, Approved, Blessed, three.Done, three.Refused],
      ...[one, two, also].flatMap(({ Done, Refused, Undone, UndoRefused }) => [Done, Refused, Undone, UndoRefused]),
      ...[Answered, Declined, after.Done, Finished, Abandoned],
    ])
  })

  test('is named once, though two steps are answered alike', () => {
    const { done, refused } = pivot(one)
    expect(inboxContracts(changed(withStep('check', { done, refused })))).toEqual(
      inboxContracts(sound).filter((contract) => contract !== three.Done && contract !== three.Refused),
    )
  })
})

describe('a definition is sound', () => {
  test.each<[string, Definition]>([
    ['with steps of every kind', sound],
    ['with the pivot alone', alone],
    ['where another saga may call it', child],
    ['as the business has it', fulfilOrder],
    ['where nothing cancels it', changed({ cancelledBy: undefined })],
    [
      'where a step has no reply for an undo that cannot be done',
      changed(withStep('step', { undoRefused: undefined })),
    ],
    ['where silence before the pivot goes on', changed(withStep('word', { otherwise: { proceed: undefined } }))],
    ['where a word before the pivot may be a no', changed(withStep('word', { refuses: () => undefined }))],
    ['where a step comes after the first one only', changed(withStep('pause', { after: [0] }))],
    ['where a quorum needs all of its steps', changed({ quorums: [{ of: [2, 3], need: 2 }] })],
    ['where two steps are answered alike', changed(withStep('check', { done: one.Done, refused: one.Refused }))],
  ])('%s', (_, definition) => {
    expect(problemsOf(definition)).toEqual([])
  })

  test.each(['a', 'one-2', 'o-', 'a'.repeat(48)])('with %s for a name', (name) => {
    expect(problemsOf(changed({ ...withStep('step', { name }), name }))).toEqual([])
  })
})

describe('a definition is refused', () => {
  test.each(['', '1st', '-one', 'One', 'onE', 'one_two', 'one/two', 'one ', ' one', 'öne', 'a'.repeat(49)])(
    'with "%s" for a name, of it or of a step',
    (name) => {
      const sentence = `"${name}" is no name (a–z, 0–9, -, at most 48)`
      expect(problemsOf(changed({ name }))).toEqual([sentence])
      expect(problemsOf(changed(withStep('step', { name })))).toEqual([sentence])
    },
  )

  test.each<[string, Change, ...string[]]>([
    ['with a name twice', withStep('pause', { name: 'step' }), 'two steps are called step'],
    ['with a step called end', withStep('step', { name: 'end' }), 'a step cannot be called end'],
    ['with a step called as its input', withStep('step', { name: 'input' }), 'input is the name of the input'],

    ['with a step that waits for itself', withStep('step', { after: [1] }), 'step comes after itself or a later step'],
    [
      'with a step that waits for a later one as well',
      withStep('step', { after: [0, 4] }),
      'step comes after itself or a later step',
    ],
    [
      'with a step that waits for none that is there',
      withStep('step', { after: [-1] }),
      'step comes after itself or a later step',
    ],

    ['without steps', { steps: [], quorums: [] }, 'it has no steps'],
    ['without a pivot', { steps: sound.steps.slice(0, 5) }, 'it has no pivot'],
    ['with a second pivot', withStep('after', { kind: 'pivot' }), 'after is a second pivot'],
    [
      'with what is compensable after the pivot',
      withStep('after', { ...step(after), kind: 'compensable' }),
      'after is compensable after the pivot',
    ],
    ['with a check after the pivot', withStep('after', { kind: 'check' }), 'after is a check after the pivot'],
    [
      'with what is retriable before the pivot',
      withStep('check', { kind: 'retriable', refused: undefined }),
      'check is retriable before the pivot',
    ],
    [
      'with what is retriable where there is no pivot, both being said',
      { steps: [...sound.steps.slice(0, 5), { ...sound.steps[6], after: [4] }] },
      'it has no pivot',
      'after is retriable before the pivot',
    ],
    [
      'with what is retriable and may be refused',
      withStep('after', { refused: after.Refused }),
      'after is retriable, and may be refused',
    ],

    ['without the command that undoes a step', withStep('step', { undo: undefined }), 'step has no compensation'],
    ['without the reply that a step is undone', withStep('step', { undone: undefined }), 'step has no compensation'],
    [
      'where silence refuses after the pivot',
      withStep('late', { otherwise: { refuse: no().reason } }),
      'late may refuse after the pivot',
    ],
    [
      'where a word after the pivot may be a no',
      withStep('late', { refuses: () => undefined }),
      'late may hear a no after the pivot',
    ],

    [
      'where one reply says that a step is done and that it is refused',
      withStep('step', { refused: one.Done }),
      'step is told yes and no by the same reply',
    ],
    [
      'where one reply says that a step is undone and that it cannot be',
      withStep('step', { undoRefused: one.Undone }),
      'step is told yes and no by the same reply',
    ],

    ['with a quorum of none', { quorums: [{ of: [2, 3], need: 0 }] }, 'a quorum of 0 cannot be reached by 2 steps'],
    ['with a quorum of too many', { quorums: [{ of: [2, 3], need: 3 }] }, 'a quorum of 3 cannot be reached by 2 steps'],
    [
      'with a quorum of one and a half',
      { quorums: [{ of: [2, 3], need: 1.5 }] },
      'a quorum of 1.5 cannot be reached by 2 steps',
    ],
    [
      'with a step in a quorum that could not be undone',
      { quorums: [{ of: [0, 1], need: 1 }] },
      'check is in a quorum, but what is not needed of it could not be undone',
    ],

    ['that a command starts', { startedBy: Finish }, 'ordering.Finish.v1 is no event'],
    ['that a reply cancels', { cancelledBy: Finished }, 'ordering.Finished.v1 is no event'],
    ['that waits for a command', withStep('word', { on: Finish }), 'ordering.Finish.v1 is no event'],
    ['that one event starts and cancels', { cancelledBy: Asked }, 'ordering.Asked.v1 says two things to it'],
    [
      'that waits for the event that cancels it',
      withStep('word', { on: Withdrawn }),
      'ordering.Withdrawn.v1 says two things to it',
    ],
    [
      'that waits for one event in two steps',
      withStep('late', { on: Approved }),
      'ordering.Approved.v1 says two things to it',
    ],
    ['that an event answers', withStep('step', { done: Asked }), 'ordering.Asked.v1 is no reply'],
    ['that a command refuses', withStep('step', { refused: Finish }), 'ordering.Finish.v1 is no reply'],
    ['that hears from an event what is undone', withStep('step', { undone: Asked }), 'ordering.Asked.v1 is no reply'],
    [
      'that hears from a command what cannot be undone',
      withStep('step', { undoRefused: Finish }),
      'ordering.Finish.v1 is no reply',
    ],
    ['whose end an event records', endingOn('done', { recorded: Asked }), 'ordering.Asked.v1 is no reply'],
    ['whose way back an event records', endingOn('undone', { recorded: Asked }), 'ordering.Asked.v1 is no reply'],

    [
      'that has no end',
      { ends: undefined },
      'it does not say how it ends when it is done',
      'it does not say how it ends when it is undone',
    ],
    [
      'that ends on one side only',
      { ends: { done: sound.ends.done } },
      'it does not say how it ends when it is undone',
    ],
    [
      'that sends nothing when it is done',
      endingOn('done', { send: undefined }),
      'it does not say how it ends when it is done',
    ],
    [
      'whose end when it is undone is never recorded',
      endingOn('undone', { recorded: undefined }),
      'it does not say how it ends when it is undone',
    ],

    [
      'that is called, and does not answer when it is done',
      { call: child.call, ends: { ...sound.ends, undone: child.ends.undone } },
      'it can be called, but does not answer at both ends',
    ],
    [
      'that is called, and does not answer when it is undone',
      { call: child.call, ends: { ...sound.ends, done: child.ends.done } },
      'it can be called, but does not answer at both ends',
    ],
    [
      'that is called by the event that starts it',
      { call: { ...child.call, by: Asked }, ends: child.ends },
      'ordering.Asked.v1 is no command',
    ],
  ])('%s', (_, change, ...sentences) => {
    expect(problemsOf(changed(change))).toEqual(sentences)
  })
})

describe('the fingerprint of a definition', () => {
  const of = (change: Change) => fingerprint(changed(change), changed(change).ends)
  const { steps } = sound
  const { call } = child

  test('is the same in every version of the engine, since instances that run have it stored', () => {
    expect([sound.hash, child.hash, alone.hash]).toEqual(['b3ef16af', '383b6dae', '93ff59ad'])
  })

  test.each<[string, Change]>([
    ['the event that starts it', { startedBy: Requested }],
    ['the event that cancels it', { cancelledBy: Requested }],
    ['whether anything cancels it', { cancelledBy: undefined }],
    ['whether it may be called', { call }],
    ['the order of its steps', { steps: [steps[1], steps[0], ...steps.slice(2)] }],
    ['how many its steps are', { steps: steps.slice(0, -1) }],
    ['the name of a step', withStep('step', { name: 'other' })],
    ['the kind of a step', withStep('step', { kind: 'check' })],
    ['what a step comes after', withStep('step', { after: [] })],
    ['whether a step may be left out', withStep('word', { when: undefined })],
    ['the saga that a step calls', withStep('pivot', { calls: 'other' })],
    ['whether a step calls a saga', withStep('pivot', { calls: undefined })],
    ['what says that a step is done', withStep('step', { done: two.Done })],
    ['what says that it is refused', withStep('step', { refused: two.Refused })],
    ['what says that it is undone', withStep('step', { undone: two.Undone })],
    ['what says that it cannot be undone', withStep('step', { undoRefused: two.UndoRefused })],
    ['whether anything says that it cannot be undone', withStep('step', { undoRefused: undefined })],
    ['the word that is waited for', withStep('word', { on: Requested })],
    ['how many of a quorum are needed', { quorums: [{ of: [2, 3], need: 2 }] }],
    ['whether there is a quorum', { quorums: [] }],
    ['what says that its end is recorded', endingOn('done', { recorded: Answered })],
    ['what says that its way back is recorded', endingOn('undone', { recorded: Answered })],
  ])('changes with %s', (_, change) => {
    expect(of(change)).not.toBe(sound.hash)
  })

  test('changes with each contract of a call', () => {
    const calls = [{}, { by: Finish }, { done: Finished }, { refused: Abandoned }]
    expect(new Set(calls.map((its) => of({ call: { ...call, ...its } }))).size).toBe(calls.length)
  })

  test.each<[string, Change]>([
    ['what is kept of the start', { keep: () => ({}) }],
    ['what is sent', withStep('step', { send: () => one.Do({ id: 'y' }) })],
    ['what is kept of a reply', withStep('step', { keep: () => ({}) })],
    ['the condition of a step', withStep('word', { when: () => false })],
    ['how often it is tried', withStep('step', { retry: { attempts: 3, when: () => true } })],
    ['how long it is waited for', { ...withStep('word', { within: minutes(9) }), within: minutes(9) }],
  ])('stays with another choice of %s', (_, change) => {
    expect(of(change)).toBe(sound.hash)
  })

  test('has eight digits, noughts before it where it is a small number', () => {
    const all = Array.from({ length: 64 }, (_, index) => of(withStep('step', { name: `step-${index}` })))
    for (const one of all) expect(one).toMatch(/^[0-9a-f]{8}$/)
    expect(all.some((one) => one.startsWith('0'))).toBe(true)
  })
})

describe('the compiler', () => {
  test('refuses what cannot be a saga', () => {
    const { undo, undone, ...withoutUndo } = step(one)
    expect([undo, undone]).toHaveLength(2)
    // @ts-expect-error a step needs a compensation
    expect(() => little().step('one', withoutUndo).pivot('pivot', pivot(last)).endsWith(ends)).toThrow(
      'one has no compensation',
    )
    const past = little().step('one', step(one)).pivot('pivot', pivot(last))
    // @ts-expect-error nothing after the pivot can be compensated
    expect(past.step).toBeTypeOf('function')
    // @ts-expect-error there is one pivot
    expect(past.pivot).toBeTypeOf('function')
    // @ts-expect-error a saga has a pivot
    expect(little().step('one', step(one)).endsWith).toBeTypeOf('function')
    // @ts-expect-error nothing is retriable before the pivot
    expect(little().retriable).toBeTypeOf('function')
  })

  test('lets a step read what earlier steps kept, and nothing else', () => {
    const kept = little().step('one', step(one))
    kept.pivot('pivot', { ...pivot(last), send: ({ one: { mark } }) => last.Do({ id: mark }) })
    // @ts-expect-error ship is no step before this one
    kept.pivot('pivot', { ...pivot(last), send: ({ ship }) => last.Do({ id: String(ship) }) })
    expect(kept).toBeDefined()
  })
})
