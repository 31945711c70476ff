import { exportJWK, generateKeyPair, SignJWT } from 'jose'

export const issuer = 'http://neverstop.local/test'
export const now = Date.parse('2026-11-21T14:00:00.000Z')

/** A key pair with an id, made once per test file. */
export const keyPair = async (kid: string) => {
  const pair = await generateKeyPair('RS256', { extractable: true })
  return { ...pair, kid, jwk: { ...(await exportJWK(pair.publicKey)), kid, alg: 'RS256', use: 'sig' } }
}
export type TestKey = Awaited<ReturnType<typeof keyPair>>

export const goodClaims = {
  token_use: 'access',
  client_id: 'neverstop',
  'cognito:groups': ['customers'],
  iss: issuer,
  sub: 'alice',
  iat: now / 1_000,
  exp: now / 1_000 + 3_600,
}

/** A signed token; claims that are undefined are left out. */
export const tokenOf = ({ privateKey, kid }: TestKey, claims: Record<string, unknown> = {}, header: object = {}) =>
  new SignJWT({ ...goodClaims, ...claims }).setProtectedHeader({ alg: 'RS256', kid, ...header }).sign(privateKey)

/** A token put together by hand, for what no library would write. */
export const handmade = (header: object, claims: object, signature = '') =>
  `${[header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')}.${signature}`
