import type { BackendName } from './backend-names.ts'
import type { Capabilities, CloudKind } from './capabilities.ts'
import type { ClientConfig } from './client.ts'
import type { Failure } from './failure.ts'
import type { Settings } from './settings.ts'
import type { PeekQueues } from './watch/collect.ts'

/** A line that says what is being done. */
export type Progress = (line: string) => void

/** Where a cloud answers, what it is, and whether it answers. */
export type Cloud = {
  backend: BackendName
  kind: CloudKind
  capabilities: Capabilities
  /** What it says of itself, for a person: product, version, edition. */
  description: string
  port: number
  healthy: boolean
  clientConfig: ClientConfig
  /** Where functions reach it, when that is not where this process does: they may run in containers. */
  functionEndpoint?: string
  /** Why it is not healthy, for a person. */
  because?: string
}

/**
 * What an adapter does for a kind of cloud. Nothing outside `local/` asks which kind it is; what differs between clouds
 * is a capability.
 */
export type Backend = {
  name: BackendName
  /** Looks, changes nothing. */
  find: (settings: Settings) => Promise<Cloud>
  /** Makes the cloud run: reuses a healthy one, mends a crashed one, starts one. */
  up: (settings: Settings, progress: Progress) => Promise<Cloud>
  /** Why it cannot be had on this machine, or undefined when nothing is known against it. Looks, changes nothing. */
  whyNot?: (settings: Settings) => Promise<Failure | undefined>
  /** Whether what it held is there again when it was stopped and started. */
  keepsState: boolean
  /** Stops it, with its state forgotten or kept as far as it keeps any. Resolves to whether there was one. */
  down: (settings: Settings, choice: { purge: boolean }, progress: Progress) => Promise<boolean>
  /** How the watch looks into queues of a stage; missing where it cannot, and then the watch keeps out. */
  peek?: (cloud: Cloud) => PeekQueues
}

/**
 * What becomes of a cloud's state when it is stopped, for a person.
 *
 * @example
 * stateAfterStop(localstack, '.neverstop') // 'what it held is gone, since it keeps no state; the next start deploys anew'
 */
export const stateAfterStop = ({ keepsState }: Pick<Backend, 'keepsState'>, state: string): string =>
  keepsState
    ? `its state is kept in ${state}`
    : 'what it held is gone, since it keeps no state; the next start deploys anew'
