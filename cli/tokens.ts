import { SignJWT } from 'jose'
import { localIssuer, signingKey } from '../local/keys.ts'
import { hours, type Millis } from '../reactive/time.ts'

export const tokenRoles = ['customer', 'operator'] as const
export type TokenRole = (typeof tokenRoles)[number]

/** The client whose tokens a local stage accepts. */
export const localClient = 'neverstop'

export const defaultLifetime: Millis = hours(1)

export type TokenRequest = {
  /** State folder of the local cloud, which has the signing key. */
  readonly state: string
  readonly stage: string
  readonly role: TokenRole
  readonly subject: string
  /** An operator who may see what is personal. */
  readonly personal?: boolean
  readonly lifetime?: Millis
  readonly now?: number
}

/**
 * Issues a bearer token for a local stage, in the shape of Cognito's access tokens.
 *
 * @throws Failure when the state folder has no signing key yet.
 *
 * @example
 * const token = await issueToken({ state, stage: 'local', role: 'customer', subject: 'alice' })
 */
export const issueToken = async ({
  state,
  stage,
  role,
  subject,
  personal = false,
  lifetime = defaultLifetime,
  now = Date.now(),
}: TokenRequest): Promise<string> => {
  const { key, kid, alg } = await signingKey(state)
  const issuedAt = Math.floor(now / 1_000)
  return new SignJWT({
    token_use: 'access',
    client_id: localClient,
    scope: 'openid',
    username: subject,
    'cognito:groups': [`${role}s`, ...(personal ? ['personal-data'] : [])],
  })
    .setProtectedHeader({ alg, kid })
    .setIssuer(localIssuer(stage))
    .setSubject(subject)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + Math.ceil(lifetime / 1_000))
    .sign(key)
}
