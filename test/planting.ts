import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'

/** One line of production code, made wrong. `from` stands exactly once in `file`. */
export type Bug = {
  readonly name: string
  readonly breaks: string
  readonly file: string
  readonly from: string
  readonly to: string
  /** The condition of a net in the same file that would catch it first: it is the bug that must be found, not the net. */
  readonly without?: string
}

/**
 * Changes one line of one module as it is loaded; the files stay as they are. Refuses when the place is not found exactly
 * once, since a bug that was not planted would be found by nobody.
 */
export const plant = (bugs: readonly Bug[], name: string | undefined): void => {
  const bug = bugs.find((candidate) => candidate.name === name)
  if (!bug) throw new Error(`There is no bug called ${name}.`)
  const target = new URL(`../${bug.file}`, import.meta.url).href
  const source = readFileSync(fileURLToPath(target), 'utf8')
  for (const place of [bug.from, ...(bug.without ? [bug.without] : [])]) {
    const times = source.split(place).length - 1
    if (times !== 1)
      throw new Error(`${bug.name}: its place in ${bug.file} must be found once, and is found ${times} times.`)
  }
  const alone = bug.without ? source.replace(bug.without, 'if (false)') : source
  const planted = alone.replace(bug.from, () => bug.to)
  registerHooks({
    load: (url, context, next) =>
      url === target ? { format: 'module-typescript', source: planted, shortCircuit: true } : next(url, context),
  })
}
