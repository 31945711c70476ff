import Table from 'cli-table3'

/**
 * Rows as a table for people: one line under the head, none between rows, no colours.
 *
 * @example
 * table(['stack', 'status'], [['neverstop-local-edge', 'CREATE_COMPLETE']])
 */
export const table = (head: readonly string[], rows: readonly (readonly (string | number)[])[]): string => {
  const drawn = new Table({ head: [...head], style: { head: [], border: [], compact: true } })
  drawn.push(...rows.map((row) => [...row]))
  return drawn.toString()
}
