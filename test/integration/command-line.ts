import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { inject } from 'vitest'
import { checkout } from '../../local/settings.ts'

export type Run = { exitCode: number; stdout: string; stderr: string }

/** The command line as a person starts it, against the test cloud. */
export const neverstop = (...words: string[]): Promise<Run> => {
  const { cloud, port, state } = inject('chosen')
  return new Promise((resolve) => {
    const child = execFile(
      join(checkout, 'neverstop'),
      [...words, '--cloud', cloud, '--port', String(port), '--state', state],
      { cwd: checkout, maxBuffer: 16 * 1024 * 1024 },
      (_error, stdout, stderr) => resolve({ exitCode: child.exitCode ?? -1, stdout, stderr }),
    )
  })
}

/** Exactly one JSON document on stdout, whatever happened. */
export const json = async <T = Record<string, unknown>>(...words: string[]): Promise<{ exitCode: number; said: T }> => {
  const { exitCode, stdout } = await neverstop(...words, '--json')
  return { exitCode, said: JSON.parse(stdout) as T }
}
