import { join } from 'node:path'
import { neverstop, newApp } from '../../../infra/app.ts'
import { bundle } from '../../../infra/constructs/bundle.ts'
import { type StageKind, stageKinds } from '../../../infra/stages.ts'
import { contexts, flags } from './contexts.ts'

/** Bundles every handler and synthesizes every stage below a folder. Answers where each is. */
export const assembleStages = (folder: string): { readonly handlers: string } & Readonly<Record<StageKind, string>> => {
  const handlers = join(folder, 'handlers')
  const bundles = bundle(handlers)
  const assemble = (stage: StageKind) => {
    const app = newApp({ outdir: join(folder, stage), context: { ...flags, ...contexts[stage] } })
    return neverstop(app, bundles).synth().directory
  }
  const assemblies = Object.fromEntries(stageKinds.map((stage) => [stage, assemble(stage)])) as Record<
    StageKind,
    string
  >
  return { handlers, ...assemblies }
}
