import { createHash } from 'node:crypto'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Backend, Cloud } from '../../../local/adapter.ts'
import { capabilitiesOf } from '../../../local/capabilities.ts'
import { localClientConfig } from '../../../local/client.ts'
import type { Settings } from '../../../local/settings.ts'
import { survivesRestart } from '../../../parity/restart.ts'

/** Tables and queues in this process's memory, for as long as nobody stops them. */
let kept: { item?: unknown; message?: string }
let server: Server
let cloud: Cloud
let asked: string[]
const settings: Settings = { backend: 'localstack', port: 1, state: '/nowhere', stage: 'local', region: 'eu-central-1' }

/** A backend whose `down` stops the memory, or leaves it to somebody else. */
const backend = ({ ours, keepsState }: { ours: boolean; keepsState: boolean }): Backend => ({
  name: 'localstack',
  keepsState,
  find: async () => cloud,
  up: async () => {
    asked.push('up')
    return cloud
  },
  down: async () => {
    asked.push('down')
    if (ours && !keepsState) kept = {}
    return ours
  },
})

beforeEach(async () => {
  kept = {}
  asked = []
  server = createServer(async (request, response) => {
    const body = JSON.parse(Buffer.concat(await request.toArray()).toString() || '{}')
    const operation = String(request.headers['x-amz-target']).split('.').at(-1)!
    asked.push(operation)
    if (operation === 'PutItem') kept.item = body.Item
    if (operation === 'SendMessage') kept.message = body.MessageBody
    const md5 = createHash('md5')
      .update(body.MessageBody ?? kept.message ?? '')
      .digest('hex')
    const answers: Record<string, unknown> = {
      SendMessage: { MessageId: 'm', MD5OfMessageBody: md5 },
      CreateQueue: { QueueUrl: `${cloud.clientConfig.endpoint}/000000000000/kept` },
      GetItem: { Item: kept.item },
      ReceiveMessage: {
        Messages: kept.message ? [{ MessageId: 'm', ReceiptHandle: 'r', Body: kept.message, MD5OfBody: md5 }] : [],
      },
    }
    response.setHeader('content-type', 'application/x-amz-json-1.0')
    response.end(JSON.stringify(answers[operation] ?? {}))
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', () => listening()))
  const { port } = server.address() as AddressInfo
  cloud = {
    backend: 'localstack',
    kind: 'localstack-licensed',
    capabilities: capabilitiesOf('localstack-licensed'),
    description: 'LocalStack 2026.7.5, pro edition',
    port,
    healthy: true,
    clientConfig: localClientConfig({ port, region: 'eu-central-1' }),
  }
})
afterEach(() => void server.close())

describe('what outlives a restart', () => {
  test('is not seen on a cloud that somebody else runs, which nobody stopped', async () => {
    expect(await survivesRestart(backend({ ours: false, keepsState: true }), cloud, settings)).toBeUndefined()
    expect(asked).toContain('down')
    expect(asked).not.toContain('up')
  })

  test('holds when all is there again', async () => {
    expect(await survivesRestart(backend({ ours: true, keepsState: true }), cloud, settings)).toEqual({ holds: true })
    expect(asked.slice(-4)).toEqual(['down', 'up', 'GetItem', 'ReceiveMessage'])
  })

  test('does not hold when something is gone', async () => {
    expect(await survivesRestart(backend({ ours: true, keepsState: false }), cloud, settings)).toEqual({
      holds: false,
      seen: 'something of them is gone',
    })
  })
})
