import { spawn } from 'node:child_process'
import { mkdir, open, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Failure } from '../failure.ts'
import { readJson, writeJson } from '../files.ts'
import { layout } from '../layout.ts'
import { end, identify, runs } from '../processes.ts'
import { checkout, type Settings } from '../settings.ts'
import { type WatchProcess, watchFiles } from './records.ts'

/** The watch that runs over a state folder, or undefined. */
export const findWatch = async (state: string): Promise<WatchProcess | undefined> => {
  const record = await readJson<WatchProcess>(watchFiles(state).process)
  return record && (await runs(record)) ? record : undefined
}

/**
 * Starts the watch of a stage in the background, unless it runs already over the same templates at the same scale.
 *
 * @param hash of what is deployed.
 * @returns whether it was started.
 */
export const startWatch = async (
  settings: Settings & { port: number },
  { hash, scale }: { hash: string; scale: number },
): Promise<boolean> => {
  const running = await findWatch(settings.state)
  if (running?.hash === hash && running.scale === scale) return false
  await stopWatch(settings.state)
  const { log } = layout(settings.state)
  await mkdir(log, { recursive: true })
  const sink = await open(join(log, 'watch.log'), 'a')
  const child = spawn(process.execPath, [join(checkout, 'local', 'watch', 'main.ts'), String(scale)], {
    cwd: checkout,
    env: {
      ...process.env,
      NEVERSTOP_PORT: String(settings.port),
      NEVERSTOP_STATE: settings.state,
      NEVERSTOP_CLOUD: settings.backend,
      NEVERSTOP_STAGE: settings.stage,
      AWS_REGION: settings.region,
    },
    detached: true,
    stdio: ['ignore', sink.fd, sink.fd],
  })
  const spawned = new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject))
  await spawned.finally(() => sink.close())
  child.unref()
  const identity = child.pid === undefined ? undefined : await identify(child.pid)
  if (!identity) throw new Failure('the watch ended at once', { remedy: `see ${join(log, 'watch.log')}` })
  await writeJson(watchFiles(settings.state).process, { ...identity, scale, hash } satisfies WatchProcess)
  return true
}

/** Ends the watch of a state folder. Resolves to whether one ran. */
export const stopWatch = async (state: string): Promise<boolean> => {
  const { process: file } = watchFiles(state)
  const running = await findWatch(state)
  if (running) await end(running, 5_000)
  await rm(file, { force: true })
  return running !== undefined
}
