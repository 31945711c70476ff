import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { localstack } from '../../../local/localstack/cloud.ts'
import {
  awaitContainer,
  containerArguments,
  containerName,
  containerOf,
  image,
  removeContainer,
  startContainer,
} from '../../../local/localstack/container.ts'
import type { Settings } from '../../../local/settings.ts'

const words = containerArguments({ state: '/tmp/there', port: 4701, region: 'eu-west-1' })

describe('the container', () => {
  test('is of an exact version', () => {
    expect(image).toMatch(/^localstack\/localstack:\d+\.\d+\.\d+$/)
    expect(words.at(-1)).toBe(image)
  })

  test('is reached from this machine only, under the port that was asked for', () => {
    expect(words[words.indexOf('--publish') + 1]).toBe('127.0.0.1:4701:4701')
    expect(words).toContain('GATEWAY_LISTEN=0.0.0.0:4701')
  })

  test('is given the token by name, so that no list of processes shows it', () => {
    expect(words).toContain('LOCALSTACK_AUTH_TOKEN')
    expect(words.join(' ')).not.toMatch(/LOCALSTACK_AUTH_TOKEN=/)
  })

  test('keeps its log when it ends', () => {
    expect(words).not.toContain('--rm')
  })

  test('is told apart by the state folder, and found again', () => {
    expect(containerName('/tmp/there')).toBe(containerName('/tmp/there'))
    expect(containerName('/tmp/there')).not.toBe(containerName('/tmp/elsewhere'))
    expect(words[words.indexOf('--name') + 1]).toBe(containerName('/tmp/there'))
  })
})

/** An engine of one container that does what its words say and writes them down; `fate` is what becomes of what it runs. */
const engine = String.raw`#!/bin/sh
cd "$(dirname "$0")"
echo "$@" >> words
[ "$1" = version ] && echo 27.0.0 && exit
if [ "$1" = run ]; then
  [ -f container ] && echo 'the name is already in use' >&2 && exit 1
  port=$(echo "$@" | sed 's/.*127\.0\.0\.1:\([0-9]*\):.*/\1/')
  [ "$FAKE_FATE" = ends ] && echo "false $port" > container || echo "true $port" > container
  exit
fi
[ -f container ] || exit 1
case $1 in
  inspect) cat container ;;
  logs) echo 'License activation failed' >&2 ;;
  stop) sed 's/true/false/' container > stopped; mv stopped container ;;
  rm) rm container ;;
esac
`

describe('the life of the container', () => {
  let folder: string
  let state: string
  let server: Server
  let port: number
  const listens = (on: number) => new Promise<void>((there) => server.listen(on, '127.0.0.1', () => there()))
  const words = () => readFileSync(join(folder, 'words'), 'utf8').trim().split('\n')
  const verbs = () => words().map((line) => line.split(' ')[0])
  const settings = (over: Partial<Settings> = {}): Settings => ({
    backend: 'localstack',
    port,
    state,
    stage: 'local',
    region: 'eu-central-1',
    localstack: 'container',
    ...over,
  })
  const silent = () => undefined

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'neverstop-engine-'))
    state = join(folder, 'state')
    writeFileSync(join(folder, 'docker'), engine)
    chmodSync(join(folder, 'docker'), 0o755)
    vi.stubEnv('PATH', `${folder}${delimiter}${process.env.PATH}`)
    vi.stubEnv('LOCALSTACK_AUTH_TOKEN', 'a token')
    const names =
      'apigateway cloudformation cloudwatch dynamodb dynamodbstreams events iam lambda logs s3 sns sqs ssm sts'
    const services = Object.fromEntries(names.split(' ').map((name) => [name, 'available']))
    server = createServer((_, response) =>
      response.end(JSON.stringify({ version: '2026.3.0', edition: 'pro', services })),
    )
    // A port that is free while nothing listens on it any more.
    await listens(0)
    port = (server.address() as AddressInfo).port
    await new Promise((closed) => server.close(closed))
  })
  afterEach(async () => {
    vi.unstubAllEnvs()
    if (server.listening) await new Promise((closed) => server.close(closed))
    rmSync(folder, { recursive: true })
  })

  test('begins with up, which waits until it answers, and ends with down', async () => {
    const answersSoon = (line: string) => void (line.startsWith('starting') && setTimeout(() => listens(port), 100))

    const cloud = await localstack.up(settings(), answersSoon)
    expect(cloud).toMatchObject({ port, healthy: true, kind: 'localstack-licensed' })
    expect(await containerOf(state)).toEqual({ running: true, port })

    expect(await localstack.down(settings(), { purge: false }, silent)).toBe(true)
    expect(await containerOf(state)).toBeUndefined()
    expect(verbs().slice(-4)).toEqual(['inspect', 'stop', 'rm', 'inspect'])
  })

  test('is waited for by the next up, too, when it runs and does not answer yet', async () => {
    await startContainer({ state, port, region: 'eu-central-1' }, silent)
    setTimeout(() => listens(port), 100)

    expect(await localstack.up(settings(), silent)).toMatchObject({ port, healthy: true })
    expect(verbs().filter((verb) => verb === 'run')).toHaveLength(1)
  })

  test('goes on when another port is asked for, which is refused', async () => {
    await startContainer({ state, port, region: 'eu-central-1' }, silent)

    await expect(localstack.up(settings({ port: port + 1 }), silent)).rejects.toThrow(`is on port ${port}, not on`)
    expect(await containerOf(state)).toEqual({ running: true, port })
  })

  test('is found again on its own port when none is named', async () => {
    await startContainer({ state, port, region: 'eu-central-1' }, silent)
    await listens(port)

    const unnamed = settings({ port: undefined })
    expect(await localstack.find(unnamed)).toMatchObject({ port, healthy: true })
    expect(await localstack.up(unnamed, silent)).toMatchObject({ port, healthy: true })
  })

  test('that does not answer in time is stopped, and the end of its log is told', async () => {
    await startContainer({ state, port, region: 'eu-central-1' }, silent)

    await expect(awaitContainer({ state, port }, 50)).rejects.toMatchObject({
      message: `the container ${containerName(state)} did not answer on port ${port} within 0.05 s and was stopped`,
      remedy: expect.stringContaining('License activation failed'),
    })
    expect(await containerOf(state)).toEqual({ running: false, port })
  })

  test('that ended is told with the end of its log, stays for a look at the rest, and goes with the next start', async () => {
    vi.stubEnv('FAKE_FATE', 'ends')
    await expect(localstack.up(settings(), silent)).rejects.toMatchObject({
      message: `the container ${containerName(state)} ended`,
      remedy: expect.stringContaining('License activation failed'),
    })
    expect(await containerOf(state)).toEqual({ running: false, port })

    vi.stubEnv('FAKE_FATE', '')
    await startContainer({ state, port, region: 'eu-central-1' }, silent)
    expect(await containerOf(state)).toEqual({ running: true, port })
  })

  test('that ended goes with down, which stopped nothing', async () => {
    vi.stubEnv('FAKE_FATE', 'ends')
    await startContainer({ state, port, region: 'eu-central-1' }, silent)

    expect(await localstack.down(settings(), { purge: false }, silent)).toBe(false)
    expect(await containerOf(state)).toBeUndefined()
  })

  test('that never was is removed without a word to the engine but a look', async () => {
    await removeContainer(state)

    expect(verbs()).toEqual(['inspect'])
    expect(existsSync(join(folder, 'container'))).toBe(false)
  })
})
