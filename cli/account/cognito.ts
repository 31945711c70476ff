import * as z from 'zod'
import { exitCodes, Failure } from '../../local/failure.ts'

export type PoolUser = {
  readonly region: string
  readonly clientId: string
  readonly username: string
  readonly password: string
}

const signedIn = z.object({ AuthenticationResult: z.object({ AccessToken: z.string(), ExpiresIn: z.number() }) })
const refused = z.object({ __type: z.string().optional(), message: z.string().optional() })

/**
 * Signs somebody in to a stage's user pool and gives their access token. It needs no AWS credentials: a pool's client is
 * asked as any browser would.
 *
 * @throws Failure when the pool refuses, or when the user must first choose a password.
 *
 * @see https://docs.aws.amazon.com/cognito-user-identity-pools/latest/APIReference/API_InitiateAuth.html
 */
export const signInToPool = async (
  { region, clientId, username, password }: PoolUser,
  ask: typeof fetch = fetch,
): Promise<{ readonly token: string; readonly seconds: number }> => {
  const response = await ask(`https://cognito-idp.${region}.amazonaws.com/`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.1',
      'x-amz-target': 'AWSCognitoIdentityProviderService.InitiateAuth',
    },
    body: JSON.stringify({
      AuthFlow: 'USER_PASSWORD_AUTH',
      ClientId: clientId,
      AuthParameters: { USERNAME: username, PASSWORD: password },
    }),
    signal: AbortSignal.timeout(10_000),
  })
  const body: unknown = await response.json().catch(() => undefined)
  const answer = signedIn.safeParse(body)
  if (response.ok && answer.success) {
    const { AccessToken: token, ExpiresIn: seconds } = answer.data.AuthenticationResult
    return { token, seconds }
  }
  const challenge = z.object({ ChallengeName: z.string() }).safeParse(body)
  if (challenge.success)
    throw new Failure(`${username} must answer ${challenge.data.ChallengeName} before signing in`, {
      remedy:
        'a password that is not permanent is one: aws cognito-idp admin-set-user-password --permanent (docs/deploy.md)',
    })
  const { __type: type = '', message = `status ${response.status}` } = refused.safeParse(body).data ?? {}
  throw new Failure(`${username} cannot sign in: ${message}`, {
    exitCode: /NotAuthorized|UserNotFound/.test(type) ? exitCodes.refused : exitCodes.unavailable,
    remedy: 'how users are made is in docs/deploy.md',
  })
}
