import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App } from 'aws-cdk-lib'
import type { ProvidedContext } from 'vitest'
import { neverstop } from '../../infra/app.ts'
import { bundle, root } from '../../infra/constructs/bundle.ts'
import type { StageKind } from '../../infra/stages.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Folders made once a run: the bundled handlers and one assembly a stage. */
    infra: { readonly handlers: string } & Readonly<Record<StageKind, string>>
  }
}

/** The context of `cdk.json`, which the CDK's own command line would add. */
export const flags = (JSON.parse(readFileSync(join(root, 'cdk.json'), 'utf8')) as { context: object }).context

const publicKey = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', kid: 'test', alg: 'ES256', use: 'sig' }

/** What each stage is synthesized with. */
export const contexts = {
  local: { stage: 'local', issuer: 'http://neverstop.local/local', jwks: JSON.stringify({ keys: [publicKey] }) },
  dev: { stage: 'dev', alarmEmail: 'oncall@example.com' },
  test: { stage: 'test' },
  prod: { stage: 'prod', alarmEmail: 'oncall@example.com' },
} satisfies Record<StageKind, object>

/** What a test run offers to its set-up. */
type Run = { provide: <Key extends keyof ProvidedContext>(key: Key, value: ProvidedContext[Key]) => void }

/** Bundles and synthesizes once for all files of the project. */
export default ({ provide }: Run) => {
  const folder = mkdtempSync(join(tmpdir(), 'neverstop-infra-'))
  const handlers = join(folder, 'handlers')
  const bundles = bundle(handlers)
  const assemble = (stage: StageKind) => {
    const app = new App({ outdir: join(folder, stage), context: { ...flags, ...contexts[stage] } })
    return neverstop(app, bundles).synth().directory
  }
  provide('infra', {
    handlers,
    local: assemble('local'),
    dev: assemble('dev'),
    test: assemble('test'),
    prod: assemble('prod'),
  })
  return () => rmSync(folder, { recursive: true, force: true })
}
