import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { checkout } from '../../local/settings.ts'

/** The CDK's command line: what it said, line by line, and how it ended. */
export type Cdk = (
  args: readonly string[],
  heard: (line: string) => void,
) => Promise<{ readonly code: number; readonly lines: readonly string[] }>

/** The genuine one, with the user's own environment: their credentials, profile and region. */
export const cdk: Cdk = async (args, heard) => {
  const program = join(checkout, 'node_modules', 'aws-cdk', 'bin', 'cdk')
  const child = spawn(process.execPath, [program, ...args, '--ci', '--no-color', '--no-notices'], {
    cwd: checkout,
    env: { ...process.env, CDK_DISABLE_CLI_TELEMETRY: 'true', CDK_DISABLE_VERSION_CHECK: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const lines: string[] = []
  const read = async (stream: NodeJS.ReadableStream) => {
    for await (const line of createInterface({ input: stream })) {
      lines.push(line)
      heard(line)
    }
  }
  const ended = new Promise<number | null>((resolve, reject) => child.once('error', reject).once('close', resolve))
  await Promise.all([read(child.stdout), read(child.stderr)])
  return { code: (await ended) ?? 1, lines }
}
