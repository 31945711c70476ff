import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { CloudFormationClient, DeleteStackCommand } from '@aws-sdk/client-cloudformation'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { listStacks, openSystem } from '../../cli/system.ts'
import { readStacks } from '../../local/assembly.ts'
import { functionsByHandler, replaceCode } from '../../local/code.ts'
import { markLive, readDeployment } from '../../local/deploy.ts'
import { embedded } from '../../local/embedded/cloud.ts'
import { layout } from '../../local/layout.ts'
import { runs } from '../../local/processes.ts'
import { readRecord } from '../../local/record.ts'
import { planRepairs } from '../../local/repair.ts'
import { repairs as knownRepairs } from '../../local/repairs.ts'
import type { Settings } from '../../local/settings.ts'
import { planUp, type Raised } from '../../local/up.ts'
import { where } from './capability.ts'

/** The emulator of this checkout: another cloud is not crashed for a test. */
const test = where('crash-recovery')

/** A whole deployment of this file's own: it is crashed, moved and damaged. */
let settings: Settings
const silent = () => undefined

const freePort = async (): Promise<number> => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  server.close()
  await once(server, 'close')
  return port
}

const up = async (): Promise<Raised> => {
  const { plan, raised } = planUp(settings)
  for (const part of plan) await Promise.all(('run' in part ? [part] : part).map(({ run }) => run(silent)))
  return raised()
}

const system = () => openSystem({ port: settings.port, state: settings.state })
const health = async () => (await fetch(`${(await system()).apiUrl}/health`)).json()

beforeAll(async () => {
  const state = mkdtempSync(join(tmpdir(), 'neverstop-deployment-'))
  settings = { backend: 'embedded', port: await freePort(), state, stage: 'local', region: 'eu-central-1' }
  await up()
})

afterAll(async () => {
  await embedded.down(settings, { purge: true }, silent)
  rmSync(settings.state, { recursive: true, force: true })
})

describe('a deployed stage', () => {
  test('has every stack of the assembly, complete', async () => {
    const assembled = await readStacks(layout(settings.state).assembly)

    const there = await listStacks(await embedded.find(settings), 'local')

    expect(there.map(({ StackName }) => StackName)).toEqual(assembled.map(({ stackName }) => stackName).sort())
    for (const { StackStatus } of there) expect(StackStatus).toMatch(/^(CREATE|UPDATE)_COMPLETE$/)
  })

  test('has every setting that CloudFormation dropped', async () => {
    const wanted = planRepairs(await readStacks(layout(settings.state).adapted), knownRepairs)
    const { repairs } = (await readDeployment(settings.state))!
    const { clientConfig } = await system()

    expect(wanted.length).toBeGreaterThan(0)
    for (const { repair, stack, resource, value } of wanted) {
      const made = repairs.find(
        (done) => done.repair === repair.name && done.stack === stack && done.resource === resource,
      )
      expect(made, `${repair.name} of ${resource}`).toBeDefined()
      expect(await repair.read(clientConfig, made!.physicalId), `${repair.name} of ${resource}`).toEqual(value)
    }
  })

  test('is told to machines with where it is and how it differs', () => {
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('NEVERSTOP_')))
    const words = ['cli/main.ts', 'status', '--json', '--state', settings.state]
    const { status, stdout } = spawnSync(process.execPath, words, { encoding: 'utf8', env })

    expect(status).toBe(0)
    const told = JSON.parse(stdout)
    expect(told).toMatchObject({ backend: 'embedded', port: settings.port, healthy: true, state: settings.state })
    expect(told.api).toMatch(new RegExp(`^http://localhost:${settings.port}/`))
    expect(told.stacks.length).toBeGreaterThan(5)
    for (const { because } of [...told.repairs, ...told.changes]) expect(because).toEqual(expect.any(String))
  })
})

describe('up', () => {
  test('deploys nothing when nothing changed', async () => {
    expect((await up()).deployed).toEqual([])
  })

  test('deploys a stack that the cloud no longer has, and no other', async () => {
    const StackName = 'neverstop-local-observability'
    const client = new CloudFormationClient((await system()).clientConfig)
    await client.send(new DeleteStackCommand({ StackName }))
    const gone = async () =>
      (await listStacks(await embedded.find(settings), 'local')).every((stack) => stack.StackName !== StackName)
    while (!(await gone())) await sleep(50)
    client.destroy()

    expect((await up()).deployed).toEqual([StackName])
  })

  test('puts back code that was replaced while somebody watched', async () => {
    const { clientConfig } = await system()
    const before = await health()
    const name = (await functionsByHandler(clientConfig, 'local')).get('edge-openapi')!
    const other = `export const handler = async () => ({ statusCode: 200, body: '{"replaced":true}' })`
    await markLive(settings.state, ['edge-openapi'])
    await replaceCode(clientConfig, name, Buffer.from(other))
    expect(await health()).toEqual({ replaced: true })

    const { deployed } = await up()

    expect(deployed).toEqual([])
    expect(await health()).toEqual(before)
    expect((await readDeployment(settings.state))!.live ?? []).toEqual([])
  })

  test('brings everything back after a crash', async () => {
    const { pid, startedAt } = (await readRecord(settings.state))!
    process.kill(pid, 'SIGKILL')
    while (await runs({ pid, startedAt })) await sleep(20)

    await up()

    expect((await fetch(`${(await system()).apiUrl}/openapi.json`)).status).toBe(200)
    const { clientConfig } = await system()
    const { repairs } = (await readDeployment(settings.state))!
    const byName = new Map(knownRepairs.map((repair) => [repair.name, repair]))
    for (const { repair, physicalId, value } of repairs) {
      expect(await byName.get(repair)!.read(clientConfig, physicalId)).toEqual(value)
    }
  })

  test('moves a stage to another port with its state', async () => {
    const [before, tables] = [settings.port, await outputs()]
    await embedded.down(settings, { purge: false }, silent)
    settings = { ...settings, port: await freePort() }

    await up()

    expect((await system()).apiUrl).toContain(`:${settings.port}/`)
    expect(JSON.stringify((await system()).outputs)).not.toContain(`:${before}/`)
    expect((await fetch(`${(await system()).apiUrl}/openapi.json`)).status).toBe(200)
    expect(await outputs()).toEqual(tables)
  })
})

/** What the stacks show that names no port: the names of tables and functions. */
const outputs = async () =>
  Object.values((await system()).outputs)
    .flatMap((shown) => Object.values(shown))
    .filter((value) => !value.includes('://'))
    .sort()
