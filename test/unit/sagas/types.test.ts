import { describe, expect, test } from 'vitest'
import {
  Approved,
  after,
  also,
  Call,
  child,
  ends,
  last,
  little,
  one,
  pivot,
  retriable,
  step,
  three,
  two,
} from '../../support/little-saga.ts'

type Known<Terms> = Terms extends { readonly send: (known: infer K) => unknown } ? K : never
/** Whether two types are one, `any` and `unknown` among them. */
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false
const holds = <_ extends true>(): void => {}

type Kept = { mark: string }

/*
 * The compiler is what is tested here: each comment that expects an error fails the type check where there is none, and
 * each `holds` where a type has become looser or tighter. What runs only shows that the builders can be called.
 */
describe('the compiler knows of what may have been left out that it may be missing', () => {
  test('a member of a quorum', () => {
    const built = little().quorum(1, (group) => group.step('one', step(one)).step('two', step(two)))
    type Reads = Parameters<Parameters<typeof built.timer>[1]>[0]
    holds<Same<Reads['one'], Kept | undefined>>()
    holds<Same<Reads['two'], Kept | undefined>>()
    const sending = built.pivot('last', {
      ...pivot(last),
      // @ts-expect-error the quorum may do without it
      send: ({ one: { mark } }) => last.Do({ id: mark }),
    })
    expect(sending).toBeDefined()
  })

  test('a step under a condition, before the pivot and after it', () => {
    const before = little().when(
      () => true,
      (steps) => steps.step('one', step(one)),
    )
    type Before = Parameters<Parameters<typeof before.timer>[1]>[0]
    holds<Same<Before['one'], Kept | undefined>>()
    // @ts-expect-error it may have been left out
    expect(before.timer('wait', ({ one: { mark } }) => mark.length)).toBeDefined()
    const past = before.pivot('last', pivot(last)).when(
      () => true,
      (steps) => steps.retriable('after', { ...retriable(after), keep: ({ mark }) => ({ mark }) }),
    )
    type Past = Parameters<Parameters<typeof past.timer>[1]>[0]
    holds<Same<Past['after'], Kept | undefined>>()
    holds<Same<Past['last'], Kept>>()
    // @ts-expect-error it may have been left out
    expect(past.timer('wait', ({ after: { mark } }) => mark.length)).toBeDefined()
  })

  test('but not what is needed: every member of a group, and a step within the same condition', () => {
    const both = little().parallel((group) => group.step('one', step(one)).step('two', step(two)))
    type Reads = Parameters<Parameters<typeof both.timer>[1]>[0]
    holds<Same<Reads['one'], Kept>>()
    holds<Same<Reads['two'], Kept>>()
    const block = little().when(
      () => true,
      (steps) => steps.step('one', step(one)).timer('wait', ({ one: { mark } }) => mark.length),
    )
    expect(block).toBeDefined()
  })

  test('the output of the step that an undo is for', () => {
    const terms = step(one)
    holds<Same<Parameters<typeof terms.undo>[1], Kept | undefined>>()
    const undone = little().step('one', {
      ...terms,
      // @ts-expect-error an undo works without it, where no reply was ever seen
      undo: ({ input }, { mark }: Kept) => one.Undo({ id: input.id, mark }),
    })
    const inferred = little().step('one', {
      ...terms,
      // @ts-expect-error nor is it there because the undo does not say of what type it is
      undo: ({ input }, output) => one.Undo({ id: input.id, mark: output.mark }),
    })
    expect([undone, inferred]).toHaveLength(2)
  })
})

describe('the compiler lets a step read only what is before it', () => {
  test('members of a group read what was there before the group, and not each other', () => {
    const group = little()
      .step('three', step(three))
      .parallel((its) =>
        its
          .step('one', { ...step(one), send: ({ three: { mark } }) => one.Do({ id: mark }) })
          // @ts-expect-error its neighbour may not have been asked yet
          .step('two', { ...step(two), send: ({ one: neighbour }) => two.Do({ id: String(neighbour) }) }),
      )
    const quorum = little().quorum(1, (its) =>
      its
        .step('one', step(one))
        // @ts-expect-error nor in a quorum
        .step('two', { ...step(two), send: ({ one: neighbour }) => two.Do({ id: String(neighbour) }) }),
    )
    const late = little()
      .pivot('last', pivot(last))
      .parallel((its) =>
        its.retriable('after', { ...retriable(after), keep: ({ mark }) => ({ mark }) }).retriable('also', {
          ...retriable(also),
          // @ts-expect-error nor after the pivot
          send: ({ after: neighbour }) => also.Do({ id: String(neighbour) }),
        }),
      )
    expect([group, quorum, late]).toHaveLength(3)
  })

  test('an undo reads what started the saga, and what its own step left', () => {
    const built = little()
      .step('one', step(one))
      // @ts-expect-error another step's output may never have been there
      .step('two', { ...step(two), undo: ({ one: other }) => two.Undo({ id: String(other) }) })
    type Knows = Known<ReturnType<typeof step>>
    holds<Same<Knows, { input: { id: string } }>>()
    expect(built).toBeDefined()
  })

  test('a condition reads what is before its steps, and not them', () => {
    const built = little().when(
      // @ts-expect-error it decides whether there will be one
      ({ one: its }) => its !== undefined,
      (steps) => steps.step('one', step(one)),
    )
    expect(built).toBeDefined()
  })
})

describe('the compiler knows where there is no way back', () => {
  const past = () => little().pivot('last', pivot(last))

  test('nothing that can be undone, checked or refused is in a group or under a condition after the pivot', () => {
    // @ts-expect-error a group after the pivot is of steps that cannot be refused
    expect(() => past().parallel((group) => group.step('one', step(one)))).toThrow('step is not a function')
    const refused = past().when(
      () => true,
      // @ts-expect-error and so is what stands under a condition
      (steps) => steps.step('one', step(one)),
    )
    expect(() => refused.endsWith(ends)).toThrow('one is compensable after the pivot')
    const checked = past().when(
      () => true,
      // @ts-expect-error a question that may be refused among it
      (steps) => steps.check('one', step(one)),
    )
    expect(() => checked.endsWith(ends)).toThrow('one is a check after the pivot')
    // @ts-expect-error there is no quorum where nothing can be undone
    expect(past().quorum).toBeTypeOf('function')
    // @ts-expect-error nor a question that may be refused
    expect(past().check).toBeTypeOf('function')
  })

  test('nothing is retriable in a group or under a condition before the pivot', () => {
    // @ts-expect-error what cannot be refused is for after the pivot
    expect(() => little().parallel((group) => group.retriable('after', retriable(after)))).toThrow('is not a function')
    const early = little().when(
      () => true,
      // @ts-expect-error under a condition as well
      (steps) => steps.retriable('after', retriable(after)),
    )
    expect(() => early.pivot('last', pivot(last)).endsWith(ends)).toThrow('after is retriable before the pivot')
  })

  test('a saga that is called is a pivot: there is none before it, and none after', () => {
    const calls = () => little().subsaga('child', child, { send: ({ input }) => input })
    // @ts-expect-error it was the pivot
    expect(calls().pivot).toBeTypeOf('function')
    // @ts-expect-error it was the pivot
    expect(calls().subsaga).toBeTypeOf('function')
    // @ts-expect-error nothing after it can be undone
    expect(calls().step).toBeTypeOf('function')
    // @ts-expect-error a pivot is no step before which another saga could be called
    expect(past().subsaga).toBeTypeOf('function')
    expect(Call.type).toBe(child.call.by.type)
    // @ts-expect-error what is not for calling cannot be called
    expect(() => little().subsaga('child', past().endsWith(ends), { send: () => ({}) })).toThrow()
  })
})

describe('the compiler refuses a name that is taken', () => {
  const taken = 'two steps are called one'
  const rest = <T extends { pivot: unknown }>(built: T) =>
    (built as unknown as ReturnType<typeof little>).pivot('last', pivot(last)).endsWith(ends)

  test('within a group, and by a group of what was there before', () => {
    expect(() =>
      rest(
        little().parallel((group) =>
          group
            .step('one', step(one))
            // @ts-expect-error its neighbour is called so
            .step('one', step(two)),
        ),
      ),
    ).toThrow(taken)
    expect(() =>
      rest(
        little()
          .step('one', step(one))
          // @ts-expect-error a step before the group is called so
          .parallel((group) => group.step('one', step(two)).step('two', step(three))),
      ),
    ).toThrow(taken)
  })

  test('within a quorum and under a condition', () => {
    expect(() =>
      rest(
        little().quorum(1, (group) =>
          group
            .step('one', step(one))
            // @ts-expect-error its neighbour is called so
            .step('one', step(two)),
        ),
      ),
    ).toThrow(taken)
    expect(() =>
      rest(
        little().when(
          () => true,
          (steps) =>
            steps
              .step('one', step(one))
              // @ts-expect-error the step before it is called so
              .check('one', step(two)),
        ),
      ),
    ).toThrow(taken)
  })

  test('after the pivot, and of what started the saga', () => {
    expect(() =>
      little()
        .pivot('last', pivot(last))
        .parallel((group) =>
          group
            .retriable('one', retriable(after))
            // @ts-expect-error its neighbour is called so
            .retriable('one', retriable(also)),
        )
        .endsWith(ends),
    ).toThrow(taken)
    // @ts-expect-error the input is called so
    expect(little().parallel((group) => group.step('input', step(one)))).toBeDefined()
  })
})

describe('the compiler refuses a no after the pivot', () => {
  const past = () => little().pivot('last', pivot(last))

  test('of a step', () => {
    const refusable = { ...retriable(after), refused: after.Refused }
    // @ts-expect-error it is asked until it is done
    expect(() => past().retriable('after', refusable).endsWith(ends)).toThrow('is retriable, and may be refused')
    expect(() =>
      past()
        // @ts-expect-error so is each of several
        .parallel((group) => group.retriable('after', refusable))
        .endsWith(ends),
    ).toThrow('is retriable, and may be refused')
  })

  test('of a word', () => {
    const word = { on: Approved, refuses: () => undefined, within: 1, otherwise: { proceed: undefined } }
    // @ts-expect-error there is no way back from it
    expect(() => past().signal('approval', word).endsWith(ends)).toThrow('may hear a no after the pivot')
  })
})
