import { execFile } from 'node:child_process'
import { readdir, readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * A process, and not merely its number: numbers are used again. `startedAt` is opaque (clock ticks since boot on Linux,
 * a date elsewhere) and only ever compared.
 */
export type ProcessIdentity = { pid: number; startedAt: string }

/** The identity of the process that has this number now, or undefined when none has. */
export const identify = async (pid: number): Promise<ProcessIdentity | undefined> => {
  const startedAt = process.platform === 'linux' ? await startTicks(pid) : await startDate(pid)
  return startedAt === undefined ? undefined : { pid, startedAt }
}

/** Whether exactly this process still runs. */
export const runs = async ({ pid, startedAt }: ProcessIdentity): Promise<boolean> =>
  (await identify(pid))?.startedAt === startedAt

/**
 * Asks a process to end (SIGTERM) and waits; after `patience` milliseconds ends it (SIGKILL).
 *
 * A number that meanwhile belongs to another process is left alone. Resolves to how it ended.
 */
export const end = async (identity: ProcessIdentity, patience: number): Promise<'gone' | 'ended' | 'killed'> => {
  if (!(await signal(identity, 'SIGTERM'))) return 'gone'
  const deadline = Date.now() + patience
  while (Date.now() < deadline) {
    if (!(await runs(identity))) return 'ended'
    await sleep(50)
  }
  if (!(await signal(identity, 'SIGKILL'))) return 'ended'
  while (await runs(identity)) await sleep(50)
  return 'killed'
}

const signal = async (identity: ProcessIdentity, name: NodeJS.Signals): Promise<boolean> => {
  if (!(await runs(identity))) return false
  try {
    process.kill(identity.pid, name)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false
    throw error
  }
}

/**
 * Field 22 of /proc/<pid>/stat. The second field, the program's name, may hold spaces and parentheses: count after it.
 * A zombie has ended, only nobody has asked for its exit code: it counts as gone, but not before its last thread, which
 * holds its files and its port until then.
 */
const startTicks = async (pid: number): Promise<string | undefined> => {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined)
  if (stat === undefined) return undefined
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  if (fields[0] === 'X') return undefined
  if (fields[0] === 'Z') {
    const threads = await readdir(`/proc/${pid}/task`).catch(() => [])
    if (threads.length <= 1) return undefined
  }
  return fields[19]
}

const startDate = async (pid: number): Promise<string | undefined> => {
  const line = await run('ps', ['-o', 'stat=,lstart=', '-p', String(pid)]).then(
    ({ stdout }) => stdout.trim(),
    () => '',
  )
  return line === '' || line.startsWith('Z') ? undefined : line.replace(/^\S+\s+/, '')
}
