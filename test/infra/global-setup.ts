import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ProvidedContext } from 'vitest'
import type { StageKind } from '../../infra/stages.ts'
import { assembleStages } from './support/assemble.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Folders made once a run: the bundled handlers and one assembly a stage. */
    infra: { readonly handlers: string } & Readonly<Record<StageKind, string>>
  }
}

/** What a test run offers to its set-up. */
type Run = { provide: <Key extends keyof ProvidedContext>(key: Key, value: ProvidedContext[Key]) => void }

/** Bundles and synthesizes once for all files of the project. */
export default ({ provide }: Run) => {
  const folder = mkdtempSync(join(tmpdir(), 'neverstop-infra-'))
  provide('infra', assembleStages(folder))
  return () => rmSync(folder, { recursive: true, force: true })
}
