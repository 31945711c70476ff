import { spawn } from 'node:child_process'
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Backend, Cloud, Progress } from './adapter.ts'
import type { BackendName } from './backend-names.ts'
import { type CloudKind, capabilitiesOf } from './capabilities.ts'
import { localClientConfig } from './client.ts'
import { Failure } from './failure.ts'
import { layout } from './layout.ts'
import { requireFreePort } from './port.ts'
import { end, identify, runs } from './processes.ts'
import { ensurePython, type Installation, requirementsHash } from './python.ts'
import { type CloudRecord, readRecord, removeRecord, writeRecord } from './record.ts'
import { decideUp, explainUnhealthy, type Observation } from './recovery.ts'
import { defaultPort, type Settings } from './settings.ts'

/** An emulator that runs as a process of this project: from a virtual environment, on loopback, without containers. */
export type Emulator = {
  backend: BackendName
  kind: CloudKind
  description: string
  /** What its virtual environment holds. */
  installation: Installation
  /** What Python is told to run. */
  arguments: readonly string[]
  environment: (at: { state: string; port: number; region: string }) => Record<string, string>
  /** Whether it answers on its port. */
  healthy: (port: number) => Promise<boolean>
  /** Whether it loads what it held when it was stopped. */
  keepsState: boolean
  /** Makes what it will load consistent; tells when that meant to go back to an earlier state. */
  prepare: (state: string, port: number) => Promise<'kept' | 'restored'>
  /** How long it may take to answer after its start, and to end after SIGTERM, in milliseconds. */
  startPatience: number
  stopPatience: number
}

/** The life of an emulator's process: found by its record, started, mended after a crash, stopped. */
export const runEmulator = (emulator: Emulator): Backend => {
  const toCloud = (settings: Settings, port: number, because?: string): Cloud => ({
    backend: emulator.backend,
    kind: emulator.kind,
    capabilities: capabilitiesOf(emulator.kind),
    description: emulator.description,
    port,
    healthy: because === undefined,
    clientConfig: localClientConfig({ port, region: settings.region }),
    because,
  })
  const observe = async (record: CloudRecord | undefined): Promise<Observation> => {
    if (!record || !(await runs(record))) return { alive: false, answers: false }
    return { alive: true, answers: record.backend === emulator.backend && (await emulator.healthy(record.port)) }
  }

  return {
    name: emulator.backend,
    keepsState: emulator.keepsState,

    find: async (settings) => {
      const record = await readRecord(settings.state)
      const because = explainUnhealthy(record, await observe(record), settings)
      return toCloud(settings, record?.port ?? settings.port ?? defaultPort, because)
    },

    up: async (settings, progress) => {
      const record = await readRecord(settings.state)
      const requirements = await requirementsHash(emulator.installation)
      const decision = decideUp({
        record,
        seen: await observe(record),
        wanted: { ...settings, defaultPort, requirements },
      })
      if (decision.act === 'refuse') throw new Failure(decision.because, { remedy: decision.remedy })
      if (decision.act === 'reuse') {
        progress(`the local cloud runs on port ${decision.port}`)
        return toCloud(settings, decision.port)
      }
      progress(`${decision.because}: starting it on port ${decision.port}`)
      if (decision.act === 'restart' && record) await end(record, emulator.stopPatience)
      await removeRecord(settings.state)
      await start(emulator, settings, decision.port, progress)
      return toCloud(settings, decision.port)
    },

    down: async ({ state }, { purge }, progress) => {
      const record = await readRecord(state)
      const outcome = record ? await end(record, purge ? 2_000 : emulator.stopPatience) : 'gone'
      if (outcome === 'killed' && !purge) progress('the cloud did not end by itself: what it had not saved is lost')
      await removeRecord(state)
      if (purge) await forget(state)
      return outcome !== 'gone'
    },
  }
}

const start = async (emulator: Emulator, settings: Settings, port: number, progress: Progress) => {
  const { state, region } = settings
  const { log } = layout(state)
  await requireFreePort(port)
  const python = await ensurePython(emulator.installation, progress)
  if ((await emulator.prepare(state, port)) === 'restored')
    progress('it had crashed: its last consistent state is put back')
  await mkdir(log, { recursive: true })

  const logFile = join(log, 'cloud.log')
  await rename(logFile, join(log, 'cloud.previous.log')).catch(() => undefined)
  const sink = await open(logFile, 'a')
  const child = spawn(python, [...emulator.arguments], {
    cwd: state,
    env: emulator.environment({ state, port, region }),
    detached: true,
    stdio: ['ignore', sink.fd, sink.fd],
  })
  const spawned = new Promise<void>((resolve, reject) => child.once('spawn', resolve).once('error', reject))
  await spawned.finally(() => sink.close())
  child.unref()
  const failure = (what: string) => startFailure(emulator.installation.name, logFile, what)
  const identity = child.pid === undefined ? undefined : await identify(child.pid)
  if (!identity) throw await failure('it ended at once')
  const requirements = await requirementsHash(emulator.installation)
  await writeRecord(state, { ...identity, backend: emulator.backend, port, region, requirements })

  const deadline = Date.now() + emulator.startPatience
  while (!(await emulator.healthy(port))) {
    if (!(await runs(identity))) throw await failure('it ended')
    if (Date.now() > deadline) {
      await end(identity, 2_000)
      throw await failure(`it did not answer within ${emulator.startPatience / 1000} s`)
    }
    await sleep(30)
  }
}

const startFailure = async (name: string, logFile: string, what: string): Promise<Failure> => {
  const tail = (await readFile(logFile, 'utf8').catch(() => '')).trim().split('\n').slice(-6).join('\n')
  return new Failure(`${name} did not start: ${what}`, { remedy: `the end of ${logFile}:\n${tail}` })
}

/** Removes all that a state folder holds but the record of the process, which whoever ended it has removed. */
export const forget = async (state: string): Promise<void> => {
  const { cloud: _, ...kept } = layout(state)
  for (const path of Object.values(kept)) await rm(path, { recursive: true, force: true })
}
