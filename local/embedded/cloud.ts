import { fileURLToPath } from 'node:url'
import { type Emulator, runEmulator } from '../emulator.ts'
import type { Installation } from '../python.ts'
import { emulatorEnvironment } from './environment.ts'
import { embeddedPeek } from './peek.ts'
import { prepareState } from './state.ts'

const healthy = (port: number): Promise<boolean> =>
  fetch(`http://127.0.0.1:${port}/_ministack/health`, { signal: AbortSignal.timeout(3_000) }).then(
    async (response) => {
      await response.arrayBuffer()
      return response.ok
    },
    () => false,
  )

/** What its virtual environment holds. */
export const embeddedInstallation: Installation = {
  name: 'the embedded cloud',
  requirements: fileURLToPath(new URL('requirements.txt', import.meta.url)),
  python: { least: [3, 10] },
}

const ministack: Emulator = {
  backend: 'embedded',
  kind: 'ministack',
  description: 'ministack 1.5.33',
  installation: embeddedInstallation,
  arguments: ['-m', 'ministack'],
  environment: emulatorEnvironment,
  healthy,
  keepsState: true,
  prepare: prepareState,
  // It takes 0.3 s; a machine under load takes longer, and saving a large state too.
  startPatience: 30_000,
  stopPatience: 30_000,
}

/** ministack as a process of this project: no container engine, no token, loopback only. */
export const embedded = { ...runEmulator(ministack), peek: embeddedPeek }
