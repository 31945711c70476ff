import { createHmac } from 'node:crypto'
import { createLocalJWKSet, exportSPKI } from 'jose'
import { describe, expect, test } from 'vitest'
import { judge } from '../../../functions/edge/access-token.ts'
import { goodClaims, handmade, issuer, keyPair, now, tokenOf } from '../../support/tokens.ts'

const key = await keyPair('key-1')
const other = await keyPair('key-2')
const trust = {
  issuer,
  clients: ['neverstop', 'console'],
  keys: createLocalJWKSet({ keys: [key.jwk] }),
  clock: () => now,
}
const judged = (token: string, over: Partial<typeof trust> = {}) => judge({ ...trust, ...over })(`Bearer ${token}`)

describe('a genuine access token', () => {
  test('names the customer', async () =>
    expect(await judged(await tokenOf(key))).toEqual({ ok: true, subject: 'alice', role: 'customer' }))

  test('names the operator', async () =>
    expect(await judged(await tokenOf(key, { 'cognito:groups': ['operators'] }))).toMatchObject({ role: 'operator' }))

  test('makes one who is both an operator', async () =>
    expect(await judged(await tokenOf(key, { 'cognito:groups': ['customers', 'operators'] }))).toMatchObject({
      role: 'operator',
    }))

  test.each([
    ['in other groups', ['press']],
    ['in none', []],
    ['without the claim', undefined],
  ])('gives no role to somebody %s', async (_, groups) =>
    expect(await judged(await tokenOf(key, { 'cognito:groups': groups }))).toEqual({ ok: true, subject: 'alice' }),
  )

  test.each([
    [['customers', 'tenant:acme'], 'acme'],
    [['tenant:zeta', 'customers', 'tenant:acme'], 'acme'],
    [['customers', 'tenant:'], undefined],
    [['customers', 'tenant:Two Words'], undefined],
    [['customers', `tenant:${'x'.repeat(64)}`], undefined],
  ])('in the groups %j belongs to the organisation %s', async (groups, tenant) => {
    const verdict = await judged(await tokenOf(key, { 'cognito:groups': groups }))
    expect(verdict).toEqual({ ok: true, subject: 'alice', role: 'customer', ...(tenant ? { tenant } : {}) })
  })

  test('is refused when the name of its organisation has ten kilobytes', async () => {
    const groups = ['customers', `tenant:${'x'.repeat(10_240)}`]
    expect(await judged(await tokenOf(key, { 'cognito:groups': groups }))).toMatchObject({ ok: false })
  })

  test('may come from any client that is listed', async () =>
    expect(await judged(await tokenOf(key, { client_id: 'console' }))).toMatchObject({ ok: true }))

  test('is found among several keys', async () => {
    const keys = createLocalJWKSet({ keys: [other.jwk, key.jwk] })
    expect(await judged(await tokenOf(key), { keys })).toMatchObject({ ok: true })
  })

  test('may be a few seconds off', async () =>
    expect(await judged(await tokenOf(key, { exp: now / 1_000 - 3 }))).toMatchObject({ ok: true }))

  test.each(['bearer', 'BEARER', 'Bearer  '])('is read after "%s"', async (scheme) =>
    expect(await judge(trust)(`${scheme} ${await tokenOf(key)}`)).toMatchObject({ ok: true }),
  )
})

describe('a token that is not good', () => {
  test.each([
    ['expired', { exp: now / 1_000 - 60 }, 'ERR_JWT_EXPIRED'],
    ['without an expiry', { exp: undefined }, '"exp"'],
    ['not valid yet', { nbf: now / 1_000 + 60 }, '"nbf"'],
    ['without a time of issue', { iat: undefined }, '"iat"'],
    ['of another issuer', { iss: 'http://neverstop.local/other' }, '"iss"'],
    ['without an issuer', { iss: undefined }, '"iss"'],
    ['of another client', { client_id: 'stranger' }, 'client stranger'],
    ['without a client, though with an audience', { client_id: undefined, aud: 'neverstop' }, '"client_id"'],
    ['an identity token', { token_use: 'id' }, 'token_use'],
    ['without a use', { token_use: undefined }, '"token_use"'],
    ['without a subject', { sub: undefined }, '"sub"'],
    ['with an empty subject', { sub: '' }, 'sub'],
    ['with groups that are no list', { 'cognito:groups': 'operators' }, 'groups'],
  ])('is refused when it is %s', async (_, claims, because) => {
    const verdict = await judged(await tokenOf(key, claims))
    expect(verdict).toEqual({ ok: false, because: expect.stringContaining(because) })
  })

  test('is refused when somebody else signed it under a known name', async () => {
    const forged = await tokenOf({ ...other, kid: key.kid })
    expect(await judged(forged)).toEqual({ ok: false, because: expect.stringContaining('SIGNATURE_VERIFICATION') })
  })

  test('is refused when its key is not known', async () =>
    expect(await judged(await tokenOf(other))).toEqual({
      ok: false,
      because: expect.stringContaining('ERR_JWKS_NO_MATCHING_KEY'),
    }))

  test('is refused when a claim was changed after signing', async () => {
    const [header, , signature] = (await tokenOf(key)).split('.')
    const claims = Buffer.from(JSON.stringify({ ...goodClaims, 'cognito:groups': ['operators'] })).toString('base64url')
    expect(await judged(`${header}.${claims}.${signature}`)).toMatchObject({ ok: false })
  })

  test.each(['none', 'None', 'NONE'])('is refused when its algorithm is %s', async (alg) =>
    expect(await judged(handmade({ alg, kid: key.kid }, goodClaims))).toMatchObject({ ok: false }),
  )

  test('is refused without its signature', async () => {
    const [header, claims] = (await tokenOf(key)).split('.')
    expect(await judged(`${header}.${claims}.`)).toMatchObject({ ok: false })
  })

  test.each([
    ['PEM', async () => exportSPKI(key.publicKey)],
    ['JWK', async () => JSON.stringify(key.jwk)],
    ['modulus', async () => key.jwk.n ?? ''],
  ])('is refused when the public key, as %s, was used as a shared secret', async (_, secretOf) => {
    const unsigned = handmade({ alg: 'HS256', kid: key.kid, typ: 'JWT' }, goodClaims)
    const body = unsigned.slice(0, -1)
    const signature = createHmac('sha256', await secretOf())
      .update(body)
      .digest('base64url')
    expect(await judged(`${body}.${signature}`)).toEqual({
      ok: false,
      because: expect.stringContaining('ERR_JOSE_ALG_NOT_ALLOWED'),
    })
  })

  test('is refused when it brings its own key along', async () => {
    const token = await tokenOf(other, {}, { jwk: other.jwk, jku: 'https://evil.example/jwks.json' })
    expect(await judged(token)).toMatchObject({ ok: false })
  })

  test.each([
    ['nothing', undefined],
    ['an empty header', ''],
    ['the scheme alone', 'Bearer '],
    ['another scheme', 'Basic YWxpY2U6c2VjcmV0'],
    ['a word', 'Bearer token'],
    ['two tokens', `Bearer ${handmade({}, {})} ${handmade({}, {})}`],
    ['five parts', 'Bearer a.b.c.d.e'],
    ['characters that no token has', 'Bearer a.b!.c'],
    ['parts that are no JSON', 'Bearer aGVsbG8.d29ybGQ.c2ln'],
    ['a novel', `Bearer ${'a'.repeat(9_000)}.b.c`],
  ])('is refused when the header holds %s', async (_, header) =>
    expect(await judge(trust)(header)).toMatchObject({ ok: false }),
  )
})

test('keys that cannot be had are no fault of the token', async () => {
  const keys = () => Promise.reject(new Error('the issuer does not answer'))
  await expect(judged(await tokenOf(key), { keys: keys as never })).rejects.toThrow('does not answer')
})
