import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLocalJWKSet, jwtVerify, SignJWT } from 'jose'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { ensureKeys, localIssuer, signingKey } from '../../../local/keys.ts'
import { layout } from '../../../local/layout.ts'

let state: string
beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'keys-'))
})
afterEach(() => rmSync(state, { recursive: true, force: true }))

test('a token that is signed with the private key is verified by the published one', async () => {
  const jwks = await ensureKeys(state)
  const { key, kid, alg } = await signingKey(state)

  const token = await new SignJWT({}).setProtectedHeader({ alg, kid }).setIssuer(localIssuer('local')).sign(key)

  const { payload, protectedHeader } = await jwtVerify(token, createLocalJWKSet(jwks))
  expect(payload.iss).toBe('http://neverstop.local/local')
  expect(protectedHeader).toEqual({ alg: 'RS256', kid: jwks.keys[0]!.kid })
})

test('the same keys are kept', async () => {
  expect(await ensureKeys(state)).toEqual(await ensureKeys(state))
})

test('nothing private is published', async () => {
  const jwks = await ensureKeys(state)

  expect(Object.keys(jwks.keys[0]!).sort()).toEqual(['alg', 'e', 'kid', 'kty', 'n', 'use'])
})

test('the private key is readable by its owner only', async () => {
  await ensureKeys(state)

  expect(statSync(join(layout(state).keys, 'private.jwk.json')).mode & 0o777).toBe(0o600)
})

test('a folder without keys says what makes them', async () => {
  await expect(signingKey(state)).rejects.toMatchObject({
    message: expect.stringContaining(state),
    remedy: expect.stringContaining('up'),
  })
})

test('a pair of which one half was lost is made anew, both halves', async () => {
  const before = await ensureKeys(state)
  rmSync(join(layout(state).keys, 'private.jwk.json'))

  const after = await ensureKeys(state)

  expect(after.keys[0]!.kid).not.toBe(before.keys[0]!.kid)
  expect(JSON.parse(readFileSync(join(layout(state).keys, 'jwks.json'), 'utf8'))).toEqual(after)
  expect((await signingKey(state)).kid).toBe(after.keys[0]!.kid)
})
