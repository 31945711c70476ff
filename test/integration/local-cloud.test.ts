import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CreateTableCommand, DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { CreateQueueCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, afterEach, beforeAll, describe, expect } from 'vitest'
import { localClientConfig } from '../../local/client.ts'
import { embedded } from '../../local/embedded/cloud.ts'
import { layout } from '../../local/layout.ts'
import { withLock } from '../../local/lock.ts'
import { identify, runs } from '../../local/processes.ts'
import { type CloudRecord, readRecord, writeRecord } from '../../local/record.ts'
import type { Settings } from '../../local/settings.ts'
import { where } from './capability.ts'

/** The emulator of this checkout: another cloud is not crashed for a test. */
const test = where('crash-recovery')

/** Clouds of this file's own: each test leaves none running. */
let folder: string
let settings: Settings
let lines: string[]
const say = (line: string) => void lines.push(line)

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

const up = () => embedded.up(settings, say)
const down = (purge = false) => embedded.down(settings, { purge }, say)
const record = async (): Promise<CloudRecord> => (await readRecord(settings.state))!
const config = () => localClientConfig({ port: settings.port!, region: settings.region })

const kill = async () => {
  const { pid, startedAt } = await record()
  process.kill(pid, 'SIGKILL')
  while (await runs({ pid, startedAt })) await sleep(20)
}

const createQueue = async (QueueName: string) => {
  const client = new SQSClient(config())
  await client.send(new CreateQueueCommand({ QueueName }))
  client.destroy()
}
const queues = async (): Promise<string[]> => {
  const client = new SQSClient(config())
  const { QueueUrls = [] } = await client.send(new ListQueuesCommand({}))
  client.destroy()
  return QueueUrls.map((url) => url.split('/').at(-1)!).sort()
}

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'neverstop-cloud-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

beforeAll(async () => {
  settings = { backend: 'embedded', port: await freePort(), state: '', stage: 'local', region: 'eu-central-1' }
})
const fresh = (name: string) => {
  lines = []
  settings = { ...settings, state: join(folder, name) }
}
afterEach(async () => {
  await down(true)
})

describe('up', () => {
  test('starts a cloud that listens on this machine only, and is found afterwards', async () => {
    fresh('start')

    const cloud = await up()

    expect(cloud).toMatchObject({ backend: 'embedded', port: settings.port, healthy: true })
    expect(await embedded.find(settings)).toMatchObject({ healthy: true, port: settings.port })
    const listening = readFileSync(join(layout(settings.state).log, 'cloud.log'), 'utf8')
    expect(listening).toContain(`127.0.0.1:${settings.port}`)
    expect(listening).not.toContain('0.0.0.0')
  })

  test('reuses the cloud that runs', async () => {
    fresh('reuse')
    await up()
    const { pid } = await record()

    await up()

    expect((await record()).pid).toBe(pid)
  })

  test('of two at once leaves one cloud', async () => {
    fresh('both')
    const lock = layout(settings.state).cloudLock

    const [one, two] = await Promise.all([withLock(lock, say, up), withLock(lock, say, up)])

    expect(one.healthy && two.healthy).toBe(true)
    expect(lines.filter((line) => line.includes('starting it'))).toHaveLength(1)
  })

  test('refuses a port that another process holds, and names the process', async () => {
    fresh('taken')
    const server = createServer().listen(settings.port, '127.0.0.1')
    await once(server, 'listening')

    await expect(up()).rejects.toMatchObject({
      message: expect.stringMatching(new RegExp(`^port ${settings.port} is taken by .+ \\(pid ${process.pid}\\)$`)),
      remedy: expect.stringContaining('--port'),
    })

    server.close()
    await once(server, 'close')
    expect(await embedded.find(settings)).toMatchObject({ healthy: false })
  })

  test('refuses another port while the cloud of the folder runs', async () => {
    fresh('other-port')
    await up()

    await expect(embedded.up({ ...settings, port: settings.port! + 1 }, say)).rejects.toThrow(
      `already runs on port ${settings.port}`,
    )
  })
})

describe('a cloud that crashed', () => {
  test('is told from one that was never started', async () => {
    fresh('crash-told')
    expect((await embedded.find(settings)).because).toBe('no local cloud runs on this state folder')
    await up()
    await kill()

    expect((await embedded.find(settings)).because).toMatch(/has crashed$/)
  })

  test('is mended by up, with what it had saved last', async () => {
    fresh('crash')
    await up()
    await createQueue('saved')
    await down()
    await up()
    await createQueue('unsaved')
    await kill()

    await up()

    expect(await queues()).toEqual(['saved'])
    expect(lines).toContainEqual(expect.stringContaining('its last consistent state is put back'))
  })

  test('is mended after it crashed on its first run', async () => {
    fresh('crash-first')
    await up()
    await createQueue('unsaved')
    await kill()

    await up()

    expect(await queues()).toEqual([])
  })

  test('that only half started is ended and started anew', async () => {
    fresh('half')
    const child = spawn(process.execPath, ['-e', "console.log('up'); setInterval(() => {}, 1000)"])
    await once(child.stdout, 'data')
    const ended = once(child, 'exit')
    const identity = (await identify(child.pid!))!
    const at = { port: settings.port!, region: settings.region }
    await writeRecord(settings.state, { ...identity, ...at, backend: 'embedded', requirements: 'x' })

    await up()

    expect((await ended)[1]).toBe('SIGTERM')
    expect(await embedded.find(settings)).toMatchObject({ healthy: true })
  })

  test('never leads to another process being ended', async () => {
    fresh('bystander')
    const child = spawn(process.execPath, ['-e', "console.log('up'); setInterval(() => {}, 1000)"])
    await once(child.stdout, 'data')
    const stale: CloudRecord = {
      backend: 'embedded',
      pid: child.pid!,
      startedAt: 'long ago',
      port: settings.port!,
      region: settings.region,
      requirements: 'x',
    }
    await writeRecord(settings.state, stale)

    await up()
    await down()

    expect(child.exitCode).toBeNull()
    expect(child.signalCode).toBeNull()
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
})

describe('down', () => {
  test('keeps queues, tables and items for the next up', async () => {
    fresh('keep')
    await up()
    await createQueue('kept')
    const before = new DynamoDBClient(config())
    const TableName = 'orders'
    await before.send(
      new CreateTableCommand({
        TableName,
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: [{ AttributeName: 'id', AttributeType: 'S' }],
        KeySchema: [{ AttributeName: 'id', KeyType: 'HASH' }],
      }),
    )
    await before.send(new PutItemCommand({ TableName, Item: { id: { S: 'ord_1' }, total: { N: '890' } } }))
    before.destroy()

    expect(await down()).toBe(true)
    await up()

    const after = new DynamoDBClient(config())
    const { Item } = await after.send(new GetItemCommand({ TableName, Key: { id: { S: 'ord_1' } } }))
    after.destroy()
    expect(Item).toEqual({ id: { S: 'ord_1' }, total: { N: '890' } })
    expect(await queues()).toEqual(['kept'])
  })

  test('frees the port and leaves no process', async () => {
    fresh('free')
    await up()
    const { pid, startedAt } = await record()

    await down()

    expect(await runs({ pid, startedAt })).toBe(false)
    const server = createServer().listen(settings.port, '127.0.0.1')
    await once(server, 'listening')
    server.close()
    await once(server, 'close')
  })

  test('finds nothing to do where nothing runs', async () => {
    fresh('nothing')

    expect(await down()).toBe(false)
  })

  test('forgets everything when it purges', async () => {
    fresh('purge')
    await up()
    await createQueue('forgotten')

    await down(true)

    expect(existsSync(settings.state) ? readdirSync(settings.state) : []).toEqual([])
    await up()
    expect(await queues()).toEqual([])
  })
})
