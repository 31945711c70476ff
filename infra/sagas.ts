import type { Definition } from '../sagas/engine/definition.ts'
import { definitions } from '../sagas/index.ts'

/** The names of the sagas that run on this platform; every version of one has the same inbox. */
export const sagas = [...new Set(definitions.map(({ name }) => name))]

/** How many steps the longest chain of a saga has; each may take a whole step deadline. */
export const longestPath = ({ steps }: Pick<Definition, 'steps'>): number => {
  const lengthTo = (index: number): number => 1 + Math.max(0, ...steps[index]!.after.map(lengthTo))
  return Math.max(0, ...steps.map((_, index) => lengthTo(index)))
}
