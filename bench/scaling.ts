import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundle } from '../infra/constructs/bundle.ts'
import { priceOf } from '../infra/prices/prices.ts'
import { startOf } from './functions.ts'
import { environmentsOf } from './handler-environments.ts'
import { type Figure, figure, repeated } from './measure.ts'
import { shareOf, withShare } from './processor-share.ts'

const memories = [128, 256, 512, 1_024, 1_769] as const
const coldStarts = 5

/**
 * What memory does for a cold start: a fresh process loads a handler with the share of a processor that Lambda gives with
 * so much memory. Nothing where no such share can be dealt out.
 */
export const scalingFigures = async (): Promise<Figure[]> => {
  const folder = mkdtempSync(join(tmpdir(), 'neverstop-bench-'))
  try {
    const bundles = bundle(folder)
    const handler = join(bundles.get('payments-commands')!, 'index.mjs')
    const environment = environmentsOf(bundles).get('payments-commands')
    const empty = join(folder, 'empty.mjs')
    writeFileSync(empty, '')
    const figures: Figure[] = []
    for (const memory of memories) {
      const started = (module: string) =>
        withShare(shareOf(memory), (prefix) => startOf(module, environment, prefix)).then((ms) => ms ?? Number.NaN)
      const whole = await repeated(coldStarts, () => started(handler))
      if (whole.some(Number.isNaN)) {
        console.error('no share of a processor can be dealt out here (it takes Linux and root): not measured')
        return []
      }
      const bare = await repeated(coldStarts, () => started(empty))
      const usual = bare.toSorted((a, b) => a - b)[bare.length >> 1]!
      const ours = whole.map((ms) => Math.max(0, ms - usual))
      const gigabyteSeconds = (ms: number) => (ms / 1_000) * (memory / 1_024)
      figures.push(
        figure(`cold start of payments-commands with ${memory} MB, over bare Node`, 'ms', ours),
        figure(
          `list price of a million of them with ${memory} MB`,
          '$',
          ours.map((ms) => 1e6 * gigabyteSeconds(ms) * priceOf('lambda.gb-second', 'eu-central-1')),
        ),
      )
    }
    return figures
  } finally {
    rmSync(folder, { recursive: true })
  }
}
