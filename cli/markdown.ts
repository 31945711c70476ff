/**
 * The lines of a table of a page, its columns as wide as what is in them: the form that the formatter leaves alone.
 *
 * @example
 * markdownTable(['kind', 'why'], [['stream-age', 'it takes a backlog']])
 */
export const markdownTable = (head: readonly string[], rows: readonly (readonly string[])[]): string[] => {
  const all = [head, ...rows].map((row) => row.map((cell) => cell.replaceAll('|', '\\|')))
  const widths = head.map((_, column) => Math.max(3, ...all.map((row) => row[column]!.length)))
  const line = (cells: readonly string[]) =>
    `| ${cells.map((cell, column) => cell.padEnd(widths[column]!)).join(' | ')} |`
  const [first, ...others] = all
  return [line(first!), line(widths.map((width) => '-'.repeat(width))), ...others.map(line)]
}
