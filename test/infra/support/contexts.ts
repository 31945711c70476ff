import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '../../../infra/constructs/bundle.ts'
import type { StageKind } from '../../../infra/stages.ts'

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
