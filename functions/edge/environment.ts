import { createLocalJWKSet, createRemoteJWKSet, type JWTVerifyGetKey } from 'jose'
import * as z from 'zod'
import { environment, json } from '../../reactive/environment.ts'

const keySet = z.object({ keys: z.array(z.looseObject({ kty: z.string() })).min(1) })

const variables = z.object({ ISSUER: z.url(), AUDIENCE: z.string().min(1), JWKS: json(keySet).optional() })

export type IssuerSettings = z.infer<typeof variables>

/** Whom the authorizer believes; AUDIENCE lists client ids, JWKS gives the keys where they cannot be fetched. */
export const authorizerEnvironment = (): {
  issuer: string
  clients: string[]
  keys: JWTVerifyGetKey
} => {
  const { ISSUER, AUDIENCE, JWKS } = environment(variables.shape)
  return {
    issuer: ISSUER,
    clients: AUDIENCE.split(',').map((client) => client.trim()),
    keys: keysOf(ISSUER, JWKS),
  }
}

/**
 * Keys given inline, or else those that the issuer publishes, which are fetched when first needed and kept.
 *
 * @throws Error when they would have to be fetched over a connection that anybody could have tampered with.
 */
export const keysOf = (issuer: string, inline: IssuerSettings['JWKS']): JWTVerifyGetKey => {
  if (inline) return createLocalJWKSet(inline)
  if (!issuer.startsWith('https://')) {
    throw new Error(`ISSUER is ${issuer}: keys are fetched over https only. Give them in JWKS, or use an https issuer.`)
  }
  return createRemoteJWKSet(new URL(`${issuer.replace(/\/$/, '')}/.well-known/jwks.json`), { timeoutDuration: 2_000 })
}
