import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { Failure } from '../../local/failure.ts'
import { layout } from '../../local/layout.ts'
import { readRecord } from '../../local/record.ts'
import type { System } from '../system.ts'

const run = promisify(execFile)

type Listed = { readonly pid: number; readonly parent: number; readonly command: string }

/** The lines of `ps -o pid=,ppid=,args=`. */
export const listed = (text: string): Listed[] =>
  text.split('\n').flatMap((line) => {
    const [, pid, parent, command] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []
    return pid && parent && command ? [{ pid: Number(pid), parent: Number(parent), command }] : []
  })

/** Of all processes those that are children of the cloud's own and run a function of the stage from its scratch folder. */
export const workersAmong = (
  processes: readonly Listed[],
  { cloud, folder, stage }: { readonly cloud: number; readonly folder: string; readonly stage: string },
): number[] =>
  processes
    .filter(
      ({ parent, command }) => parent === cloud && command.includes(`${folder}/ministack-lambda-neverstop-${stage}-`),
    )
    .map(({ pid }) => pid)

/**
 * Ends every function process of the local cloud at once with SIGKILL, as a host that loses its power would, and tells
 * how many there were. Only children of this system's own cloud are touched, each by its number.
 *
 * @throws Failure where the system runs on no embedded cloud.
 */
export const killWorkers = async ({ backend, state, stage }: System): Promise<number> => {
  const record = backend === 'embedded' ? await readRecord(state) : undefined
  if (!record)
    throw new Failure('function processes can be killed on the embedded cloud only', {
      remedy: 'leave --kill out, or start one with ./neverstop up',
    })
  const { stdout } = await run('ps', ['-Ao', 'pid=,ppid=,args='], { maxBuffer: 16 * 1024 * 1024 })
  const workers = workersAmong(listed(stdout), { cloud: record.pid, folder: layout(state).tmp, stage })
  let killed = 0
  for (const pid of workers)
    try {
      process.kill(pid, 'SIGKILL')
      killed++
    } catch (error) {
      // It had ended by itself meanwhile.
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
    }
  return killed
}
