import { appendFile, mkdir, readFile, stat, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { readJson, writeJson } from '../files.ts'
import type { ProcessIdentity } from '../processes.ts'
import type { AlarmState } from './evaluate.ts'
import type { Notification } from './mailbox.ts'
import type { Standings } from './round.ts'

/** One change of an alarm's state. Times in epoch milliseconds, real time. */
export type HistoryEntry = {
  readonly at: number
  readonly alarm: string
  readonly from: AlarmState
  readonly to: AlarmState
  readonly reason: string
  /** Whether its topics were told, or who held that back. */
  readonly told: boolean
  readonly suppressedBy?: string
}

/** What the watch writes down after each round. */
export type WatchRecord = {
  readonly at: number
  readonly scale: number
  readonly standings: Standings
  /** What went wrong in the last round, if anything. */
  readonly trouble?: string
}

/** The process of a watch, and what it was started with. */
export type WatchProcess = ProcessIdentity & { readonly scale: number; readonly hash: string }

/** The watch's files in a state folder. */
export const watchFiles = (state: string) => ({
  process: join(state, 'watch', 'process.json'),
  standings: join(state, 'watch', 'standings.json'),
  history: join(state, 'watch', 'history.jsonl'),
  mailbox: join(state, 'watch', 'mailbox.jsonl'),
})

export const readWatch = (state: string): Promise<WatchRecord | undefined> => readJson(watchFiles(state).standings)
export const writeWatch = (state: string, record: WatchRecord): Promise<void> =>
  writeJson(watchFiles(state).standings, record)

export const readHistory = (state: string): Promise<HistoryEntry[]> => readLines(watchFiles(state).history)
export const readMailbox = (state: string): Promise<Notification[]> => readLines(watchFiles(state).mailbox)

export const appendHistory = (state: string, entries: readonly HistoryEntry[]) =>
  appendLines(watchFiles(state).history, entries)
export const appendMailbox = (state: string, entries: readonly Notification[]) =>
  appendLines(watchFiles(state).mailbox, entries)

/** Above this size the older half of a file of lines goes. */
const enough = 4 * 1024 * 1024

const appendLines = async (path: string, entries: readonly object[]): Promise<void> => {
  if (entries.length === 0) return
  await mkdir(dirname(path), { recursive: true })
  await appendFile(path, entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''))
  if ((await stat(path)).size < enough) return
  const lines = (await readFile(path, 'utf8')).split('\n')
  await writeFile(path, lines.slice(Math.floor(lines.length / 2)).join('\n'))
}

/** The lines of a file; the last one may still be being written and is left out then. */
const readLines = async <T>(path: string): Promise<T[]> => {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return ''
    throw error
  })
  return text.split('\n').flatMap((line) => {
    try {
      return line === '' ? [] : [JSON.parse(line) as T]
    } catch {
      return []
    }
  })
}
