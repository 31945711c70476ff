import type { Definition } from '../sagas/engine/definition.ts'
import { definitions } from '../sagas/index.ts'

/** The names of the sagas that run on this platform; every version of one has the same inbox. */
export const sagas = [...new Set(definitions.map(({ name }) => name))]

/** The version of a saga that new instances run on. */
export const newestOf = (saga: string): Definition =>
  definitions.filter(({ name }) => name === saga).toSorted((a, b) => b.version - a.version)[0]!

/**
 * How many steps the longest chain to the pivot of a saga has, itself included; each may take a whole step deadline.
 * What comes after it has no deadline.
 */
export const longestPath = ({ steps: all }: Pick<Definition, 'steps'>): number => {
  const pivot = all.findIndex(({ kind }) => kind === 'pivot')
  const steps = pivot < 0 ? all : all.slice(0, pivot + 1)
  const lengthTo = (index: number): number => 1 + Math.max(0, ...steps[index]!.after.map(lengthTo))
  return Math.max(0, ...steps.map((_, index) => lengthTo(index)))
}
