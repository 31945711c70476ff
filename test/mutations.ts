/** Stryker's report, as far as it is read here (mutation-testing-report-schema). */
export type Report = {
  readonly files: Readonly<Record<string, { readonly mutants: readonly { readonly status: string }[] }>>
}

export type Score = { readonly file: string; readonly killed: number; readonly lived: number; readonly score: number }

/** Of each file's mutants at least so many in a hundred must be noticed: a sum over all files would hide the worst. */
export const floor = 90

/** What the tests noticed of each file, the worst first. A mutant that no test covers has lived; one that hangs has not. */
export const scoresOf = ({ files }: Report): readonly Score[] =>
  Object.entries(files)
    .map(([file, { mutants }]) => {
      const count = (...statuses: string[]) => mutants.filter(({ status }) => statuses.includes(status)).length
      const killed = count('Killed', 'Timeout')
      const lived = count('Survived', 'NoCoverage')
      return { file, killed, lived, score: killed + lived === 0 ? 100 : (100 * killed) / (killed + lived) }
    })
    .sort((a, b) => a.score - b.score)

/** Files below the floor, in words. */
export const tooLow = (scores: readonly Score[]): readonly string[] =>
  scores
    .filter(({ score }) => score < floor)
    .map(({ file, score, lived }) => `${file}: ${score.toFixed(1)} % of its mutants were noticed, ${lived} lived`)
