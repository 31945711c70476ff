import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { forbidden } from '../../../cli/gameday/permissions.ts'
import type { System } from '../../../cli/system.ts'

/** A cloud that knows one function and its role, and does with roles as it is told or refuses it. */
const aCloud = async (refusal?: string) => {
  const asked: URLSearchParams[] = []
  const server = createServer((request, response) => {
    if (request.url?.includes('/functions/')) {
      response.end(JSON.stringify({ Role: 'arn:aws:iam::000000000000:role/path/ordering-role' }))
      return
    }
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      asked.push(new URLSearchParams(body))
      response.statusCode = refusal ? 403 : 200
      response.end(refusal ?? '<ok/>')
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  const system = {
    stage: 'local',
    outputs: { stack: { ControlsTable: 'controls-1' } },
    clientConfig: {
      endpoint: `http://127.0.0.1:${port}`,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
    },
  } as unknown as System
  return { asked, system }
}

describe('what a function may no longer do', () => {
  test('is denied by a policy of its role, on that table alone, and allowed again by its removal', async () => {
    const { asked, system } = await aCloud()
    const allow = await forbidden(system)('ordering-api', 'ControlsTable')
    const [denied] = asked
    expect(Object.fromEntries(denied!)).toMatchObject({ Action: 'PutRolePolicy', RoleName: 'ordering-role' })
    expect(JSON.parse(denied!.get('PolicyDocument')!).Statement).toEqual([
      { Effect: 'Deny', Action: 'dynamodb:*', Resource: ['arn:aws:dynamodb:*:*:table/controls-1'] },
    ])

    await allow()
    expect(Object.fromEntries(asked[1]!)).toEqual({
      Action: 'DeleteRolePolicy',
      RoleName: 'ordering-role',
      PolicyName: denied!.get('PolicyName'),
      Version: '2010-05-08',
    })
  })
  test('stays as it is where IAM refuses, which is said in its words', async () => {
    const { system } = await aCloud('<Message>not you</Message>')
    await expect(forbidden(system)('ordering-api', 'ControlsTable')).rejects.toThrow(
      'IAM refuses PutRolePolicy: <Message>not you</Message>',
    )
  })
})
