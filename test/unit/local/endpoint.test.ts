import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { endpoint } from '../../../local/endpoint/cloud.ts'
import type { Settings } from '../../../local/settings.ts'

const stacks =
  '<ListStacksResponse xmlns="http://cloudformation.amazonaws.com/doc/2010-05-15/"><ListStacksResult><StackSummaries/></ListStacksResult></ListStacksResponse>'

describe('an endpoint that somebody else runs', () => {
  let server: Server
  let settings: Settings
  let status = 200
  let asked = 0
  beforeAll(async () => {
    server = createServer((_, response) => {
      asked += 1
      response.writeHead(status, { 'content-type': 'text/xml' }).end(status === 200 ? stacks : '<html/>')
    })
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', () => listening()))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const place = { state: '/nowhere/at/all', stage: 'local', region: 'eu-central-1' }
    settings = { backend: 'endpoint', port: undefined, endpoint: url, ...place }
  })
  afterAll(() => server.close())

  test('is used as it is when its CloudFormation answers, and taken for faithful', async () => {
    status = 200
    const lines: string[] = []

    const cloud = await endpoint.up(settings, (line) => lines.push(line))

    expect(cloud).toMatchObject({ kind: 'unknown', healthy: true, port: Number(new URL(settings.endpoint!).port) })
    expect(cloud.clientConfig.endpoint).toBe(settings.endpoint)
    expect(lines).toEqual([`endpoint ${settings.endpoint} answers`])
  })

  test('is refused when its CloudFormation does not, with the variable that names it', async () => {
    status = 501

    await expect(endpoint.up(settings, () => undefined)).rejects.toMatchObject({
      message: expect.stringContaining(`CloudFormation does not answer at ${settings.endpoint}`),
      remedy: expect.stringContaining('NEVERSTOP_ENDPOINT'),
    })
  })

  test('is left as it is by down, without a question', async () => {
    const before = asked

    expect(await endpoint.down(settings, { purge: false }, () => undefined)).toBe(false)
    expect(asked).toBe(before)
  })
})
