import { stateAfterStop } from '../local/adapter.ts'
import { loadBackend } from '../local/backend.ts'
import { type ExitCode, exitCodes } from '../local/failure.ts'
import { readSettings } from '../local/settings.ts'
import { type Plan, planUp } from '../local/up.ts'
import { stopWatch } from '../local/watch/process.ts'
import { followMailbox } from './alarms/mailbox.ts'
import type { CloudOptions } from './command.ts'
import { demoDocument, describeDemo } from './demo/describe.ts'
import type { DemoResult } from './demo/outcome.ts'
import { demo } from './demo/run.ts'
import { interruption } from './interruption.ts'
import type { Output } from './output.ts'
import { seed } from './seed.ts'
import { runPlan } from './steps.ts'
import { openSystem, type System } from './system.ts'

/** A stage that somebody brings up to look at: what is shown first, and whether they stay. */
export type SessionOptions = CloudOptions & {
  /** The demonstration, or false for none. */
  demo: { orders: number; seed: number } | false
  /** End after the demonstration instead of staying. */
  once?: boolean
}

/**
 * Brings a stage up, lists the catalogue, runs the demonstration, prints its result and stays until Ctrl-C; then ends
 * the cloud, unless it was running before. `stay` begins what goes on meanwhile and resolves to how it is ended.
 *
 * @returns ok only when everything came out as it should.
 */
export const runSession = async (
  options: SessionOptions,
  out: Output,
  stay: (system: System) => Promise<() => Promise<void>> = async () => async () => undefined,
): Promise<ExitCode> => {
  const settings = readSettings(options)
  const interrupted = interruption()
  const { plan } = planUp(settings, { watch: { scale: 1 } })
  const { shows, shown } = planShow(options)
  const backend = await loadBackend(settings.backend)
  const mine = !(await backend.find(settings)).healthy
  const leave = async () => {
    if (!mine) return
    out.note(`stopping the local cloud; ${stateAfterStop(backend, settings.state)}`)
    await stopWatch(settings.state)
    await backend.down(settings, { purge: false }, out.note)
  }

  const begun = performance.now()
  const work = async () => {
    await runPlan([...plan, ...shows], out)
    return shown()
  }
  const outcome = await Promise.race([work(), interrupted.then(() => undefined)]).catch(async (error: unknown) => {
    if (options.once) await leave()
    else out.note("the local cloud may stay up: look with './neverstop logs', end it with './neverstop down'")
    throw error
  })
  if (!outcome) {
    await leave()
    process.exit(130)
  }

  const { system, result } = outcome
  const seconds = Math.round((performance.now() - begun) / 100) / 10
  const urls = { api: system.apiUrl, openapi: `${system.apiUrl}/openapi.json` }
  out.result({ seconds, urls, demo: result && demoDocument(result) }, () => describe(seconds, urls, result))
  const exitCode = !result || result.unexpected.length === 0 ? exitCodes.ok : exitCodes.refused
  if (!options.once) {
    const close = await stay(system)
    const unfollow = followMailbox(system.state, out.note)
    out.note('Ctrl-C ends')
    await interrupted
    unfollow()
    await close()
  }
  await leave()
  return exitCode
}

/** What is shown of a stage that is up: the catalogue, and the demonstration when it is wanted. */
const planShow = (options: SessionOptions) => {
  let system: System | undefined
  let result: DemoResult | undefined
  const shows: Plan = [
    {
      title: 'catalogue',
      run: async () => {
        system = await openSystem(options)
        const { products } = await seed(system)
        return `${products} products`
      },
    },
    ...(options.demo
      ? [
          {
            title: 'demonstration',
            run: async (note: (line: string) => void) => {
              result = await demo(system!, { ...(options.demo as { orders: number; seed: number }), note })
              return `${result.placed} orders, ${result.conserved ? 'conserved' : 'NOT conserved'}`
            },
          },
        ]
      : []),
  ]
  return { shows, shown: () => ({ system: system!, result }) }
}

const describe = (seconds: number, urls: { api: string; openapi: string }, result: DemoResult | undefined): string =>
  [
    '',
    ...(result ? [describeDemo(result), ''] : []),
    `API       ${urls.api}`,
    `OpenAPI   ${urls.openapi}`,
    'a token   ./neverstop token --role customer --subject alice',
    `all of it took ${seconds} s`,
  ].join('\n')
