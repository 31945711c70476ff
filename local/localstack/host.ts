import { mkdir, rm } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type Emulator, runEmulator } from '../emulator.ts'
import { layout } from '../layout.ts'
import type { Installation } from '../python.ts'
import { hostEnvironment } from './environment.ts'
import { askHealth } from './health.ts'

/** The open edition keeps nothing: every start begins with an empty cloud and an empty scratch folder. */
const beginAnew = async (state: string): Promise<'kept'> => {
  const { tmp } = layout(state)
  await rm(tmp, { recursive: true, force: true })
  await mkdir(tmp, { recursive: true })
  return 'kept'
}

/** What its virtual environment holds. */
export const hostInstallation: Installation = {
  name: 'LocalStack',
  requirements: fileURLToPath(new URL('requirements.txt', import.meta.url)),
  python: { exactly: [3, 13] },
}

const openRelease: Emulator = {
  backend: 'localstack',
  kind: 'localstack-host',
  description: 'LocalStack 2026.3.0 (open edition, host mode)',
  installation: hostInstallation,
  arguments: ['-m', 'localstack.runtime.main'],
  environment: hostEnvironment,
  healthy: async (port) => (await askHealth(port)) !== undefined,
  keepsState: false,
  prepare: beginAnew,
  // It takes 5 s on a quiet machine.
  startPatience: 90_000,
  stopPatience: 20_000,
}

/** LocalStack's last open release as a process of this project: no container engine, no token, loopback only. */
export const host = runEmulator(openRelease)
