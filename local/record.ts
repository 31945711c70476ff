import { rm } from 'node:fs/promises'
import type { BackendName } from './backend-names.ts'
import { readJson, writeJson } from './files.ts'
import { layout } from './layout.ts'
import type { ProcessIdentity } from './processes.ts'

/** What is written down of the process that serves a state folder's cloud. */
export type CloudRecord = ProcessIdentity & {
  backend: BackendName
  port: number
  region: string
  /** Of the emulator's package, so that an upgrade of the checkout replaces a cloud that still runs the old one. */
  requirements: string
}

/** What is recorded of a state folder's cloud. Records from before there was a choice are of the embedded one. */
export const readRecord = async (state: string): Promise<CloudRecord | undefined> => {
  const record = await readJson<CloudRecord>(layout(state).cloud)
  return record && { ...record, backend: record.backend ?? 'embedded' }
}

export const writeRecord = (state: string, record: CloudRecord): Promise<void> => writeJson(layout(state).cloud, record)

export const removeRecord = (state: string): Promise<void> => rm(layout(state).cloud, { force: true })
