/** A page of `docs/patterns/`: what its front matter says, and the TypeScript that it quotes. */
export type Page = {
  readonly id: string
  readonly title: string
  readonly code: readonly string[]
  readonly test: readonly string[]
  readonly snippets: readonly string[]
}

/**
 * Reads a page. Its front matter has `key: value` lines, and lists as indented `- item` lines under their key.
 *
 * @throws Error when the page has no front matter, or a line of it is neither.
 */
export const parsePage = (text: string): Page => {
  const [, head, body = ''] = /^---\n([\s\S]*?)---\n([\s\S]*)$/.exec(text) ?? []
  if (head === undefined) throw new Error('The page has no front matter: it begins with a line ---')
  const values: Record<string, string> = {}
  const lists: Record<string, string[]> = {}
  let key = ''
  for (const line of head.split('\n').filter((line) => line.trim() !== '')) {
    const [, item] = /^ +- (.+)$/.exec(line) ?? []
    const [, name, value] = /^(\w+):(.*)$/.exec(line) ?? []
    if (item !== undefined) lists[key]?.push(item)
    else if (name !== undefined && value !== undefined) {
      key = name
      values[key] = value.trim()
      lists[key] = []
    } else throw new Error(`'${line}' is neither 'key: value' nor '  - item'`)
  }
  const { id = '', title = '' } = values
  const { code = [], test = [] } = lists
  return { id, title, code, test, snippets: [...body.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, snippet]) => snippet!) }
}

const lines = (text: string): string[] => text.split('\n').map((line) => line.trim())

/** Whether every part of a snippet stands in the source, in order and line for line; `// …` leaves lines out. */
export const quotes = (snippet: string, source: string): boolean => {
  const parts = snippet
    .split(/^\s*\/\/ …\s*$/m)
    .map((part) => lines(part.trim()))
    .filter((part) => part.join('') !== '')
  const among = lines(source)
  let from = 0
  for (const part of parts) {
    const at = among.findIndex(
      (_, index) => index >= from && part.every((line, offset) => among[index + offset] === line),
    )
    if (at < 0) return false
    from = at + part.length
  }
  return parts.length > 0
}
