import type { Millis } from '../reactive/time.ts'
import type { Timing } from '../reactive/timing.ts'
import { withinOf } from '../sagas/engine/advance.ts'
import type { Definition } from '../sagas/engine/definition.ts'
import { definitions } from '../sagas/index.ts'

/** The names of the sagas that run on this platform; every version of one has the same inbox. */
export const sagas = [...new Set(definitions.map(({ name }) => name))]

/** The version of a saga that new instances run on. */
export const newestOf = (saga: string): Definition =>
  definitions.filter(({ name }) => name === saga).toSorted((a, b) => b.version - a.version)[0]!

/**
 * How long the longest chain to the pivot of a saga may take, itself included: every step its deadline, every word its
 * patience. How long a pause is only an instance knows, and what comes after the pivot has no deadline.
 */
export const longestWay = ({ steps: all }: Pick<Definition, 'steps'>, timing: Timing): Millis => {
  const pivot = all.findIndex(({ kind }) => kind === 'pivot')
  const steps = all.slice(0, pivot + 1)
  const wayTo = (index: number): Millis => {
    const step = steps[index]!
    return (step.kind === 'timer' ? 0 : withinOf(step, timing)) + Math.max(0, ...step.after.map(wayTo))
  }
  return Math.max(0, ...steps.map((_, index) => wayTo(index)))
}

/** The sagas that would be turned back though nobody is late, in words. */
export const outrun = (definitions: readonly Definition[], timing: Timing): string[] =>
  definitions.flatMap((definition) => {
    const { name, version, within = timing.sagaDeadline } = definition
    const way = longestWay(definition, timing)
    return way < within
      ? []
      : [
          `a saga must outlast its longest way to the pivot: ${name} v${version} is turned back after ${within / 1_000} s, and that may take ${way / 1_000} s; give it a longer 'within'`,
        ]
  })
