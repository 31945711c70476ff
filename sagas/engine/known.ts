import type { Definition } from './definition.ts'
import type { StepState } from './state.ts'

/** What steps may read: the input, and what each step that is done has kept. */
export const knownTo = (
  { steps, input: name }: Definition,
  input: unknown,
  states: readonly StepState[],
): Record<string, unknown> => {
  const known: Record<string, unknown> = {}
  for (let index = 0; index < steps.length; index += 1) {
    const { status, output } = states[index]!
    if (status !== 'refused') known[steps[index]!.name] = output
  }
  known[name] = input
  return known
}
