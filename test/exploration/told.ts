import type { Explored } from './search.ts'

const cutOf = (results: readonly Explored[]): readonly Explored[] =>
  results.filter(({ exhausted, unsafe }) => !exhausted && unsafe.length === 0)
const findingsIn = (results: readonly Explored[]): number =>
  results.reduce((sum, { unsafe, dead }) => sum + unsafe.length + dead.length, 0)

/** What a search has shown, and what it has not: in one that was cut, dead worlds were not looked for. */
export const told = (results: readonly Explored[]): string => {
  const worlds = `${results.reduce((sum, { states }) => sum + states, 0)} worlds`
  const findings = findingsIn(results)
  if (findings > 0) return `${worlds}, ${findings} unsafe or dead.`
  const cut = cutOf(results)
  if (cut.length === 0) return `${worlds}, none unsafe, none dead.`
  return (
    `${worlds}, none unsafe, none dead in those that were searched to the end. ` +
    `${cut.length} not searched to the end, dead not looked for there: ${cut.map(({ name }) => name).join('; ')}.`
  )
}

/** 1 when a world is unsafe or dead; 2 when that is not known of all. */
export const exitCode = (results: readonly Explored[]): number =>
  findingsIn(results) > 0 ? 1 : cutOf(results).length > 0 ? 2 : 0
