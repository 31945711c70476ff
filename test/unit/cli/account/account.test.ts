import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { signInToPool } from '../../../../cli/account/cognito.ts'
import { explainAccount, lookAtAccount } from '../../../../cli/account/look.ts'
import { countedUsage } from '../../../../cli/account/ports.ts'
import { signIn } from '../../../../cli/sign-in.ts'
import type { System } from '../../../../cli/system.ts'
import { loadBackend } from '../../../../local/backend.ts'
import { exitCodes, Failure } from '../../../../local/failure.ts'
import { readSettings } from '../../../../local/settings.ts'

const refusalOf = async (work: Promise<unknown>): Promise<Failure> => {
  const error = await work.then(
    () => undefined,
    (error: unknown) => error,
  )
  if (error instanceof Failure) return error
  throw new Error(`no failure but ${String(error)}`)
}

describe('a look at an account', () => {
  const toolkit = 'arn:aws:cloudformation:eu-central-1:123456789012:stack/CDKToolkit/1'

  test('finds its number in the stack that the CDK prepared', async () => {
    expect(await lookAtAccount('eu-central-1', async () => toolkit)).toEqual({
      id: '123456789012',
      region: 'eu-central-1',
    })
  })

  test('says how an account is prepared that is not', async () => {
    const { message, remedy } = await refusalOf(lookAtAccount('us-east-1', async () => undefined))
    expect(message).toContain('us-east-1')
    expect(remedy).toContain('cdk bootstrap')
  })

  test.each([
    ['CredentialsProviderError', 'Could not load credentials from any providers', 'no credentials', 'aws sso login'],
    ['ExpiredTokenException', 'The security token included in the request is expired', 'no longer good', 'AWS_PROFILE'],
    ['AccessDeniedException', 'User x is not authorized to perform y', 'the account refuses', 'credentials that may'],
    ['Error', 'getaddrinfo ENOTFOUND cloudformation', 'cannot be reached', 'network'],
  ])('turns %s into what somebody can do', async (name, message, says, remedy) => {
    const failure = await refusalOf(
      lookAtAccount('eu-central-1', async () => {
        throw Object.assign(new Error(message), { name })
      }),
    )
    expect(failure.exitCode).toBe(exitCodes.unavailable)
    expect(failure.message).toContain(says)
    expect(failure.remedy).toContain(remedy)
  })

  test('leaves a defect what it is', () => {
    expect(() => explainAccount(new TypeError('x is not a function'))).toThrow(TypeError)
  })
})

describe('signing in to a user pool', () => {
  const user = { region: 'eu-central-1', clientId: 'client', username: 'anna@example.com', password: 'secret' }
  const answering = (status: number, body: unknown) => {
    const requests: { url: string; init: RequestInit }[] = []
    const ask = async (url: unknown, init?: RequestInit) => {
      requests.push({ url: String(url), init: init! })
      return new Response(JSON.stringify(body), { status })
    }
    return { requests, ask: ask as typeof fetch }
  }

  test('asks the pool of the region and gives the access token, not the one that says who somebody is', async () => {
    const { requests, ask } = answering(200, {
      AuthenticationResult: { AccessToken: 'a', IdToken: 'i', ExpiresIn: 3600 },
    })
    expect(await signInToPool(user, ask)).toEqual({ token: 'a', seconds: 3600 })
    expect(requests[0]!.url).toBe('https://cognito-idp.eu-central-1.amazonaws.com/')
    expect(requests[0]!.init.headers).toMatchObject({
      'x-amz-target': 'AWSCognitoIdentityProviderService.InitiateAuth',
    })
    expect(JSON.parse(String(requests[0]!.init.body))).toEqual({
      AuthFlow: 'USER_PASSWORD_AUTH',
      ClientId: 'client',
      AuthParameters: { USERNAME: 'anna@example.com', PASSWORD: 'secret' },
    })
  })

  test('says that a first password must be made permanent', async () => {
    const { ask } = answering(200, { ChallengeName: 'NEW_PASSWORD_REQUIRED', Session: 's' })
    const { message, remedy } = await refusalOf(signInToPool(user, ask))
    expect(message).toContain('anna@example.com must answer NEW_PASSWORD_REQUIRED')
    expect(remedy).toContain('admin-set-user-password')
  })

  test('tells a wrong password from a pool that does not answer, and never shows the password', async () => {
    const wrong = answering(400, { __type: 'NotAuthorizedException', message: 'Incorrect username or password.' })
    const refused = await refusalOf(signInToPool(user, wrong.ask))
    expect(refused.exitCode).toBe(exitCodes.refused)
    expect(refused.message).toContain('Incorrect username or password')
    const broken = await refusalOf(signInToPool(user, answering(503, {}).ask))
    expect(broken.exitCode).toBe(exitCodes.unavailable)
    expect(JSON.stringify([refused.message, refused.remedy, broken.message])).not.toContain('secret')
  })
})

describe('the API of a stage in an account', () => {
  const system = { apiUrl: 'http://127.0.0.1:9', stage: 'dev', backend: 'aws', state: '/nowhere' } as unknown as System

  test('is spoken to only with a token of its pool', async () => {
    const { message, remedy } = await refusalOf(signIn(system, { role: 'operator', subject: 'x' }, {}).orders())
    expect(message).toContain("stage 'dev' is in an account")
    expect(remedy).toContain('NEVERSTOP_TOKEN=$(./neverstop token --cloud aws --stage dev')
  })
})

describe('the choice of an account', () => {
  test('names a stage that belongs there, and takes the region from the environment', () => {
    expect(readSettings({ cloud: 'aws', stage: 'dev-anna' }, { AWS_DEFAULT_REGION: 'us-east-1' })).toMatchObject({
      backend: 'aws',
      stage: 'dev-anna',
      region: 'us-east-1',
    })
  })

  test.each([{ cloud: 'aws' }, { cloud: 'aws', stage: 'local' }, { cloud: 'aws', stage: 'local-2' }])(
    'refuses %j, which would trust tokens that this machine signs',
    (chosen) => {
      expect(() => readSettings(chosen, {})).toThrow('belongs to this machine')
    },
  )

  test('is refused by commands about a cloud on this machine', async () => {
    const { exitCode, remedy } = await refusalOf(loadBackend('aws'))
    expect(exitCode).toBe(exitCodes.usage)
    expect(remedy).toContain('deploy --cloud aws')
  })
})

describe('what an order uses', () => {
  test('is unknown until somebody counted, and refused when it is nonsense', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'neverstop-usage-'))
    try {
      expect(await countedUsage(join(folder, 'none.json'))).toBeUndefined()
      const file = join(folder, 'usage.json')
      await writeFile(file, JSON.stringify({ at: 'today', perOrder: { 'dynamodb.write': 41.5 } }))
      expect(await countedUsage(file)).toEqual({ 'dynamodb.write': 41.5 })
      await writeFile(file, JSON.stringify({ perOrder: { 'dynamodb.write': -1 } }))
      await expect(countedUsage(file)).rejects.toThrow()
    } finally {
      await rm(folder, { recursive: true })
    }
  })
})
