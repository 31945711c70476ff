import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'

/** A line of code, made wrong. `from` stands exactly once in `file`. */
export type Bug = {
  readonly name: string
  readonly breaks: string
  readonly file: string
  readonly from: string
  readonly to: string
  /** The condition of a net in the same file that would catch it first: it is the bug that must be found, not the net. */
  readonly without?: string
  /** Where the bug is more than one line. */
  readonly also?: readonly Change[]
}
export type Change = { readonly file: string; readonly from: string; readonly to: string }

/**
 * Changes modules as they are loaded; the files stay as they are. Refuses when a place is not found exactly once, since a
 * bug that was not planted would be found by nobody.
 */
export const plant = (bugs: readonly Bug[], name: string | undefined): void => {
  const bug = bugs.find((candidate) => candidate.name === name)
  if (!bug) throw new Error(`There is no bug called ${name}.`)
  const { file, from, to, without, also = [] } = bug
  const nets = without ? [{ file, from: without, to: 'if (false)' }] : []
  const planted = new Map<string, string>()
  for (const change of [...nets, { file, from, to }, ...also]) {
    const target = new URL(`../${change.file}`, import.meta.url).href
    const source = planted.get(target) ?? readFileSync(fileURLToPath(target), 'utf8')
    const times = source.split(change.from).length - 1
    if (times !== 1)
      throw new Error(`${bug.name}: its place in ${change.file} must be found once, and is found ${times} times.`)
    planted.set(
      target,
      source.replace(change.from, () => change.to),
    )
  }
  registerHooks({
    load: (url, context, next) => {
      const source = planted.get(url)
      return source === undefined ? next(url, context) : { format: 'module-typescript', source, shortCircuit: true }
    },
  })
}
