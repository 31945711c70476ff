import type { BackendName } from './backend-names.ts'
import type { ClientConfig } from './client.ts'
import type { Repair } from './repair.ts'
import type { Settings } from './settings.ts'
import type { Rule } from './transform.ts'
import type { PeekQueues } from './watch/collect.ts'

/** A line that says what is being done. */
export type Progress = (line: string) => void

/** Where a cloud answers, and whether it does. */
export type Cloud = {
  backend: BackendName
  port: number
  healthy: boolean
  clientConfig: ClientConfig
  /** Why it is not healthy, for a person. */
  because?: string
}

/** What an adapter does for a kind of cloud. Nothing outside `local/` asks which kind it is. */
export type Backend = {
  /** Looks, changes nothing. */
  find: (settings: Settings) => Promise<Cloud>
  /** Makes the cloud run: reuses a healthy one, mends a crashed one, starts one. */
  up: (settings: Settings, progress: Progress) => Promise<Cloud>
  /** Stops it with its state kept, or forgotten. Resolves to whether there was one. */
  down: (settings: Settings, choice: { purge: boolean }, progress: Progress) => Promise<boolean>
  /** How templates are adapted to it. */
  rules: (cloud: Pick<Cloud, 'port'>) => readonly Rule[]
  /** What its CloudFormation drops. */
  repairs: readonly Repair[]
  /** Whether it evaluates alarms by itself, as an account does: then the watch keeps out. */
  evaluatesAlarms: boolean
  /** How the watch looks into queues of a stage. */
  peek: (cloud: Cloud) => PeekQueues
}

/** Loads an adapter; the others stay unread. */
export const loadBackend = async (name: BackendName): Promise<Backend> => {
  const adapters: Record<BackendName, () => Promise<Backend>> = {
    embedded: async () => (await import('./embedded/cloud.ts')).embedded,
  }
  return await adapters[name]()
}
