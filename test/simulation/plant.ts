import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { bugs } from './bugs.ts'
import { deskBugs } from './desk-bugs.ts'

/**
 * Loaded before everything else (`node --import`): changes one line of one module as it is loaded. The files stay as
 * they are. Refuses to run when the place is not found exactly once, since an unplanted bug would be found by nobody.
 */
const name = process.env.NEVERSTOP_BUG
const bug = [...bugs, ...deskBugs].find((candidate) => candidate.name === name)
if (!bug) throw new Error(`There is no bug called ${name}.`)

const target = new URL(`../../${bug.file}`, import.meta.url).href
const source = readFileSync(fileURLToPath(target), 'utf8')
for (const place of [bug.from, ...(bug.without ? [bug.without] : [])]) {
  if (source.split(place).length === 2) continue
  throw new Error(
    `${bug.name}: its place in ${bug.file} must be found once, and is found ${source.split(place).length - 1} times.`,
  )
}

const alone = bug.without ? source.replace(bug.without, 'if (false)') : source
const planted = alone.replace(bug.from, () => bug.to)

registerHooks({
  load: (url, context, next) =>
    url === target
      ? {
          format: 'module-typescript',
          source: planted,
          shortCircuit: true,
        }
      : next(url, context),
})
