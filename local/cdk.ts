import { spawn } from 'node:child_process'
import { mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Progress } from './adapter.ts'
import { type ClientConfig, clientEnvironment } from './client.ts'
import { Failure } from './failure.ts'
import { checkout } from './settings.ts'

const program = join(checkout, 'node_modules', 'aws-cdk', 'bin', 'cdk')

/**
 * Runs the genuine CDK command line against a cloud. Its words go to a log file, line by line, and to `progress` where
 * they say that a stack was reached or ended.
 *
 * @throws Failure with the lines that tell why, and the path of the log.
 */
export const cdk = async (
  args: readonly string[],
  { config, log, progress }: { config: ClientConfig; log: string; progress: Progress },
): Promise<void> => {
  await mkdir(dirname(log), { recursive: true })
  const file = await open(log, 'a')
  await file.write(`$ cdk ${args.join(' ')}\n`)
  const lines: string[] = []
  const child = spawn(process.execPath, [program, ...args, '--ci', '--no-color', '--no-notices'], {
    cwd: dirname(log),
    env: { ...clientEnvironment(config), CDK_DISABLE_CLI_TELEMETRY: 'true', CDK_DISABLE_VERSION_CHECK: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
  const read = async (stream: NodeJS.ReadableStream) => {
    for await (const line of createInterface({ input: stream })) {
      lines.push(line)
      await file.write(`${line}\n`)
      const news = newsIn(line)
      if (news) progress(news)
    }
  }
  try {
    await Promise.all([read(child.stdout), read(child.stderr)])
    const code = await ended
    if (code !== 0) throw new Failure(`cdk ${args[0]} failed`, { remedy: `${explain(lines)}\nall of it: ${log}` })
  } finally {
    await file.close()
  }
}

/** What a line of the CDK says to somebody who waits, or undefined when it says nothing new. */
export const newsIn = (line: string): string | undefined => {
  const done = /^\s*(✅|❌)\s+(.+)$/.exec(line)
  if (done) return `${done[1]} ${done[2]}`
  const event = /^\S+ \|\s*(\d+)\/(\d+) \|[^|]+\| (\w+_FAILED|ROLLBACK_\w+)\s*\|([^|]+)\|(.+)$/.exec(line)
  return event ? `${event[3]} ${event[4]!.trim()} ${event[5]!.trim()}` : undefined
}

/** The lines that name a failure; the last ones when none does. */
const explain = (lines: readonly string[]): string => {
  const telling = lines.filter((line) => /fail|error|❌|refused|not authorized|unrecognized/i.test(line))
  return (telling.length > 0 ? telling : lines).slice(-12).join('\n')
}
