import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundle } from '../infra/constructs/bundle.ts'
import { type Figure, figure, repeated } from './measure.ts'

const coldStarts = 9

/** Size of the largest handler bundle, and what loading a handler costs a fresh process beyond Node itself. */
export const functionFigures = async (): Promise<Figure[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'neverstop-bench-'))
  try {
    const began = performance.now()
    const bundles = bundle(folder)
    const bundling = performance.now() - began
    const sizes = [...bundles.values()].map((path) => statSync(join(path, 'index.mjs')).size)
    const empty = join(folder, 'empty.mjs')
    writeFileSync(empty, '')
    const bare = await repeated(coldStarts, () => startOf(empty))
    const ours = await repeated(coldStarts, () => startOf(join(bundles.get('payments-commands')!, 'index.mjs')))
    const median = [...bare].sort((a, b) => a - b)[bare.length >> 1]!
    return [
      figure('largest handler bundle', 'bytes', [Math.max(...sizes)], { atMost: 500_000 }),
      figure('bundling every handler', 'ms', [bundling]),
      figure(
        'cold start of payments-commands over bare Node',
        'ms',
        ours.map((ms) => ms - median),
        { atMost: 120 },
      ),
    ]
  } finally {
    rmSync(folder, { recursive: true })
  }
}

const environment = {
  PAYMENTS_TABLE: 'payments',
  CONTROLS_TABLE: 'controls',
  ACQUIRER_URL: 'http://127.0.0.1:1/acquirer',
  SAGA_INBOXES: '{"fulfil-order":"http://127.0.0.1:1/inbox"}',
  QUEUE_URL: 'http://127.0.0.1:1/queue',
  DEAD_LETTER_QUEUE: 'http://127.0.0.1:1/dead',
  DESK_QUEUE: 'http://127.0.0.1:1/desk',
  NEVERSTOP_HANDLER: 'payments-commands',
  STAGE: 'bench',
  METRICS_NAMESPACE: 'Neverstop/bench',
  TRACING: '1',
  TIMING: 'brief',
  AWS_REGION: 'eu-central-1',
  AWS_ACCESS_KEY_ID: 'x',
  AWS_SECRET_ACCESS_KEY: 'x',
  LOG_LEVEL: 'SILENT',
}

/**
 * From spawning a process to its exit, with the module loaded and nothing asked of it. Milliseconds.
 *
 * @param prefix words in front of the command
 */
export const startOf = (module: string, prefix: readonly string[] = []): number => {
  const began = performance.now()
  const load = ['--input-type=module', '-e', `await import(${JSON.stringify(module)}); process.exit(0)`]
  const [command, ...words] = [...prefix, process.execPath, ...load]
  const { status, stderr } = spawnSync(command!, words, {
    env: { PATH: process.env.PATH, ...environment },
    encoding: 'utf8',
  })
  if (status !== 0)
    throw new Error(`A handler did not start: ${/^\w*Error: .*$/m.exec(stderr)?.[0] ?? `it ended with ${status}`}`)
  return performance.now() - began
}
