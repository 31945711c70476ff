import { RemovalPolicy } from 'aws-cdk-lib'
import { describe, expect, test } from 'vitest'
import { stageFrom, type stageOptions } from '../../infra/stages.ts'
import { timings } from '../../reactive/timing.ts'

type Context = Partial<Record<(typeof stageOptions)[number], unknown>>
const stage = (context: Context = {}) => stageFrom((option) => context[option])

describe('a stage', () => {
  test('is dev, in an account, unless somebody says otherwise', () => {
    expect(stage()).toMatchObject({
      name: 'dev',
      timingName: 'standard',
      timing: timings.standard,
      removal: RemovalPolicy.RETAIN,
      guarded: true,
      issuer: undefined,
      alarmEmail: undefined,
      tracing: 0.1,
      collector: undefined,
      cliCredentials: false,
    })
  })

  test('named local waits briefly and keeps nothing', () => {
    expect(stage({ stage: 'local' })).toMatchObject({
      name: 'local',
      timingName: 'brief',
      timing: timings.brief,
      removal: RemovalPolicy.DESTROY,
      guarded: false,
    })
  })

  test.each(['prod', 'test-2', 'a'])('named %s is an account stage', (name) => {
    expect(stage({ stage: name })).toMatchObject({ name, timingName: 'standard', guarded: true })
  })

  test.each(['Prod', '1st', 'with space', '-x', 'x'.repeat(21), 'x_y'])('is refused with the name %j', (name) => {
    expect(() => stage({ stage: name })).toThrow(`'${name}' is not a stage`)
  })

  test('takes the credentials of the command line when asked to', () => {
    expect(stage({ synthesizer: 'cli-credentials' }).cliCredentials).toBe(true)
    expect(stage({ synthesizer: 'default' }).cliCredentials).toBe(false)
    expect(() => stage({ synthesizer: 'legacy' })).toThrow("'default' and 'cli-credentials'")
  })

  test('refuses an option that is not text', () => {
    expect(() => stage({ jwks: { keys: [] } })).toThrow("'jwks' must be text, not object")
  })

  test('records the traces that somebody chooses, and sends them where somebody says', () => {
    expect(stage({ stage: 'local' }).tracing).toBe(1)
    expect(stage({ tracing: '0' }).tracing).toBe(0)
    expect(stage({ otlp: 'http://localhost:4318' }).collector).toBe('http://localhost:4318')
  })

  test.each(['2', '-1', 'some', ' '])('refuses %j as a share of traces', (tracing) =>
    expect(() => stage({ tracing })).toThrow('is no share of traces'),
  )

  test.each(['localhost:4318', 'ftp://collector'])('refuses %s as a collector', (otlp) =>
    expect(() => stage({ otlp })).toThrow('is not the address of an OTLP collector'),
  )

  test('knows where its pages go', () => {
    expect(stage({ alarmEmail: 'oncall@example.com' }).alarmEmail).toBe('oncall@example.com')
    expect(() => stage({ alarmEmail: 'oncall' })).toThrow("'oncall' is not a mail address")
  })
})

describe('the issuer of a stage', () => {
  const keys = (key: object) => JSON.stringify({ keys: [key] })

  test('is trusted by its URL, its audience and, where given, its keys', () => {
    const issuer = { issuer: 'https://id.example.com', audience: 'shop', jwks: keys({ kty: 'EC' }) }
    expect(stage(issuer).issuer).toEqual({ url: issuer.issuer, audience: 'shop', jwks: issuer.jwks })
  })

  test('admits the client neverstop unless an audience is named', () => {
    expect(stage({ issuer: 'https://id.example.com' }).issuer).toEqual({
      url: 'https://id.example.com',
      audience: 'neverstop',
    })
  })

  test.each(['http://id.example.com', 'http://localhost:4566', 'ftp://id.example.com'])(
    'is refused in an account when it is %s',
    (issuer) => {
      expect(() => stage({ stage: 'prod', issuer })).toThrow('is not https: anybody could pose as it')
    },
  )

  test('may be plain http on the stage local', () => {
    expect(stage({ stage: 'local', issuer: 'http://neverstop.local' }).issuer?.url).toBe('http://neverstop.local')
  })

  test('is refused when it is no URL', () => {
    expect(() => stage({ issuer: 'cognito' })).toThrow("'cognito' is not a URL")
  })

  test.each([
    ['not JSON', '{', 'is not JSON'],
    ['without keys', '{}', 'holds no keys'],
    ['with an empty list', '{"keys":[]}', 'holds no keys'],
    ['with a private key', keys({ kty: 'EC', d: 'secret' }), 'holds a private key'],
    ['with a shared secret', keys({ kty: 'oct', k: 'secret' }), 'holds a private key'],
  ])('is refused with a key set %s', (_, jwks, message) => {
    expect(() => stage({ issuer: 'https://id.example.com', jwks })).toThrow(message)
  })

  test('must be there when keys or an audience are', () => {
    expect(() => stage({ jwks: keys({ kty: 'EC' }) })).toThrow('pass -c issuer=')
    expect(() => stage({ audience: 'shop' })).toThrow('pass -c issuer=')
  })
})
