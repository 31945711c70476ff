import fc from 'fast-check'
import * as z from 'zod'
import { event } from '../../events/contract.ts'
import { days, minutes, seconds } from '../../reactive/time.ts'
import { saga } from '../../sagas/engine/builder.ts'
import type { Definition } from '../../sagas/engine/definition.ts'
import { Asked, about, ends, no, part, pivot, retriable, step, Withdrawn } from '../support/little-saga.ts'

type Plain = 'step' | 'retried' | 'check' | 'signal' | 'timer' | 'season'
type PlainLate = 'retriable' | 'timer' | 'season'
/** What can stand before the pivot. A list is a block that is left out, or not, as a whole. */
export type Stretch =
  | Plain
  | 'signal-or-no'
  | { readonly parallel: number }
  | { readonly quorum: number; readonly of: number }
  | { readonly block: readonly Plain[]; readonly holds: boolean }
export type LateStretch =
  | PlainLate
  | 'signal'
  | { readonly parallel: number }
  | { readonly block: readonly PlainLate[]; readonly holds: boolean }

/** A definition as plain data, to be drawn by chance and made smaller when a saga of it fails. */
export type Shape = {
  /** Whether it has longer than any participant remembers. */
  readonly patient: boolean
  readonly before: readonly Stretch[]
  readonly pivot: 'pivot' | 'retried'
  readonly after: readonly LateStretch[]
}

const plain = fc.constantFrom<Plain[]>('step', 'step', 'retried', 'check', 'signal', 'timer', 'season')
const latePlain = fc.constantFrom<PlainLate[]>('retriable', 'retriable', 'timer', 'season')
const few = fc.integer({ min: 1, max: 3 })

/** Every shape of up to five stretches, the pivot and three more; plain steps more often than not. */
export const shapes: fc.Arbitrary<Shape> = fc.record({
  patient: fc.boolean(),
  before: fc.array(
    fc.oneof<fc.MaybeWeightedArbitrary<Stretch>[]>(
      { weight: 3, arbitrary: plain },
      fc.constant('signal-or-no'),
      fc.record({ parallel: few }),
      fc.tuple(few, fc.nat(2)).map(([of, spare]) => ({ of, quorum: Math.max(1, of - spare) })),
      fc.record({ block: fc.array(plain, { maxLength: 3 }), holds: fc.boolean() }),
    ),
    { maxLength: 5 },
  ),
  pivot: fc.constantFrom('pivot', 'retried'),
  after: fc.array(
    fc.oneof<fc.MaybeWeightedArbitrary<LateStretch>[]>(
      latePlain,
      fc.constant('signal'),
      fc.record({ parallel: few }),
      fc.record({ block: fc.array(latePlain, { maxLength: 2 }), holds: fc.boolean() }),
    ),
    { maxLength: 3 },
  ),
})

const parts = Array.from({ length: 40 }, (_, index) => part(`Any${index}`))
const words = parts.map((_, index) => event('ordering', `Word${index}`, 1, { ...about, yes: z.boolean() }))
const retry = { attempts: 3, when: () => true, pause: seconds(1) } as const

// biome-ignore lint/suspicious/noExplicitAny: the types of the builder follow one definition, and this is every one
type Any = any

/** The definition that a shape describes, built as people build theirs; its steps are called s1, s2 … */
export const definitionOf = ({ patient, before, pivot: decides, after }: Shape): Definition => {
  let count = 0
  const grown = (so: Any, stretch: Stretch | LateStretch): Any => {
    if (typeof stretch === 'object') return grouped(so, stretch)
    count += 1
    const [name, its, on] = [`s${count}`, parts[count]!, words[count]!]
    switch (stretch) {
      case 'step':
        return so.step(name, step(its))
      case 'retried':
        return so.step(name, { ...step(its), retry })
      case 'check':
        return so.check(name, { send: step(its).send, done: its.Done, refused: its.Refused })
      case 'retriable':
        return so.retriable(name, retriable(its))
      case 'timer':
        return so.timer(name, () => seconds(20))
      case 'season':
        return so.timer(name, () => days(40))
      case 'signal':
        return so.signal(name, { on, within: minutes(30), otherwise: { proceed: undefined } })
      case 'signal-or-no': {
        const { reason } = no('silence')
        const refuses = ({ yes }: { yes: boolean }) => (yes ? undefined : no().reason)
        return so.signal(name, { on, refuses, within: minutes(30), otherwise: { refuse: reason } })
      }
    }
  }
  const grouped = (so: Any, stretch: Exclude<Stretch | LateStretch, string>): Any => {
    if ('block' in stretch)
      return so.when(
        () => stretch.holds,
        (block: Any) => stretch.block.reduce(grown, block),
      )
    const late = so.so.steps.some(({ kind }: { kind: string }) => kind === 'pivot')
    const members = (many: number) => (group: Any) =>
      Array.from({ length: many }).reduce((sofar) => grown(sofar, late ? 'retriable' : 'step'), group)
    return 'quorum' in stretch ? so.quorum(stretch.quorum, members(stretch.of)) : so.parallel(members(stretch.parallel))
  }
  const begun: Any = saga('any', 1).startedBy('input', Asked, {
    ...{ subject: ({ id }) => id, cancelledBy: Withdrawn },
    ...(patient ? { within: days(1_000) } : {}),
  })
  const decided = before
    .reduce(grown, begun)
    .pivot('decides', { ...pivot(parts[0]!), ...(decides === 'retried' ? { retry } : {}) })
  return after.reduce(grown, decided).endsWith(ends)
}
