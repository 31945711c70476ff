import { RemovalPolicy } from 'aws-cdk-lib'
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

/** What differs between the stages; whatever is not here is the same everywhere. */
export type Stage = {
  readonly name: string
  readonly timingName: TimingName
  readonly timing: Timing
  /** Undefined: the stage brings a user pool of its own. */
  readonly issuer: Issuer | undefined
  /** What becomes of tables when their stack goes. */
  readonly removal: RemovalPolicy
  /** Point-in-time recovery and deletion protection of tables. */
  readonly guarded: boolean
  readonly logRetention: RetentionDays
  readonly logLevel: 'DEBUG' | 'INFO'
  /** How many instances of one function one queue may keep busy. */
  readonly concurrency: number
  /** Requests a second that the public API admits, and how many at once. */
  readonly admission: { readonly rate: number; readonly burst: number }
  /** The share of orders, from 0 to 1, whose messages the conservation ledger follows. */
  readonly ledgerShare: number
  /** Where pages go; without it the topics have no subscriber yet. */
  readonly alarmEmail: string | undefined
  /** The share of traces that are recorded, from 0 (none) to 1 (all). */
  readonly tracing: number
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
  'synthesizer',
] as const

type Reader = (option: (typeof stageOptions)[number]) => unknown

/** The stage for somebody who watches: short waits, nothing kept, a handful of instances. */
const local = {
  timingName: 'brief',
  removal: RemovalPolicy.DESTROY,
  guarded: false,
  logRetention: RetentionDays.ONE_DAY,
  logLevel: 'INFO',
  tracing: 1,
  concurrency: 2,
  admission: { rate: 1_000, burst: 2_000 },
} as const

/** Any stage in an account: what a mistake could destroy is kept. */
const account = {
  timingName: 'standard',
  removal: RemovalPolicy.RETAIN,
  guarded: true,
  logRetention: RetentionDays.ONE_MONTH,
  logLevel: 'INFO',
  tracing: 0.1,
  concurrency: 20,
  admission: { rate: 200, burst: 400 },
} as const

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
  if (!/^[a-z][a-z0-9-]{0,19}$/.test(name))
    throw new Error(`'${name}' is not a stage: 1 to 20 small letters, digits and hyphens, beginning with a letter`)
  const settings = name === 'local' ? local : account
  return {
    name,
    ...settings,
    timing: timings[settings.timingName],
    issuer: issuerOf(name, text('issuer'), text('audience'), text('jwks')),
    ledgerShare: ledgerShareOf(text('ledgerShare')),
    alarmEmail: alarmEmailOf(text('alarmEmail')),
    tracing: tracingOf(text('tracing')) ?? settings.tracing,
    collector: collectorOf(text('otlp')),
    cliCredentials: synthesizerOf(text('synthesizer')) === 'cli-credentials',
  }
}

const issuerOf = (stage: string, url?: string, audience?: string, jwks?: string): Issuer | undefined => {
  if (!url) {
    if (jwks ?? audience) throw new Error(`'jwks' and 'audience' belong to an issuer: pass -c issuer=… as well`)
    return undefined
  }
  if (!URL.canParse(url)) throw new Error(`The issuer '${url}' is not a URL`)
  if (stage !== 'local' && new URL(url).protocol !== 'https:')
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
