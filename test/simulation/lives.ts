import fc from 'fast-check'
import { hunted } from '../hunted.ts'
import { lifeOf } from './life.ts'
import { definitionOf, type Shape, shapes } from './shapes.ts'

/** The first life with a violation, as small as it gets: which of so many it was, what saga it was of, and what happened. */
export type BrokenLife = {
  readonly life: number
  readonly violation: string
  readonly shape: Shape
  readonly tape: readonly number[]
}

const tapes = fc.array(fc.nat(9_999), { maxLength: 300, size: 'max' })

/** Lives of sagas of any sound definition, drawn from a seed; `undefined` when none of them is broken. */
export const brokenLife = (lives: number, seed: number): BrokenLife | undefined => {
  const { failed, numRuns, counterexample } = fc.check(
    fc.property(shapes, tapes, (shape, tape) => violationsOf(shape, tape).length === 0),
    { numRuns: lives, seed },
  )
  if (!failed) return undefined
  const [shape, tape] = counterexample!
  return { life: numRuns, violation: violationsOf(shape, tape)[0]!, shape, tape }
}

const violationsOf = (shape: Shape, tape: readonly number[]): readonly string[] => {
  const definition = definitionOf(shape)
  try {
    return lifeOf(definition, tape)
  } catch (error) {
    return [`the machine broke down: ${(error as Error).message}`]
  }
}

/** Plants a bug in a process of its own and lives there until one life is broken. */
export const huntInLives = async (bug: string, most: number): Promise<BrokenLife | undefined> =>
  ((await hunted('./test/simulation/plant.ts', 'test/simulation/lives-hunt.ts', bug, String(most))) as BrokenLife) ??
  undefined
