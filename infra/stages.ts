import { RemovalPolicy } from 'aws-cdk-lib'
import { LambdaDeploymentConfig } from 'aws-cdk-lib/aws-codedeploy'
import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import { type Timing, type TimingName, timings } from '../reactive/timing.ts'

/** Who signs the bearer tokens of a stage. */
export type Issuer = {
  readonly url: string
  /** Client ids that may call, separated by commas. */
  readonly audience: string
  /** The issuer's public keys as a JSON Web Key Set, where they cannot be fetched from it. */
  readonly jwks?: string
}

/**
 * How new code comes to be called: by everybody at once, or by a share first, while the alarms are watched. `unwatched` is
 * for what mends the very thing that they ring about, and would else be turned back.
 */
export const rollouts = {
  unwatched: { deployment: LambdaDeploymentConfig.ALL_AT_ONCE, watched: false },
  'all-at-once': { deployment: LambdaDeploymentConfig.ALL_AT_ONCE, watched: true },
  'canary-10-5m': { deployment: LambdaDeploymentConfig.CANARY_10PERCENT_5MINUTES, watched: true },
  'linear-10-1m': { deployment: LambdaDeploymentConfig.LINEAR_10PERCENT_EVERY_1MINUTE, watched: true },
} as const
export type Rollout = keyof typeof rollouts

/** What differs between the kinds of stage; whatever is not here is the same everywhere. */
type Settings = {
  readonly timingName: TimingName
  /** What becomes of data when its stack goes: of tables, payloads, users and keys. */
  readonly removal: RemovalPolicy
  /** Whether stacks, tables and users refuse to be deleted until somebody lifts that by hand. */
  readonly deletionProtection: boolean
  /** Whether tables can be restored to any second of the last 35 days. */
  readonly pointInTimeRecovery: boolean
  /** Whose keys encrypt what is at rest: those of the services, or one of the stage, whose use is logged and can be ended. */
  readonly keys: 'of-services' | 'of-the-stage'
  readonly logRetention: RetentionDays
  readonly logLevel: 'DEBUG' | 'INFO'
  /** The share of traces that are recorded, from 0 (none) to 1 (all). */
  readonly tracing: number
  /** How many instances of one function one queue may keep busy. */
  readonly concurrency: number
  /** Whether what has to work while everything else is busy keeps executions of the account for itself. */
  readonly reserves: boolean
  /** Requests a second that the public API admits, and how many at once. */
  readonly admission: { readonly rate: number; readonly burst: number }
  /** Undefined: functions are called by their name alone, and new code replaces old. */
  readonly rollout: Rollout | undefined
}

/** A stage: what its kind decides, and what it was told when it was synthesized. */
export type Stage = Settings & {
  readonly name: string
  readonly timing: Timing
  /** Undefined: the stage brings a user pool of its own. */
  readonly issuer: Issuer | undefined
  /** The share of orders, from 0 to 1, whose messages the conservation ledger follows. */
  readonly ledgerShare: number
  /** Where pages go; without it the topics have no subscriber yet. */
  readonly alarmEmail: string | undefined
  /** Where spans go over OTLP/HTTP, besides the log. */
  readonly collector: string | undefined
  /** Take the credentials of the command line instead of the bootstrap roles. */
  readonly cliCredentials: boolean
}

/** The context values (`cdk … -c key=value`) that choose and shape a stage. */
export const stageOptions = [
  'stage',
  'issuer',
  'audience',
  'jwks',
  'alarmEmail',
  'ledgerShare',
  'tracing',
  'otlp',
  'rollout',
  'synthesizer',
] as const

type Reader = (option: (typeof stageOptions)[number]) => unknown

/** What every stage in an account has unless its row says otherwise: nothing that a mistake could not replace. */
const account: Settings = {
  timingName: 'standard',
  removal: RemovalPolicy.DESTROY,
  deletionProtection: false,
  pointInTimeRecovery: false,
  keys: 'of-services',
  logRetention: RetentionDays.ONE_WEEK,
  logLevel: 'INFO',
  tracing: 1,
  concurrency: 5,
  // A new account has ten executions at once, of which none may be reserved.
  reserves: false,
  admission: { rate: 50, burst: 100 },
  rollout: 'all-at-once',
}

/**
 * The kinds of stage, a row each. `local` is on this machine, for somebody who watches: short waits, a handful of
 * instances. `dev` is one person's in an account, `test` is where a release is tried as it will run, and `prod` keeps
 * what it has.
 */
const kinds = {
  local: {
    ...account,
    timingName: 'brief',
    logRetention: RetentionDays.ONE_DAY,
    concurrency: 2,
    admission: { rate: 1_000, burst: 2_000 },
    rollout: undefined,
  },
  dev: account,
  test: {
    ...account,
    tracing: 0.5,
    concurrency: 20,
    admission: { rate: 200, burst: 400 },
    rollout: 'canary-10-5m',
  },
  prod: {
    ...account,
    removal: RemovalPolicy.RETAIN,
    deletionProtection: true,
    pointInTimeRecovery: true,
    keys: 'of-the-stage',
    logRetention: RetentionDays.THREE_MONTHS,
    tracing: 0.1,
    concurrency: 20,
    reserves: true,
    admission: { rate: 200, burst: 400 },
    rollout: 'linear-10-1m',
  },
} as const satisfies Record<string, Settings>

export type StageKind = keyof typeof kinds
export const stageKinds = Object.keys(kinds) as StageKind[]

/**
 * The kind of a stage: what its name begins with, so that somebody may have `dev-anna` beside `dev`.
 *
 * @throws Error when the name is malformed or of no kind: a stage that keeps nothing must not be had by a typing error.
 *
 * @example
 * stageKindOf('prod-eu') // 'prod'
 */
export const stageKindOf = (name: string): StageKind => {
  if (!/^[a-z][a-z0-9-]{0,19}$/.test(name))
    throw new Error(`'${name}' is not a stage: 1 to 20 small letters, digits and hyphens, beginning with a letter`)
  const kind = stageKinds.find((known) => name === known || name.startsWith(`${known}-`))
  if (kind) return kind
  throw new Error(
    `'${name}' is not a stage: it is called ${stageKinds.join(', ')}, or one of these with more after a hyphen, as in dev-anna`,
  )
}

/**
 * Reads a stage from the CDK's context.
 *
 * @throws Error naming the option when one is malformed, or when a stage in an account trusts an issuer that is not https.
 *
 * @example
 * stageFrom((option) => app.node.tryGetContext(option)).timing.visibility // 30000 unless -c stage=local
 */
export const stageFrom = (context: Reader): Stage => {
  const text = (option: (typeof stageOptions)[number]) => {
    const value = context(option)
    if (value === undefined || value === '') return undefined
    if (typeof value === 'string') return value
    throw new Error(`The context value '${option}' must be text, not ${typeof value}: pass it as -c ${option}=…`)
  }
  const name = text('stage') ?? 'dev'
  const kind = stageKindOf(name)
  const settings: Settings = kinds[kind]
  return {
    name,
    ...settings,
    timing: timings[settings.timingName],
    issuer: issuerOf(name, kind, text('issuer'), text('audience'), text('jwks')),
    ledgerShare: ledgerShareOf(text('ledgerShare')),
    alarmEmail: alarmEmailOf(text('alarmEmail')),
    tracing: tracingOf(text('tracing')) ?? settings.tracing,
    collector: collectorOf(text('otlp')),
    rollout: settings.rollout && (rolloutOf(text('rollout')) ?? settings.rollout),
    cliCredentials: synthesizerOf(text('synthesizer')) === 'cli-credentials',
  }
}

const issuerOf = (
  stage: string,
  kind: StageKind,
  url?: string,
  audience?: string,
  jwks?: string,
): Issuer | undefined => {
  if (!url) {
    if (jwks ?? audience) throw new Error(`'jwks' and 'audience' belong to an issuer: pass -c issuer=… as well`)
    return undefined
  }
  if (!URL.canParse(url)) throw new Error(`The issuer '${url}' is not a URL`)
  if (kind !== 'local' && new URL(url).protocol !== 'https:')
    throw new Error(`Stage '${stage}' is in an account and its issuer '${url}' is not https: anybody could pose as it`)
  if (jwks !== undefined) assertKeySet(jwks)
  return { url, audience: audience ?? 'neverstop', ...(jwks === undefined ? {} : { jwks }) }
}

const assertKeySet = (jwks: string) => {
  let keys: unknown
  try {
    keys = (JSON.parse(jwks) as { keys?: unknown }).keys
  } catch {
    throw new Error(`The context value 'jwks' is not JSON: a JSON Web Key Set looks like {"keys":[…]}`)
  }
  if (!Array.isArray(keys) || keys.length === 0)
    throw new Error(`The context value 'jwks' holds no keys: a JSON Web Key Set looks like {"keys":[…]}`)
  if (keys.some((key: Record<string, unknown>) => 'd' in key || 'k' in key))
    throw new Error(`The context value 'jwks' holds a private key; give public keys only, and replace that one`)
}

const tracingOf = (share?: string): number | undefined => {
  if (share === undefined) return undefined
  const number = Number(share)
  if (share.trim() !== '' && number >= 0 && number <= 1) return number
  throw new Error(`'${share}' is no share of traces: a number from 0 (none) to 1 (all)`)
}

const rolloutOf = (word?: string): Rollout | undefined => {
  if (word === undefined || word in rollouts) return word as Rollout | undefined
  throw new Error(`'${word}' is not a rollout; there are ${Object.keys(rollouts).join(', ')}`)
}

const collectorOf = (url?: string): string | undefined => {
  if (url === undefined || (URL.canParse(url) && /^https?:/.test(url))) return url
  throw new Error(`'${url}' is not the address of an OTLP collector: it begins with http:// or https://`)
}

const alarmEmailOf = (address?: string) => {
  if (address === undefined || /^[^@\s]+@[^@\s]+$/.test(address)) return address
  throw new Error(`'${address}' is not a mail address for alarms`)
}

const ledgerShareOf = (word = '1') => {
  const share = Number(word)
  if (word.trim() !== '' && share >= 0 && share <= 1) return share
  throw new Error(`'${word}' is no share of orders for the ledger: 1 is all of them, 0.01 one in a hundred`)
}

const synthesizerOf = (word?: string) => {
  if (word === undefined || word === 'default' || word === 'cli-credentials') return word
  throw new Error(`'${word}' is not a synthesizer here; there are 'default' and 'cli-credentials'`)
}
