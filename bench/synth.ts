import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { committedContext, neverstop, newApp } from '../infra/app.ts'
import { bundle } from '../infra/constructs/bundle.ts'
import { stageKinds } from '../infra/stages.ts'
import { type Figure, figure } from './measure.ts'

const runs = 3

/** How long it takes to bundle every handler and make the templates of every kind of stage, checked as in an account. */
export const synthFigures = async (): Promise<Figure[]> => {
  const context = committedContext()
  const taken: number[] = []
  for (let run = 0; run < runs; run++) {
    const folder = mkdtempSync(join(tmpdir(), 'neverstop-bench-'))
    try {
      const began = performance.now()
      const bundles = bundle(join(folder, 'handlers'))
      for (const stage of stageKinds) {
        const app = newApp({ outdir: join(folder, stage), context: { ...context, stage } })
        neverstop(app, bundles).synth()
      }
      taken.push((performance.now() - began) / 1_000)
    } finally {
      rmSync(folder, { recursive: true })
    }
  }
  return [figure('templates of every kind of stage', 's', taken, { atMost: 10 })]
}
