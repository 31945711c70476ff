import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'
import { breaks, type Schema } from '../events/compatibility.ts'
import { contracts } from '../events/index.ts'
import { shapeOf } from '../sagas/engine/definition.ts'
import { definitions } from '../sagas/index.ts'

/**
 * Holds contracts and saga definitions against what was released. What others may have stored must stay readable:
 * `npm run check` fails on a breaking change, `npm run release` records an additive one or a new version.
 */
type Released = { readonly contracts: Record<string, Schema>; readonly sagas: Record<string, unknown> }

const file = new URL('../events/released.json', import.meta.url)

const current = (): Released => ({
  contracts: Object.fromEntries(
    [...contracts]
      .sort((a, b) => (a.type < b.type ? -1 : 1))
      .map(({ type, schema }) => [type, z.toJSONSchema(schema) as Schema]),
  ),
  sagas: Object.fromEntries(
    definitions.map((definition) => [
      `${definition.name} v${definition.version}`,
      shapeOf(definition, definition.ends),
    ]),
  ),
})

/** Everything that a release would break or has not recorded yet, in words. */
export const unreleased = (
  released: Released,
  now: Released,
): { readonly broken: string[]; readonly unrecorded: string[] } => {
  const missing = (kind: keyof Released, what: string) =>
    Object.keys(released[kind])
      .filter((name) => !(name in now[kind]))
      .map((name) => `${what} ${name} is gone; it may still be stored or under way`)
  const changed = Object.entries(released.contracts).flatMap(([type, schema]) => {
    const its = now.contracts[type]
    return its ? breaks(schema, its).map((what) => `contract ${type}: ${what}`) : []
  })
  const reshaped = Object.entries(released.sagas)
    .filter(([name, shape]) => name in now.sagas && JSON.stringify(now.sagas[name]) !== JSON.stringify(shape))
    .map(
      ([name, shape]) =>
        `saga ${name} changed its shape from ${JSON.stringify(shape)} to ${JSON.stringify(now.sagas[name])}; give it a new version and keep this one until it is drained`,
    )
  const broken = [...missing('contracts', 'contract'), ...missing('sagas', 'saga'), ...changed, ...reshaped]
  const fresh = (kind: keyof Released) =>
    Object.entries(now[kind])
      .filter(([name, it]) => JSON.stringify(released[kind][name]) !== JSON.stringify(it))
      .map(([name]) => name)
  return { broken, unrecorded: [...fresh('contracts'), ...fresh('sagas')] }
}

/** The text that records these shapes, in the form that the linter accepts; undefined where nothing is new. */
export const recordOf = (released: Released, now: Released): string | undefined =>
  unreleased(released, now).unrecorded.length === 0
    ? undefined
    : execFileSync('node_modules/.bin/biome', ['format', `--stdin-file-path=${fileURLToPath(file)}`], {
        cwd: new URL('..', import.meta.url),
        input: JSON.stringify(now, null, 2),
        encoding: 'utf8',
        stdio: ['pipe', 'pipe', 'inherit'],
      })

if (import.meta.main) {
  const released = JSON.parse(readFileSync(file, 'utf8')) as Released
  const now = current()
  const { broken, unrecorded } = unreleased(released, now)
  for (const what of broken) console.error(what)
  if (broken.length > 0) {
    process.exitCode = 1
  } else if (process.argv.includes('--write')) {
    const record = recordOf(released, now)
    if (record !== undefined) writeFileSync(file, record)
    console.log(record === undefined ? 'Nothing new to record.' : `Recorded ${unrecorded.join(', ')}.`)
  } else if (unrecorded.length > 0) {
    console.error(`Not recorded yet: ${unrecorded.join(', ')}. Run \`npm run release\`.`)
    process.exitCode = 1
  } else {
    console.log(
      `${Object.keys(now.contracts).length} contracts and ${Object.keys(now.sagas).length} saga definitions are as released.`,
    )
  }
}
