import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Progress } from '../backend.ts'
import { Failure } from '../failure.ts'
import { requireFreePort } from '../port.ts'
import { askHealth } from './health.ts'

const run = promisify(execFile)

/** The official image. It asks for a token since its first release of 2026. */
export const image = 'localstack/localstack:2026.3.0'

/** How long a first start may take, with the image being fetched before. */
const patience = 120_000

/** The container of a state folder: its name is made of the folder's, so that it is found without a record. */
export const containerName = (state: string): string =>
  `neverstop-${createHash('sha256').update(state).digest('hex').slice(0, 12)}`

/**
 * What the engine is told. Only this machine reaches the port; the token is named, not shown, since arguments are
 * visible to everybody on the machine.
 */
export const containerArguments = ({ state, port, region }: { state: string; port: number; region: string }) => [
  'run',
  ...['--detach', '--rm', '--name', containerName(state)],
  ...['--publish', `127.0.0.1:${port}:${port}`],
  ...['--env', 'LOCALSTACK_AUTH_TOKEN', '--env', `GATEWAY_LISTEN=0.0.0.0:${port}`],
  ...['--env', `LOCALSTACK_HOST=localhost.localstack.cloud:${port}`, '--env', `DEFAULT_REGION=${region}`],
  ...['--env', 'SQS_ENDPOINT_STRATEGY=path', '--env', 'CFN_IGNORE_UNSUPPORTED_RESOURCE_TYPES=0'],
  // Functions run in containers of their own, beside it.
  ...['--volume', '/var/run/docker.sock:/var/run/docker.sock'],
  image,
]

/** Whether a container engine answers. */
export const engineAnswers = (): Promise<boolean> =>
  run('docker', ['version', '--format', '{{.Server.Version}}'], { timeout: 5_000 }).then(
    ({ stdout }) => stdout.trim() !== '',
    () => false,
  )

/** Whether the container of a state folder runs. */
export const containerRuns = (state: string): Promise<boolean> =>
  run('docker', ['inspect', '--format', '{{.State.Running}}', containerName(state)], { timeout: 5_000 }).then(
    ({ stdout }) => stdout.trim() === 'true',
    () => false,
  )

/** Starts the container and waits until it answers. */
export const startContainer = async (
  at: { state: string; port: number; region: string },
  progress: Progress,
): Promise<void> => {
  await requireFreePort(at.port)
  progress(`starting ${image} on port ${at.port}`)
  await run('docker', containerArguments(at), { maxBuffer: 16 * 1024 * 1024 }).catch((error: Error) => {
    throw new Failure('the container of LocalStack could not be started', { remedy: error.message, cause: error })
  })
  const deadline = Date.now() + patience
  while (!(await askHealth(at.port))) {
    if (Date.now() > deadline || !(await containerRuns(at.state))) {
      throw new Failure(`the container ${containerName(at.state)} does not answer on port ${at.port}`, {
        remedy: `look at 'docker logs ${containerName(at.state)}'`,
      })
    }
    await sleep(250)
  }
}

/** Stops the container; what it held is gone, since it keeps no state. */
export const stopContainer = async (state: string): Promise<void> => {
  await run('docker', ['stop', containerName(state)])
}
