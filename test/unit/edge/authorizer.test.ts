import type { APIGatewayRequestAuthorizerEvent } from 'aws-lambda'
import { createLocalJWKSet } from 'jose'
import { describe, expect, test } from 'vitest'
import { authorizer } from '../../../functions/edge/authorizer.ts'
import { keysOf } from '../../../functions/edge/environment.ts'
import { policyFor, wholeApi } from '../../../functions/edge/policy.ts'
import { answerOnce } from '../../../reactive/invoked.ts'
import { observedInMemory } from '../../support/observation.ts'
import { issuer, keyPair, now, tokenOf } from '../../support/tokens.ts'

const key = await keyPair('key-1')
const methodArn = 'arn:aws:execute-api:eu-central-1:000000000000:abc123/v1/GET/orders/ord_1'
const everything = 'arn:aws:execute-api:eu-central-1:000000000000:abc123/v1/*/*'

const open = () => {
  const { observation, lines } = observedInMemory('/edge', 'edge-authorizer')
  const answer = authorizer({
    issuer,
    clients: ['neverstop'],
    keys: createLocalJWKSet({ keys: [key.jwk] }),
    clock: () => now,
  })
  const context = { awsRequestId: 'inv-1', getRemainingTimeInMillis: () => 4_000 }
  const admit = (headers: object | null, requestContext: object = { requestId: 'req-1' }) =>
    answerOnce(
      answer,
      { headers, methodArn, requestContext } as APIGatewayRequestAuthorizerEvent,
      observation,
      () => now,
      context,
    )
  return { lines, admit }
}

describe('the authorizer', () => {
  test.each(['Authorization', 'authorization', 'AUTHORIZATION'])('reads the header %s', async (name) => {
    const { admit } = open()
    expect(await admit({ [name]: `Bearer ${await tokenOf(key)}` })).toEqual({
      principalId: 'alice',
      policyDocument: {
        Version: '2012-10-17',
        Statement: [{ Action: 'execute-api:Invoke', Effect: 'Allow', Resource: everything }],
      },
      context: { subject: 'alice', role: 'customer' },
    })
  })

  test('denies everything to somebody who has no part', async () => {
    const { admit } = open()
    const result = await admit({ Authorization: `Bearer ${await tokenOf(key, { 'cognito:groups': [] })}` })
    expect(result.policyDocument.Statement).toMatchObject([{ Effect: 'Deny', Resource: everything }])
    expect(result.context).toEqual({ subject: 'alice' })
  })

  test.each([
    ['no headers', null],
    ['no such header', {}],
    ['a bad token', { Authorization: 'Bearer a.b.c' }],
  ])('says the one word that becomes a 401 to %s', async (_, headers) => {
    const { admit } = open()
    await expect(admit(headers)).rejects.toThrow(/^Unauthorized$/)
  })

  test('tells the log why, and never the token', async () => {
    const { admit, lines } = open()
    const token = await tokenOf(key, { exp: now / 1_000 - 60 })
    await expect(admit({ Authorization: `Bearer ${token}` })).rejects.toThrow()
    expect(lines).toMatchObject([
      { level: 'warn', message: expect.stringContaining('ERR_JWT_EXPIRED'), entry: { outcome: 'refused' } },
    ])
    expect(JSON.stringify(lines)).not.toContain(token.split('.')[1])
  })

  test('writes one line an invocation, under the id of the request that it lets in, and never who it was', async () => {
    const { admit, lines } = open()
    await admit({ Authorization: `Bearer ${await tokenOf(key)}` })
    await admit({ Authorization: `Bearer ${await tokenOf(key, { 'cognito:groups': [] })}` })
    const circumstances = { duration_ms: 0, remaining_ms: 4_000, request_id: 'req-1', correlation_id: 'req-1' }
    expect(lines).toEqual([
      {
        level: 'info',
        message: 'admitted',
        entry: { ...circumstances, cold_start: true, outcome: 'admitted', role: 'customer' },
      },
      {
        level: 'info',
        message: 'has no part here',
        entry: { ...circumstances, cold_start: false, outcome: 'denied', role: undefined },
      },
    ])
    expect(JSON.stringify(lines)).not.toContain('alice')
  })

  test('says which invocation it was where nobody tells it of which request', async () => {
    const { admit, lines } = open()
    await admit({ Authorization: `Bearer ${await tokenOf(key)}` }, {})
    expect(lines).toMatchObject([{ entry: { request_id: 'inv-1', outcome: 'admitted' } }])
    expect(lines[0]!.entry).not.toHaveProperty('correlation_id')
  })
})

describe('the policy', () => {
  test('covers the whole stage and no other', () => expect(wholeApi(methodArn)).toBe(everything))

  test('covers it from the root as well', () =>
    expect(wholeApi('arn:aws:execute-api:eu-west-1:111122223333:abc/v1/GET/')).toBe(
      'arn:aws:execute-api:eu-west-1:111122223333:abc/v1/*/*',
    ))

  test('is the same whichever method was asked first', () => {
    const caller = { subject: 'alice', role: 'customer' } as const
    expect(policyFor(caller, methodArn)).toEqual(
      policyFor(caller, methodArn.replace('GET/orders/ord_1', 'POST/orders')),
    )
  })
})

describe('the issuer’s keys', () => {
  test('are those that were given', async () => {
    const keys = keysOf(issuer, { keys: [key.jwk as never] })
    expect(await keys({ alg: 'RS256', kid: 'key-1' }, { payload: '', signature: '' })).toBeDefined()
  })

  test('are not fetched over a connection that anybody could tamper with', () =>
    expect(() => keysOf('http://issuer.example', undefined)).toThrow('over https only'))

  test('are fetched, when none were given, only once needed', () =>
    expect(keysOf('https://issuer.example/', undefined)).toBeTypeOf('function'))
})
