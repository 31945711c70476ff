import { errors, type JWTVerifyGetKey, jwtVerify } from 'jose'
import * as z from 'zod'
import type { Role } from '../../reactive/http-endpoint.ts'
import { type Clock, type Millis, seconds } from '../../reactive/time.ts'

/** Whom a stage believes. */
export type Trust = {
  readonly issuer: string
  /** The clients whose users may call: access tokens of Cognito carry `client_id` and no `aud`. */
  readonly clients: readonly string[]
  /** The issuer's public keys. */
  readonly keys: JWTVerifyGetKey
  readonly clock: Clock
}

/** `role` is absent when a genuine token belongs to nobody who has a part in this system. */
export type Verdict =
  | {
      readonly ok: true
      readonly subject: string
      readonly role?: Role
      readonly tenant?: string
      readonly scopes?: readonly string[]
    }
  | { readonly ok: false; readonly because: string }

/** The only algorithm: with a choice, a public key could be passed off as a shared secret. */
const algorithms = ['RS256']

/** How far an issuer's clock may be off. */
const clockTolerance: Millis = seconds(5)

/** No token of ours comes near it; parsing more would be work for strangers. */
const longest = 8_192

const claims = z.object({
  sub: z.string().min(1).max(256),
  token_use: z.literal('access'),
  client_id: z.string(),
  'cognito:groups': z.array(z.string()).default([]),
})

/**
 * Judges a bearer token: signature, algorithm, issuer, expiry, kind and client. A token that is not good is a value that
 * says why, for the log and never for the caller.
 *
 * @throws when the issuer's keys cannot be had: that is no fault of the token.
 *
 * @example
 * await judge(trust)('Bearer eyJ…') // { ok: true, subject: 'alice', role: 'customer' }
 */
export const judge =
  (trust: Trust) =>
  async (authorization: string | undefined): Promise<Verdict> => {
    const token = /^Bearer +([\w-]+\.[\w-]+\.[\w-]*)$/i.exec(authorization ?? '')?.[1]
    if (!token) return { ok: false, because: 'no bearer token' }
    if (token.length > longest) return { ok: false, because: `the token has ${token.length} characters` }
    try {
      const { payload } = await jwtVerify(token, trust.keys, {
        algorithms,
        issuer: trust.issuer,
        requiredClaims: ['exp', 'iat', 'sub', 'client_id', 'token_use'],
        currentDate: new Date(trust.clock()),
        clockTolerance: clockTolerance / 1_000,
      })
      const read = claims.safeParse(payload)
      if (!read.success) return { ok: false, because: z.prettifyError(read.error) }
      const { sub, client_id, 'cognito:groups': groups } = read.data
      if (!trust.clients.includes(client_id)) return { ok: false, because: `client ${client_id} is not known here` }
      const role = roleOf(groups)
      // What is personal is not every operator's business: a group of its own says whose.
      const scopes = role === 'operator' && groups.includes('personal-data') ? { scopes: ['personal-data'] } : {}
      const tenant = tenantIn(groups)
      return { ok: true, subject: sub, ...(role ? { role } : {}), ...(tenant ? { tenant } : {}), ...scopes }
    } catch (error) {
      if (isFaultOfToken(error)) return { ok: false, because: `${error.code}: ${error.message}` }
      throw error
    }
  }

const roleOf = (groups: readonly string[]): Role | undefined => {
  if (groups.includes('operators')) return 'operator'
  return groups.includes('customers') ? 'customer' : undefined
}

/**
 * The organisation that somebody belongs to: the group `tenant:<id>`. Groups are what access tokens of Cognito carry
 * without a function of one's own. Of several the first by name counts, so that the answer is always the same; a name that
 * is none (too long, strange characters) counts as none, and the caller as a tenant alone.
 */
const tenantIn = (groups: readonly string[]): string | undefined =>
  groups.flatMap((group) => /^tenant:([a-z0-9][a-z0-9-]{0,62})$/.exec(group)?.[1] ?? []).sort()[0]

/** What else jose throws is about fetching the keys. */
const faultsOfTokens = [
  errors.JWTExpired,
  errors.JWTClaimValidationFailed,
  errors.JWTInvalid,
  errors.JWSInvalid,
  errors.JWSSignatureVerificationFailed,
  errors.JOSEAlgNotAllowed,
  errors.JOSENotSupported,
  errors.JWKSNoMatchingKey,
  errors.JWKSMultipleMatchingKeys,
]
const isFaultOfToken = (error: unknown): error is errors.JOSEError =>
  faultsOfTokens.some((Fault) => error instanceof Fault)
