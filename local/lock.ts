import { randomUUID } from 'node:crypto'
import { link, mkdir, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import type { Progress } from './adapter.ts'
import { readJson } from './files.ts'
import { identify, type ProcessIdentity, runs } from './processes.ts'

/**
 * Does a piece of work while no other process does work under the same lock file; waits while one does.
 *
 * The file names its holder, process number and start: a lock whose holder is gone is taken over.
 *
 * @example
 * await withLock('/tmp/state/lock.json', say, () => deploy())
 */
export const withLock = async <T>(file: string, progress: Progress, work: () => Promise<T>): Promise<T> => {
  const self = (await identify(process.pid))!
  await mkdir(dirname(file), { recursive: true })
  let told = false
  while (!(await take(file, self))) {
    const holder = await readJson<ProcessIdentity>(file)
    if (holder && !(await runs(holder))) {
      await rm(file, { force: true })
      continue
    }
    if (!told) progress(`waiting for another neverstop (pid ${holder?.pid ?? 'unknown'}) that works on the same state`)
    told = true
    await sleep(200)
  }
  try {
    return await work()
  } finally {
    await rm(file, { force: true })
  }
}

/**
 * The file appears whole or not at all: it is written aside and linked. Two that find the same dead holder could each
 * remove the other's new file; whoever still reads its own name a moment later has the lock.
 */
const take = async (file: string, self: ProcessIdentity): Promise<boolean> => {
  const aside = `${file}.${randomUUID()}`
  await writeFile(aside, JSON.stringify(self))
  try {
    await link(aside, file)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  } finally {
    await rm(aside, { force: true })
  }
  await sleep(20)
  return isDeepStrictEqual(await readJson(file), self)
}
