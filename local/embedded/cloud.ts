import { spawn } from 'node:child_process'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Backend, Cloud, Progress } from '../backend.ts'
import { localClientConfig } from '../client.ts'
import { Failure } from '../failure.ts'
import { layout } from '../layout.ts'
import { end, identify, runs } from '../processes.ts'
import { defaultPort, type Settings } from '../settings.ts'
import { emulatorEnvironment } from './environment.ts'
import { embeddedPeek } from './peek.ts'
import { requireFreePort } from './port.ts'
import { ensurePython, requirementsHash } from './python.ts'
import { type CloudRecord, readRecord, removeRecord, writeRecord } from './record.ts'
import { decideUp, explainUnhealthy, type Observation } from './recovery.ts'
import { embeddedRepairs } from './repairs.ts'
import { embeddedRules } from './rules.ts'
import { prepareState } from './state.ts'

/** How long the emulator may take to answer after its start. It takes 0.3 s; a machine under load takes longer. */
const startPatience = 30_000

/** How long it may take to save its state after SIGTERM. */
const stopPatience = 30_000

/** ministack as a process of this project: no container engine, no token, loopback only. */
export const embedded: Backend = {
  find: async (settings) => {
    const record = await readRecord(settings.state)
    const because = explainUnhealthy(record, await observe(record), settings.port)
    return toCloud(settings, record?.port ?? settings.port ?? defaultPort, because)
  },

  up: async (settings, progress) => {
    const record = await readRecord(settings.state)
    const decision = decideUp({
      record,
      seen: await observe(record),
      wanted: { ...settings, defaultPort, requirements: await requirementsHash() },
    })
    if (decision.act === 'refuse') throw new Failure(decision.because, { remedy: decision.remedy })
    if (decision.act === 'reuse') {
      progress(`the local cloud runs on port ${decision.port}`)
      return toCloud(settings, decision.port)
    }
    progress(`${decision.because}: starting it on port ${decision.port}`)
    if (decision.act === 'restart' && record) await end(record, stopPatience)
    await removeRecord(settings.state)
    await start(settings, decision.port, progress)
    return toCloud(settings, decision.port)
  },

  down: async ({ state }, { purge }, progress) => {
    const record = await readRecord(state)
    const outcome = record ? await end(record, purge ? 2_000 : stopPatience) : 'gone'
    if (outcome === 'killed' && !purge) progress('the cloud did not end by itself: what it had not saved is lost')
    await removeRecord(state)
    if (purge) await forget(state)
    return outcome !== 'gone'
  },

  rules: embeddedRules,
  repairs: embeddedRepairs,
  evaluatesAlarms: false,
  peek: embeddedPeek,
}

const toCloud = (settings: Settings, port: number, because?: string): Cloud => ({
  backend: 'embedded',
  port,
  healthy: because === undefined,
  clientConfig: localClientConfig({ port, region: settings.region }),
  because,
})

const observe = async (record: CloudRecord | undefined): Promise<Observation> => {
  if (!record || !(await runs(record))) return { alive: false, answers: false }
  return { alive: true, answers: await healthy(record.port) }
}

const healthy = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/_ministack/health`, { signal: AbortSignal.timeout(3_000) }).then(
    async (response) => {
      await response.arrayBuffer()
      return response.ok
    },
    () => false,
  )

const start = async (settings: Settings, port: number, progress: Progress) => {
  const { state, region } = settings
  const { log } = layout(state)
  await requireFreePort(port)
  const python = await ensurePython(progress)
  if ((await prepareState(state, port)) === 'restored')
    progress('it had crashed: its last consistent state is put back')
  await mkdir(log, { recursive: true })

  const logFile = join(log, 'cloud.log')
  await rename(logFile, join(log, 'cloud.previous.log')).catch(() => undefined)
  const sink = await open(logFile, 'a')
  const child = spawn(python, ['-m', 'ministack'], {
    cwd: state,
    env: emulatorEnvironment({ state, port, region }),
    detached: true,
    stdio: ['ignore', sink.fd, sink.fd],
  })
  const spawned = new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject))
  await spawned.finally(() => sink.close())
  child.unref()
  const identity = child.pid === undefined ? undefined : await identify(child.pid)
  if (!identity) throw await startFailure(logFile, 'it ended at once')
  await writeRecord(state, { ...identity, port, region, requirements: await requirementsHash() })

  const deadline = Date.now() + startPatience
  while (!(await healthy(port))) {
    if (!(await runs(identity))) throw await startFailure(logFile, 'it ended')
    if (Date.now() > deadline) {
      await end(identity, 2_000)
      throw await startFailure(logFile, `it did not answer within ${startPatience / 1000} s`)
    }
    await sleep(30)
  }
}

const startFailure = async (logFile: string, what: string): Promise<Failure> => {
  const tail = (await readFile(logFile, 'utf8').catch(() => '')).trim().split('\n').slice(-6).join('\n')
  return new Failure(`the embedded cloud did not start: ${what}`, { remedy: `the end of ${logFile}:\n${tail}` })
}

const forget = async (state: string) => {
  const { cloud: _, ...kept } = layout(state)
  for (const path of Object.values(kept)) await rm(path, { recursive: true, force: true })
}
