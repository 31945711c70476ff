import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundle } from '../infra/constructs/bundle.ts'
import { type Environment, environmentsOf } from './handler-environments.ts'
import { type Figure, figure, spread } from './measure.ts'

const coldStarts = 9

/** The handlers whose cold start is measured: where an order waits for the acquirer, and the largest bundles. */
export const startedOf = (sizes: ReadonlyMap<string, number>): string[] => {
  const largest = [...sizes].toSorted(([, a], [, b]) => b - a).slice(0, 3)
  return [...new Set(['payments-commands', ...largest.map(([handler]) => handler)])]
}

/** Samples of each work: one of each in turn, so that a busy moment of the machine falls on all of them. The first round warms up. */
const inTurn = (rounds: number, works: readonly (() => number)[]): number[][] => {
  const samples: number[][] = works.map(() => [])
  for (let round = 0; round <= rounds; round += 1)
    for (const [index, work] of works.entries()) {
      const sample = work()
      if (round > 0) samples[index]!.push(sample)
    }
  return samples
}

/** Size of the largest handler bundle, and what loading the slowest of several costs a fresh process beyond Node itself. */
export const functionFigures = async (): Promise<Figure[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'neverstop-bench-'))
  try {
    const began = performance.now()
    const bundles = bundle(folder)
    const bundling = performance.now() - began
    const module = (handler: string) => join(bundles.get(handler)!, 'index.mjs')
    const sizes = new Map([...bundles.keys()].map((handler) => [handler, statSync(module(handler)).size]))
    const environments = environmentsOf(bundles)
    const empty = join(folder, 'empty.mjs')
    writeFileSync(empty, '')
    const handlers = startedOf(sizes)
    const [bare, ...loaded] = inTurn(coldStarts, [
      () => startOf(empty),
      ...handlers.map((handler) => () => startOf(module(handler), environments.get(handler))),
    ])
    const usual = spread(bare!).median
    const started = handlers.map((handler, index) => ({ handler, beyond: loaded[index]!.map((ms) => ms - usual) }))
    const [slowest, ...others] = started.toSorted((a, b) => spread(b.beyond).median - spread(a.beyond).median)
    return [
      figure('largest handler bundle', 'bytes', [Math.max(...sizes.values())], { atMost: 500_000 }),
      figure('bundling every handler', 'ms', [bundling]),
      figure(
        `cold start of ${slowest!.handler} over bare Node, slower than ${others.map(({ handler }) => handler).join(', ')}`,
        'ms',
        slowest!.beyond,
        { atMost: 120 },
      ),
    ]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** What every process finds besides: a region and credentials that are nobody's. */
const everywhere = {
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'x',
  AWS_SECRET_ACCESS_KEY: 'x',
  LOG_LEVEL: 'SILENT',
}

/**
 * From spawning a process to its exit, with the module loaded and nothing asked of it. Milliseconds.
 *
 * @param environment what the handler reads
 * @param prefix words in front of the command
 */
export const startOf = (module: string, environment: Environment = {}, prefix: readonly string[] = []): number => {
  const began = performance.now()
  const load = ['--input-type=module', '-e', `await import(${JSON.stringify(module)}); process.exit(0)`]
  const [command, ...words] = [...prefix, process.execPath, ...load]
  const { status, stderr } = spawnSync(command!, words, {
    env: { PATH: process.env.PATH, ...environment, ...everywhere },
    encoding: 'utf8',
  })
  if (status !== 0)
    throw new Error(`A handler did not start: ${/^\w*Error: .*$/m.exec(stderr)?.[0] ?? `it ended with ${status}`}`)
  return performance.now() - began
}
