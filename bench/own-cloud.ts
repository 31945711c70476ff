import { execFileSync } from 'node:child_process'
import { join } from 'node:path'

const launcher = join(import.meta.dirname, '..', 'neverstop')

/** Where the local cloud is that the benchmark has to itself. */
export const port = process.env.NEVERSTOP_BENCH_PORT ?? '4578'
export const state = '.neverstop/bench'

/**
 * Runs a command of `neverstop` on the cloud of the benchmark and answers what it printed.
 *
 * @throws Error when it ends with another code than 0.
 */
export const neverstop = (...words: readonly string[]): string =>
  execFileSync(launcher, [...words, '--port', port, '--state', state], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
    maxBuffer: 64 * 1024 * 1024,
  })
