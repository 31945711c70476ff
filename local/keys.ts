import { join } from 'node:path'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, importJWK, type JWK } from 'jose'
import { Failure } from './failure.ts'
import { readJson, writeJson } from './files.ts'
import { layout } from './layout.ts'

const algorithm = 'RS256'

const files = (state: string) => ({
  private: join(layout(state).keys, 'private.jwk.json'),
  public: join(layout(state).keys, 'jwks.json'),
})

/** Who signs the tokens of a local stage. The name is no address: authorizers of local stages are given the keys. */
export const localIssuer = (stage: string) => `http://neverstop.local/${stage}`

/**
 * The public keys of a state folder's issuer as a JWK set; makes the key pair when there is none.
 *
 * The private key never leaves the state folder and is readable by its owner only.
 */
export const ensureKeys = async (state: string): Promise<{ keys: JWK[] }> => {
  const known = await readJson<{ keys: JWK[] }>(files(state).public)
  if (known && (await readJson(files(state).private))) return known
  const pair = await generateKeyPair(algorithm, { extractable: true, modulusLength: 2048 })
  const publicKey = await exportJWK(pair.publicKey)
  const kid = await calculateJwkThumbprint(publicKey)
  const jwks = { keys: [{ ...publicKey, kid, alg: algorithm, use: 'sig' }] }
  await writeJson(files(state).private, { ...(await exportJWK(pair.privateKey)), kid, alg: algorithm }, 0o600)
  await writeJson(files(state).public, jwks)
  return jwks
}

/**
 * The key that signs tokens of a state folder's issuer, for jose's `SignJWT`.
 *
 * @throws Failure when the folder has none: `up` makes it.
 */
export const signingKey = async (
  state: string,
): Promise<{ key: Awaited<ReturnType<typeof importJWK>>; kid: string; alg: string }> => {
  const jwk = await readJson<JWK & { kid: string }>(files(state).private)
  if (!jwk) throw new Failure(`there is no signing key in ${state}`, { remedy: "'./neverstop up' makes one" })
  return { key: await importJWK(jwk, algorithm), kid: jwk.kid, alg: algorithm }
}
