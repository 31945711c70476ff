import { join } from 'node:path'
import type { ProvidedContext } from 'vitest'
import { seed } from '../../cli/seed.ts'
import { openSystem } from '../../cli/system.ts'
import { loadBackend } from '../../local/backend.ts'
import type { Capability } from '../../local/capabilities.ts'
import { type Chosen, checkout, parsePort, readSettings } from '../../local/settings.ts'
import { planUp } from '../../local/up.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Which cloud the tests speak to. */
    chosen: { port: number; state: string; cloud: string }
    /** What that cloud can do: tests of anything else are skipped. */
    capabilities: Capability[]
    /** The file that says that others may use the machine; null where nobody waits for it. */
    shared: string | null
  }
}

type Project = {
  readonly provide: <Key extends keyof ProvidedContext>(key: Key, value: ProvidedContext[Key]) => void
}

/**
 * One deployed, seeded cloud for all integration tests, with a port and a state folder of its own, so that it lives
 * beside the one of `npm start`. It begins with nothing: what an earlier run left behind would be audited with this one.
 *
 * - NEVERSTOP_TEST_CLOUD: the backend, embedded
 * - NEVERSTOP_TEST_PORT: the port, 4576
 * - NEVERSTOP_TEST_STATE: the state folder, .neverstop/test or .neverstop/test-<backend>
 * - NEVERSTOP_TEST_SHARED: the file that is made when others may use the machine, too
 * - NEVERSTOP_TEST_KEEP: when set, a running test cloud is used as it is and left running, which saves its start
 */
export default async (project: Project): Promise<() => Promise<void>> => {
  const {
    NEVERSTOP_TEST_CLOUD: cloud = 'embedded',
    NEVERSTOP_TEST_PORT: word = '4576',
    NEVERSTOP_TEST_STATE,
    NEVERSTOP_TEST_SHARED: shared,
    NEVERSTOP_TEST_KEEP: keep,
  } = process.env
  // The command line refuses variables that it does not know; these are nobody's business but the tests'.
  for (const name of Object.keys(process.env)) if (name.startsWith('NEVERSTOP_')) delete process.env[name]
  const port = parsePort(word)
  if (port === undefined) throw new Error(`NEVERSTOP_TEST_PORT is '${word}', which is not a port`)

  const chosen: Chosen & { port: number; state: string; cloud: string } = {
    cloud,
    port,
    state: NEVERSTOP_TEST_STATE ?? join(checkout, '.neverstop', cloud === 'embedded' ? 'test' : `test-${cloud}`),
  }
  const settings = readSettings(chosen)
  const backend = await loadBackend(settings.backend)
  const begun = performance.now()
  if (!keep) await backend.down(settings, { purge: true }, note)
  const { plan, raised } = planUp(settings)
  for (const part of plan) {
    const steps = 'run' in part ? [part] : part
    await Promise.all(steps.map(({ title, run }) => run((line) => note(`${title}: ${line}`))))
  }
  await seed(await openSystem(chosen))
  note(`the test cloud is deployed and seeded on port ${port} (${((performance.now() - begun) / 1_000).toFixed(1)} s)`)
  project.provide('chosen', chosen)
  project.provide('shared', shared ?? null)
  project.provide('capabilities', [...raised().cloud.capabilities])
  return async () => {
    if (!keep) await backend.down(settings, { purge: false }, note)
  }
}

const note = (line: string) => void process.stderr.write(`${line}\n`)
