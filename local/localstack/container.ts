import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import type { Progress } from '../adapter.ts'
import { Failure } from '../failure.ts'
import { requireFreePort } from '../port.ts'
import { askHealth, type Health } from './health.ts'

const run = promisify(execFile)

/**
 * The official image. It asks for a token since its first release of 2026. The tag is not verified against the registry:
 * nobody of this project has fetched it. The month has two digits there, as in others' pins; PyPI drops the zero.
 */
export const image = 'localstack/localstack:2026.03.0'

/** How long a first start may take, with the image being fetched before. */
const usualPatience = 120_000

/** The container of a state folder: its name is made of the folder's, so that it is found without a record. */
export const containerName = (state: string): string =>
  `neverstop-${createHash('sha256').update(state).digest('hex').slice(0, 12)}`

/**
 * What the engine is told. Only this machine reaches the port; the token is named, not shown, since arguments are
 * visible to everybody on the machine. One that ended is kept, so that `docker logs` tells why; the next start, or
 * `down`, removes it.
 */
export const containerArguments = ({ state, port, region }: { state: string; port: number; region: string }) => [
  'run',
  ...['--detach', '--name', containerName(state)],
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

/** The container of a state folder, whether it runs, and the port that it publishes; undefined when there is none. */
export const containerOf = (state: string): Promise<{ running: boolean; port: number } | undefined> =>
  run('docker', ['inspect', '--format', shown, containerName(state)], { timeout: 5_000 }).then(
    ({ stdout }) => {
      const [running, port] = stdout.trim().split(' ')
      return { running: running === 'true', port: Number(port) }
    },
    () => undefined,
  )

const shown = '{{.State.Running}} {{range .HostConfig.PortBindings}}{{range .}}{{.HostPort}}{{end}}{{end}}'

/** Starts the container; it does not answer yet. */
export const startContainer = async (
  at: { state: string; port: number; region: string },
  progress: Progress,
): Promise<void> => {
  await requireFreePort(at.port)
  await removeContainer(at.state)
  progress(`starting ${image} on port ${at.port}`)
  await run('docker', containerArguments(at), { maxBuffer: 16 * 1024 * 1024 }).catch((error: Error) => {
    throw new Failure('the container of LocalStack could not be started', { remedy: error.message, cause: error })
  })
}

/**
 * Waits until the container answers, whoever started it and when.
 *
 * @throws Failure with the end of its log when it ended, or does not answer within `patience` milliseconds. It is then
 * stopped, so that the next start begins anew, and kept with its log.
 */
export const awaitContainer = async (
  { state, port }: { state: string; port: number },
  patience = usualPatience,
): Promise<Health> => {
  const name = containerName(state)
  const deadline = Date.now() + patience
  for (;;) {
    const health = await askHealth(port)
    if (health) return health
    const running = (await containerOf(state))?.running === true
    if (!running || Date.now() > deadline) {
      const tail = await endOfLog(name)
      if (running) await run('docker', ['stop', name]).catch(() => undefined)
      const what = running ? `did not answer on port ${port} within ${patience / 1_000} s and was stopped` : 'ended'
      throw new Failure(`the container ${name} ${what}`, { remedy: `the end of 'docker logs ${name}':\n${tail}` })
    }
    await sleep(250)
  }
}

/** Stops the container, if there is one, and removes it; what it held is gone, since it keeps no state. */
export const removeContainer = async (state: string): Promise<void> => {
  const container = await containerOf(state)
  // It ends the containers of its functions when it is asked to stop, not when it is removed.
  if (container?.running) await run('docker', ['stop', containerName(state)])
  if (container) await run('docker', ['rm', '--force', containerName(state)])
}

const endOfLog = (name: string): Promise<string> =>
  run('docker', ['logs', '--tail', '12', name], { timeout: 5_000 }).then(
    ({ stdout, stderr }) => `${stdout}${stderr}`.trim(),
    (error: Error) => `it could not be read: ${error.message}`,
  )
