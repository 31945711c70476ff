import { dirname, isAbsolute, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type CloudName, cloudNames } from './backend-names.ts'
import { exitCodes, Failure } from './failure.ts'
import { type Way, ways } from './localstack/ways.ts'
import { refusalOf } from './nearest.ts'

/** The checkout that this file belongs to. */
export const checkout = resolve(dirname(fileURLToPath(import.meta.url)), '..')

/** Where one system runs and where its local cloud keeps what it knows. `port` is undefined when nobody chose one. */
export type Settings = {
  backend: CloudName
  port: number | undefined
  /** Absolute path of the state folder. */
  state: string
  stage: string
  region: string
  /** The URL of a cloud that somebody else runs, for the backend `endpoint`. */
  endpoint?: string
  /** How LocalStack is to run, when the user insists on one way. */
  localstack?: Way
  /** The share of traces that a stage records, from 0 to 1; the stage knows its own when nobody says. */
  tracing?: string
  /** Where a stage sends its spans, besides the log. */
  collector?: string
}

/** What the words of a command line may choose. */
export type Chosen = { port?: number; state?: string; cloud?: string; stage?: string }

/** The environment variables of the command line. Any other `NEVERSTOP_…` is refused, so that a typo is not ignored. */
const variables = [
  'NEVERSTOP_PORT',
  'NEVERSTOP_STATE',
  'NEVERSTOP_CLOUD',
  'NEVERSTOP_STAGE',
  'NEVERSTOP_ENDPOINT',
  'NEVERSTOP_LOCALSTACK',
  'NEVERSTOP_TRACING',
  'NEVERSTOP_TOKEN',
  'NEVERSTOP_PASSWORD',
] as const

/** The port that a local cloud gets when nobody chose one: the one that every AWS emulator uses. */
export const defaultPort = 4566

/**
 * The settings of this run: options win over `NEVERSTOP_*`, those over the defaults.
 *
 * Relative state folders are relative to where the user stands; the default one is in the checkout.
 *
 * @throws Failure naming the variable or option and what it may be.
 *
 * @example
 * readSettings({ port: 4701 }, {}) // { backend: 'embedded', port: 4701, stage: 'local', region: 'eu-central-1', … }
 */
export const readSettings = (chosen: Chosen = {}, env: NodeJS.ProcessEnv = process.env): Settings => {
  refuseUnknownVariables(env)
  const backend = backendOf(chosen.cloud ?? env.NEVERSTOP_CLOUD ?? 'embedded')
  const [endpoint, localstack] = [endpointOf(env.NEVERSTOP_ENDPOINT), wayOf(env.NEVERSTOP_LOCALSTACK)]
  return {
    backend,
    port: chosen.port ?? portOf(env.NEVERSTOP_PORT),
    state: stateOf(chosen.state ?? env.NEVERSTOP_STATE, backend),
    stage: placed(backend, stageOf(chosen.stage ?? env.NEVERSTOP_STAGE ?? 'local')),
    region: env.AWS_REGION || env.AWS_DEFAULT_REGION || 'eu-central-1',
    ...(endpoint && { endpoint }),
    ...(localstack && { localstack }),
    ...(env.NEVERSTOP_TRACING && { tracing: env.NEVERSTOP_TRACING }),
    ...(env.OTEL_EXPORTER_OTLP_ENDPOINT && { collector: env.OTEL_EXPORTER_OTLP_ENDPOINT }),
  }
}

/** The port that a word names, or undefined when it names none. */
export const parsePort = (word: string): number | undefined => {
  const port = Number(word)
  return /^\d{1,5}$/.test(word) && port >= 1 && port <= 65535 ? port : undefined
}

const refuseUnknownVariables = (env: NodeJS.ProcessEnv) => {
  const unknown = Object.keys(env).find(
    (name) => name.startsWith('NEVERSTOP_') && !variables.some((known) => known === name),
  )
  if (unknown) throw new Failure(refusalOf('variable of neverstop', unknown, variables), { exitCode: exitCodes.usage })
}

const portOf = (word: string | undefined): number | undefined => {
  if (!word) return undefined
  const port = parsePort(word)
  if (port !== undefined) return port
  throw new Failure(`NEVERSTOP_PORT is '${word}', which is not a port from 1 to 65535`, { exitCode: exitCodes.usage })
}

const backendOf = (word: string): CloudName => {
  const name = cloudNames.find((known) => known === word)
  if (name) return name
  throw new Failure(refusalOf('backend of this checkout', word, cloudNames), { exitCode: exitCodes.usage })
}

const stageOf = (word: string): string => {
  if (/^[a-z][a-z0-9-]{0,19}$/.test(word)) return word
  throw new Failure(`'${word}' is not a stage`, {
    exitCode: exitCodes.usage,
    remedy: 'a stage is 1 to 20 small letters, digits and hyphens, beginning with a letter',
  })
}

/** The kinds of stage, by which their names begin: those of `infra/stages.ts`, without the CDK that they bring. */
export const kindsOfStage = ['local', 'dev', 'test', 'prod']

/** The stage `local` trusts tokens that this machine signs, so it has no place in an account. */
const placed = (backend: CloudName, stage: string): string => {
  const kind = stage.split('-')[0]!
  const valid = kindsOfStage.filter((known) => known !== 'local' || backend !== 'aws')
  if (valid.includes(kind)) return stage
  const refusal =
    kind === 'local'
      ? `the stage '${stage}' belongs to this machine, not to an account`
      : refusalOf('kind of stage', kind, valid)
  throw new Failure(refusal, {
    exitCode: exitCodes.usage,
    remedy: `choose one with --stage: ${valid.join(', ')}, or one of these with more after a hyphen, as in dev-anna`,
  })
}

const endpointOf = (word: string | undefined): string | undefined => {
  if (!word) return undefined
  const url = URL.canParse(word) ? new URL(word) : undefined
  if (url && /^https?:$/.test(url.protocol)) return url.origin
  throw new Failure(`NEVERSTOP_ENDPOINT is '${word}', which is not a URL such as http://localhost:4566`, {
    exitCode: exitCodes.usage,
  })
}

const wayOf = (word: string | undefined): Way | undefined => {
  if (!word) return undefined
  const way = ways.find((known) => known === word)
  if (way) return way
  throw new Failure(refusalOf('way to run LocalStack', word, ways), { exitCode: exitCodes.usage })
}

/** Each backend has a default folder of its own, so that two of them may run beside each other. */
const stateOf = (folder: string | undefined, backend: CloudName): string => {
  if (!folder) return backend === 'embedded' ? join(checkout, '.neverstop') : join(checkout, '.neverstop', backend)
  return isAbsolute(folder) ? folder : resolve(folder)
}
