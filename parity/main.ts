import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type Told, toldTo } from '../cli/tool.ts'
import { atMost } from '../cli/wait.ts'
import { loadBackend } from '../local/backend.ts'
import { exitCodes, Failure } from '../local/failure.ts'
import { nearest } from '../local/nearest.ts'
import { checkout, parsePort, readSettings } from '../local/settings.ts'
import { checks, entries, restart } from './catalogue.ts'
import { documentOf } from './document.ts'
import { madeOf } from './made-of.ts'
import { survivesRestart } from './restart.ts'
import { committedResults, compare, fileNameOf, type Outcome, type Results, unagreed, writeResults } from './results.ts'
import { makeFixtures, runCheck } from './run.ts'

const usage = `npm run parity -- …
                   run every check against an empty cloud of its own, and hold the outcomes against those that are committed
  --cloud NAME     embedded (unless another is named), localstack or endpoint
  --write          record the outcomes, and make docs/parity.md anew
  --worse ID       let --write record that this check, which held before, does not any more; may be repeated
  --only WORD      only checks whose id contains the word; the others stay as they are recorded
  --page           only make docs/parity.md anew from what is recorded
  --port N         where the cloud of the checks answers (4577)
  --state FOLDER   where it lives (.neverstop/parity/<backend>)
  --width N        how many checks at once (6)
Exit code 1 when an outcome is worse or not recorded.`

const tool = {
  usage,
  options: {
    cloud: { type: 'string' },
    port: { type: 'string' },
    state: { type: 'string' },
    only: { type: 'string' },
    write: { type: 'boolean' },
    worse: { type: 'string', multiple: true },
    page: { type: 'boolean' },
    width: { type: 'number', least: 1 },
  },
} as const

const page = join(checkout, 'docs', 'parity.md')

const writePage = () => writeFile(page, documentOf(entries, committedResults()))

const main = async ({ values }: Told<typeof tool.options>): Promise<number> => {
  if (values.page) {
    await writePage()
    return 0
  }
  const { cloud: name = 'embedded', width = 6, worse = [] } = values
  const port = parsePort(values.port ?? '4577')
  if (port === undefined) throw new Failure(`'${values.port}' is not a port`, { exitCode: exitCodes.usage })
  const state = values.state ?? join(checkout, '.neverstop', 'parity', name)
  const settings = readSettings({ cloud: name, port, state })
  const chosen = checks.filter(({ id }) => id.includes(values.only ?? ''))
  if (chosen.length === 0) {
    const near = nearest(
      values.only!,
      checks.map(({ id }) => id),
    )
    throw new Failure(`no check has '${values.only}' in its id${near ? `; did you mean ${near}?` : ''}`, {
      exitCode: exitCodes.usage,
    })
  }

  const backend = await loadBackend(settings.backend)
  await backend.down(settings, { purge: true }, say)
  const cloud = await backend.up(settings, say)
  const outcomes: Record<string, Outcome> = {}
  try {
    const fixtures = await makeFixtures(cloud.clientConfig)
    const longestFirst = [...chosen].sort((a, b) => Number(isSlow(b.id)) - Number(isSlow(a.id)))
    await atMost(width, longestFirst, async (check) => {
      const outcome = await runCheck(check, cloud.clientConfig, fixtures)
      outcomes[check.id] = outcome
      say(`${outcome.holds ? '✓' : '✗'} ${check.id}${outcome.holds ? '' : `: ${outcome.seen}`}`)
    })
    if (!values.only && backend.name !== 'endpoint') {
      const outcome = await survivesRestart(backend, cloud, settings)
      if (outcome) outcomes[restart.id] = outcome
      else say(`– ${restart.id}: not seen, since somebody else runs this cloud`)
    }
  } finally {
    await backend.down(settings, { purge: true }, say)
  }
  const { kind, description } = cloud
  // Only who has seen every check knows what this emulator does.
  const made = values.only ? {} : { madeOf: madeOf(kind) }
  return await judge({ kind, description, ...made, outcomes: inOrder(outcomes) }, { write: values.write, worse })
}

/** Says what came out otherwise than recorded, and records it when told to. */
const judge = async (
  results: Results,
  { write, worse: agreed }: { write: boolean; worse: string[] },
): Promise<number> => {
  const before = committedResults().find((known) => fileNameOf(known) === fileNameOf(results))
  const { worse, better, unrecorded } = compare(before?.outcomes, results.outcomes)
  const held = Object.values(results.outcomes).filter(({ holds }) => holds).length
  say(`${results.description}: ${held} of ${Object.keys(results.outcomes).length} behaviours are as on AWS`)
  for (const line of better) say(`better  ${line}`)
  for (const line of worse) say(`worse   ${line}`)
  for (const line of unrecorded) say(`new     ${line}`)
  const refused = unagreed({ worse }, agreed)
  if (write && refused.length > 0) {
    say(`nothing is recorded: ${refused.length} became worse; mend it, or agree to each by its id with --worse <id>`)
    return 1
  }
  if (write) {
    await writeResults({
      ...(before?.madeOf && { madeOf: before.madeOf }),
      ...results,
      outcomes: inOrder({ ...before?.outcomes, ...results.outcomes }),
    })
    await writePage()
    say(`recorded in parity/results/${fileNameOf(results)} and docs/parity.md`)
    return 0
  }
  return worse.length + unrecorded.length > 0 ? 1 : 0
}

/** In the order of the catalogue, so that a recorded file changes only where an outcome does. */
const inOrder = (outcomes: Record<string, Outcome>): Record<string, Outcome> =>
  Object.fromEntries(entries.flatMap(({ id }) => (outcomes[id] ? [[id, outcomes[id]]] : [])))

const isSlow = (id: string) => /^(alarm|metric|schedule)\./.test(id)

const say = (line: string) => void process.stderr.write(`${line}\n`)

try {
  process.exitCode = await main(toldTo(tool))
} catch (error) {
  if (!(error instanceof Failure)) throw error
  say(`${error.message}${error.remedy ? `\n${error.remedy}` : ''}`)
  process.exitCode = error.exitCode
}
