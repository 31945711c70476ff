/**
 * The candidate that a mistyped word most likely meant, or undefined when none is near.
 *
 * Near is an edit distance (insertion, deletion, substitution, transposition of neighbours) of at most 3 and
 * less than half of the longer word, the measure that commander uses for commands and options.
 *
 * @example
 * nearest('embeded', ['embedded', 'localstack']) // 'embedded'
 */
export const nearest = (word: string, candidates: readonly string[]): string | undefined =>
  candidates
    .map((candidate) => ({ candidate, distance: editDistance(word.toLowerCase(), candidate.toLowerCase()) }))
    .filter(({ candidate, distance }) => distance <= 3 && distance * 2 < Math.max(word.length, candidate.length))
    .sort((a, b) => a.distance - b.distance)[0]?.candidate

/** `'x' is not a <what>; did you mean 'y'? Valid: …`: the one sentence for every refused word. */
export const refusalOf = (what: string, word: string, valid: readonly string[]): string => {
  const near = nearest(word, valid)
  const article = /^[aeiou]/i.test(what) ? 'an' : 'a'
  return `'${word}' is not ${article} ${what}${near ? `; did you mean '${near}'?` : '.'} Valid: ${valid.join(', ')}`
}

/** Optimal string alignment distance: Damerau–Levenshtein in which no part is edited twice. */
const editDistance = (a: string, b: string): number => {
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)]
  for (let i = 1; i <= a.length; i++) {
    const row = [i]
    for (let j = 1; j <= b.length; j++) {
      const cost = a[i - 1] === b[j - 1] ? 0 : 1
      let best = Math.min(rows[i - 1]![j]! + 1, row[j - 1]! + 1, rows[i - 1]![j - 1]! + cost)
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        best = Math.min(best, rows[i - 2]![j - 2]! + 1)
      row.push(best)
    }
    rows.push(row)
  }
  return rows[a.length]![b.length]!
}
