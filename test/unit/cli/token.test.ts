import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLocalJWKSet, decodeJwt } from 'jose'
import { afterAll, describe, expect, test } from 'vitest'
import { toSpan } from '../../../cli/commands/token.ts'
import { issueToken, localClient } from '../../../cli/tokens.ts'
import { judge } from '../../../functions/edge/access-token.ts'
import { ensureKeys, localIssuer } from '../../../local/keys.ts'
import { days, hours, minutes, seconds } from '../../../reactive/time.ts'
import { now } from '../../support/tokens.ts'

const state = await mkdtemp(join(tmpdir(), 'neverstop-token-'))
const { keys } = await ensureKeys(state)
afterAll(() => rm(state, { recursive: true }))

const request = { state, stage: 'local', role: 'customer', subject: 'alice', now } as const
const judgeAt = (at: number, stage = 'local') =>
  judge({ issuer: localIssuer(stage), clients: [localClient], keys: createLocalJWKSet({ keys }), clock: () => at })

describe('a token of a local stage', () => {
  test.each(['customer', 'operator'] as const)('lets a %s in', async (role) => {
    const token = await issueToken({ ...request, role })
    expect(await judgeAt(now)(`Bearer ${token}`)).toEqual({ ok: true, subject: 'alice', role })
  })

  test('is good for an hour unless asked otherwise', async () => {
    const token = await issueToken(request)
    expect(await judgeAt(now + minutes(59))(`Bearer ${token}`)).toMatchObject({ ok: true })
    expect(await judgeAt(now + minutes(61))(`Bearer ${token}`)).toMatchObject({ ok: false })
  })

  test('is good as long as asked', async () => {
    const token = await issueToken({ ...request, lifetime: seconds(30) })
    expect(await judgeAt(now + seconds(29))(`Bearer ${token}`)).toMatchObject({ ok: true })
    expect(await judgeAt(now + seconds(40))(`Bearer ${token}`)).toMatchObject({ ok: false })
  })

  test('opens no other stage', async () => {
    const token = await issueToken({ ...request, stage: 'other' })
    expect(await judgeAt(now)(`Bearer ${token}`)).toMatchObject({ ok: false })
  })

  test('looks like one of Cognito’s', async () =>
    expect(decodeJwt(await issueToken(request))).toEqual({
      token_use: 'access',
      client_id: 'neverstop',
      scope: 'openid',
      username: 'alice',
      'cognito:groups': ['customers'],
      iss: 'http://neverstop.local/local',
      sub: 'alice',
      iat: now / 1_000,
      exp: now / 1_000 + 3_600,
    }))

  test('cannot be had before there is a key', async () =>
    expect(issueToken({ ...request, state: join(state, 'nowhere') })).rejects.toThrow('no signing key'))
})

describe('a span', () => {
  test.each([
    ['45s', seconds(45)],
    ['30m', minutes(30)],
    ['1h', hours(1)],
    ['30d', days(30)],
  ])('%s is read', (word, span) => expect(toSpan(word)).toBe(span))

  test.each(['', '0s', '-1h', '1', 'h', '1w', '1.5h', '1 h', '31d', '9999999d'])('%j is refused', (word) =>
    expect(() => toSpan(word)).toThrow('not a span'),
  )
})
