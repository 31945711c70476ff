import { RemovalPolicy } from 'aws-cdk-lib'
import { RetentionDays } from 'aws-cdk-lib/aws-logs'
import { describe, expect, test } from 'vitest'
import { stageFrom, stageKinds, type stageOptions } from '../../infra/stages.ts'
import { timings } from '../../reactive/timing.ts'

type Context = Partial<Record<(typeof stageOptions)[number], unknown>>
const stage = (context: Context = {}) => stageFrom((option) => context[option])

/** What is decided for each kind of stage. A row changes here and there together, or by mistake. */
const decided = {
  local: {
    timingName: 'brief',
    removal: RemovalPolicy.DESTROY,
    deletionProtection: false,
    pointInTimeRecovery: false,
    keys: 'of-services',
    logRetention: RetentionDays.ONE_DAY,
    tracing: 1,
    concurrency: 2,
    reserves: false,
    rollout: undefined,
  },
  dev: {
    timingName: 'standard',
    removal: RemovalPolicy.DESTROY,
    deletionProtection: false,
    pointInTimeRecovery: false,
    keys: 'of-services',
    logRetention: RetentionDays.ONE_WEEK,
    tracing: 1,
    concurrency: 5,
    reserves: false,
    rollout: 'all-at-once',
  },
  test: {
    timingName: 'standard',
    removal: RemovalPolicy.DESTROY,
    deletionProtection: false,
    pointInTimeRecovery: false,
    keys: 'of-services',
    logRetention: RetentionDays.ONE_WEEK,
    tracing: 0.5,
    concurrency: 20,
    reserves: false,
    rollout: 'canary-10-5m',
  },
  prod: {
    timingName: 'standard',
    removal: RemovalPolicy.RETAIN,
    deletionProtection: true,
    pointInTimeRecovery: true,
    keys: 'of-the-stage',
    logRetention: RetentionDays.THREE_MONTHS,
    tracing: 0.1,
    concurrency: 20,
    reserves: true,
    rollout: 'linear-10-1m',
  },
} as const

describe('a stage', () => {
  test('is dev unless somebody says otherwise, and trusts and pages nobody yet', () => {
    expect(stage()).toMatchObject({
      name: 'dev',
      issuer: undefined,
      alarmEmail: undefined,
      collector: undefined,
      cliCredentials: false,
    })
  })

  test.each(stageKinds)('of the kind %s has what was decided', (name) => {
    expect(stage({ stage: name })).toMatchObject({ name, ...decided[name], timing: timings[decided[name].timingName] })
  })

  test.each(['dev-anna', 'test-2', 'prod-eu'])('named %s is of the kind that its name begins with', (name) => {
    const { name: _, ...kind } = stage({ stage: name.split('-')[0]! })
    expect(stage({ stage: name })).toEqual({ name, ...kind })
  })

  test.each(['production', 'staging', 'a', 'prd', 'develop', 'testing'])(
    'named %s is of no kind and refused',
    (name) => {
      expect(() => stage({ stage: name })).toThrow(`'${name}' is not a stage: it is called local, dev, test, prod`)
    },
  )

  test('that protects what it has also keeps it, and has a way back and a key of its own', () => {
    for (const name of stageKinds) {
      const { deletionProtection, removal, pointInTimeRecovery, keys } = stage({ stage: name })
      expect(deletionProtection, name).toBe(removal === RemovalPolicy.RETAIN)
      expect(pointInTimeRecovery, name).toBe(deletionProtection)
      expect(keys, name).toBe(deletionProtection ? 'of-the-stage' : 'of-services')
    }
  })

  test('may be told how new code takes over, except where there is nothing to shift', () => {
    expect(stage({ stage: 'prod', rollout: 'unwatched' }).rollout).toBe('unwatched')
    expect(stage({ stage: 'local', rollout: 'unwatched' }).rollout).toBeUndefined()
    expect(() => stage({ stage: 'prod', rollout: 'canary' })).toThrow("'canary' is not a rollout; there are unwatched")
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
