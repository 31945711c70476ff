import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { localstack } from '../../../local/localstack/cloud.ts'
import {
  askHealth,
  describeHealth,
  kindOf,
  missingServices,
  readHealth,
  whyUnfit,
} from '../../../local/localstack/health.ts'
import type { Settings } from '../../../local/settings.ts'

const all = 'apigateway cloudformation cloudwatch dynamodb dynamodbstreams events iam lambda logs s3 sns sqs ssm sts'
const services = (names = all) => Object.fromEntries(names.split(' ').map((name) => [name, 'available']))
const community = { version: '4.14.0', edition: 'community', services: services() }
const pro = { version: '2026.7.5', edition: 'pro', services: services() }

describe('a health document', () => {
  test('tells version, edition and the services that can be used', () => {
    const document = { ...community, services: { sqs: 'running', sns: 'available', xray: 'disabled', ec2: 'error' } }

    expect(readHealth(document)).toEqual({ version: '4.14.0', edition: 'community', services: ['sns', 'sqs'] })
  })

  test.each([[undefined], [null], ['ok'], [{}], [{ status: 'ok' }], [{ services: {}, version: 1, edition: 'pro' }]])(
    'of another service is none: %o',
    (document) => {
      expect(readHealth(document)).toBeUndefined()
    },
  )

  test.each([
    ['community', 'localstack-open'],
    ['pro', 'localstack-licensed'],
    // What it says when it was started from Python packages.
    ['unknown', 'localstack-open'],
    ['enterprise', 'localstack-licensed'],
  ])('tells the kind of cloud by its edition: %s', (edition, kind) => {
    expect(kindOf({ version: '2026.5.0', edition, services: [] })).toBe(kind)
  })

  test('is told in words, with what is only taken for granted', () => {
    expect(describeHealth(readHealth(community)!)).toBe('LocalStack 4.14.0, community edition')
    expect(describeHealth({ version: '2026.9.0', edition: 'enterprise', services: [] })).toBe(
      'LocalStack 2026.9.0, enterprise edition (not known here, taken for a licensed one)',
    )
  })

  test('is no place for a stage where nobody asks authorizers', () => {
    expect(whyUnfit(readHealth(pro)!, 4566)).toBeUndefined()
    expect(whyUnfit(readHealth(community)!, 4566)).toMatchObject({
      message: 'LocalStack 4.14.0, community edition on port 4566 asks no Lambda authorizer: the API would stand open',
      remedy: expect.stringContaining('NEVERSTOP_LOCALSTACK=host'),
    })
  })

  test('shows what a stage would miss', () => {
    expect(missingServices(readHealth(community)!)).toEqual([])
    expect(missingServices(readHealth({ ...community, services: services('sqs sns lambda') })!)).toContain('dynamodb')
  })
})

describe('a LocalStack that somebody else runs', () => {
  let server: Server
  let settings: Settings
  let document: unknown = pro
  beforeAll(async () => {
    server = createServer((_, response) => void response.end(JSON.stringify(document)))
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', () => listening()))
    const { port } = server.address() as AddressInfo
    settings = { backend: 'localstack', port, state: '/nowhere/at/all', stage: 'local', region: 'eu-central-1' }
  })
  afterAll(() => server.close())

  test('is found on its port, with what it is able to do', async () => {
    document = pro

    expect(await localstack.find(settings)).toMatchObject({
      kind: 'localstack-licensed',
      description: 'LocalStack 2026.7.5, pro edition',
      healthy: true,
      functionEndpoint: `http://localhost.localstack.cloud:${settings.port}`,
    })
  })

  test('is used as it is, and said aloud', async () => {
    document = pro
    const lines: string[] = []

    const cloud = await localstack.up(settings, (line) => lines.push(line))

    expect(cloud.healthy).toBe(true)
    expect(lines).toEqual([
      'LocalStack, already running: one answers on the port',
      'LocalStack 2026.7.5, pro edition, 14 services',
    ])
  })

  test('is refused when it asks no authorizer, with a way out, and found with the reason', async () => {
    document = community

    await expect(localstack.up(settings, () => undefined)).rejects.toMatchObject({
      message: expect.stringMatching(/^LocalStack 4\.14\.0, community edition on port \d+ asks no Lambda authorizer/),
      remedy: expect.stringContaining('NEVERSTOP_LOCALSTACK=host'),
    })
    expect(await localstack.find(settings)).toMatchObject({
      healthy: false,
      because: expect.stringContaining('asks no Lambda authorizer'),
    })
  })

  test('is refused when it lacks a service, with its name', async () => {
    document = { ...pro, services: services(all.replace('sqs ', '')) }

    await expect(localstack.up(settings, () => undefined)).rejects.toThrow(/lacks sqs$/)
  })

  test('is left running by down', async () => {
    const lines: string[] = []
    document = community

    expect(await localstack.down(settings, { purge: false }, (line) => lines.push(line))).toBe(false)
    expect(lines).toEqual([expect.stringContaining('was not started here: it is left running')])
    expect(await askHealth(settings.port!)).toBeDefined()
  })

  test('is not taken for one when something else answers', async () => {
    document = { status: 'ok' }

    expect(await askHealth(settings.port!)).toBeUndefined()
    expect(await localstack.find(settings)).toMatchObject({ healthy: false })
  })
})
