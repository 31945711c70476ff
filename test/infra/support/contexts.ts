import { committedContext } from '../../../infra/app.ts'
import type { StageKind } from '../../../infra/stages.ts'

export const flags = committedContext()

const publicKey = { kty: 'EC', crv: 'P-256', x: 'x', y: 'y', kid: 'test', alg: 'ES256', use: 'sig' }

/** What each stage is synthesized with. */
export const contexts = {
  local: { stage: 'local', issuer: 'http://neverstop.local/local', jwks: JSON.stringify({ keys: [publicKey] }) },
  dev: { stage: 'dev', alarmEmail: 'oncall@example.com' },
  test: { stage: 'test' },
  prod: { stage: 'prod', alarmEmail: 'oncall@example.com' },
} satisfies Record<StageKind, object>
