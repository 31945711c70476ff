/** A page of `docs/patterns/`: what its front matter says, and the TypeScript that it quotes. */
export type Page = {
  readonly id: string
  readonly title: string
  readonly code: readonly string[]
  readonly test: readonly string[]
  readonly snippets: readonly string[]
}

/**
 * Reads a page. Each line of its front matter is `key: value`; a list is `[one, other]`.
 *
 * @throws Error when the page has no front matter, or a line of it is something else.
 */
export const parsePage = (text: string): Page => {
  const [, head, body = ''] = /^---\n([\s\S]*?)---\n([\s\S]*)$/.exec(text) ?? []
  if (head === undefined) throw new Error('The page has no front matter: it begins with a line ---')
  const values: Record<string, string> = {}
  for (const line of head.split('\n').filter((line) => line.trim() !== '')) {
    const [, key, value] = /^(\w+): (.+)$/.exec(line) ?? []
    if (key === undefined || value === undefined) throw new Error(`'${line}' is not 'key: value'`)
    values[key] = value
  }
  const listOf = (value = '') =>
    value
      .replace(/^\[|\]$/g, '')
      .split(/,\s*/)
      .filter((item) => item !== '')
  return {
    id: values.id ?? '',
    title: values.title ?? '',
    code: listOf(values.code),
    test: listOf(values.test),
    snippets: snippetsIn(body),
  }
}

/** The TypeScript that a document quotes. */
export const snippetsIn = (text: string): string[] =>
  [...text.matchAll(/```ts\n([\s\S]*?)```/g)].map(([, snippet]) => snippet!)

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
