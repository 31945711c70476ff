import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { layout } from '../../local/layout.ts'
import { system } from './world.ts'

const run = promisify(execFile)

/**
 * Kills every process of one function of the test cloud with SIGKILL, as a host that loses its power would, and tells
 * how many there were. They are recognised by the scratch folder of this test's own cloud, in which each was started.
 */
export const killProcessesOf = async (handler: string): Promise<number> => {
  const { stdout } = await run('ps', ['-Ao', 'pid=,args='], { maxBuffer: 16 * 1024 * 1024 })
  const worker = `${layout(system.state).tmp}/ministack-lambda-neverstop-${system.stage}-${handler}-`
  const pids = stdout
    .split('\n')
    .filter((line) => line.includes(worker))
    .map((line) => Number.parseInt(line, 10))
  for (const pid of pids) process.kill(pid, 'SIGKILL')
  return pids.length
}
