import { rm } from 'node:fs/promises'
import { readJson, writeJson } from '../files.ts'
import { layout } from '../layout.ts'
import type { ProcessIdentity } from '../processes.ts'

/** What is written down of the process that serves a state folder's cloud. */
export type CloudRecord = ProcessIdentity & {
  port: number
  region: string
  /** Of the emulator's package, so that an upgrade of the checkout replaces a cloud that still runs the old one. */
  requirements: string
}

export const readRecord = (state: string): Promise<CloudRecord | undefined> => readJson(layout(state).cloud)

export const writeRecord = (state: string, record: CloudRecord): Promise<void> => writeJson(layout(state).cloud, record)

export const removeRecord = (state: string): Promise<void> => rm(layout(state).cloud, { force: true })
