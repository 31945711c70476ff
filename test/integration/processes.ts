import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { layout } from '../../local/layout.ts'
import { readRecord } from '../../local/record.ts'
import { system } from './world.ts'

const run = promisify(execFile)

/**
 * Kills every process of one function of the test cloud with SIGKILL, as a host that loses its power would, and tells
 * how many there were. They are recognised by this test's own cloud, which started them, and by the function's name,
 * which ministack has in the folder of a process and our plugin for LocalStack in its last argument.
 */
export const killProcessesOf = async (handler: string): Promise<number> => {
  const { stdout } = await run('ps', ['-Ao', 'pid=,ppid=,args='], { maxBuffer: 16 * 1024 * 1024 })
  const record = await readRecord(system.state)
  const name = `neverstop-${system.stage}-${handler}`
  const folder = `${layout(system.state).tmp}/ministack-lambda-${name}-`
  const pids = stdout.split('\n').flatMap((line) => {
    const [, pid, parent, words = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? []
    const ours = words.includes(folder) || (Number(parent) === record?.pid && words.endsWith(` ${name}`))
    return pid && ours ? [Number(pid)] : []
  })
  for (const pid of pids) process.kill(pid, 'SIGKILL')
  return pids.length
}
