import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { dataFolders, prepareState } from '../../../local/embedded/state.ts'
import { layout } from '../../../local/layout.ts'

let state: string
const tables = () => join(dataFolders(state).services, 'dynamodb.json')
const object = () => join(dataFolders(state).objects, '000000000000', 'bucket', 'key')
const put = (path: string, text: string) => {
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
}
const crash = () => put(join(layout(state).tmp, 'ministack-4566.pid'), '812')

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'state-'))
})
afterEach(() => rmSync(state, { recursive: true, force: true }))

describe('preparing what the emulator loads', () => {
  test('makes its folders on a first start', async () => {
    expect(await prepareState(state, 4566)).toBe('kept')
    expect(existsSync(dataFolders(state).services)).toBe(true)
    expect(existsSync(dataFolders(state).objects)).toBe(true)
  })

  test('lets the scripts below it be CommonJS, wherever the checkout lies', async () => {
    await prepareState(state, 4566)
    put(join(state, 'package.json'), '{ "type": "module" }')
    const script = join(layout(state).tmp, 'function', 'worker.js')
    put(script, "process.stdout.write(typeof require('node:fs'))")
    expect(spawnSync(process.execPath, [script], { encoding: 'utf8' }).stdout).toBe('object')
  })

  test('forgets how far streams were read, since the streams themselves are forgotten', async () => {
    await prepareState(state, 4566)
    const functions = join(dataFolders(state).services, 'lambda.json')
    const positions = (data: object) => ({ payload: { functions: 'kept', dynamodb_stream_positions: { data } } })
    put(functions, JSON.stringify(positions({ mapping: 12 })))

    await prepareState(state, 4566)

    expect(JSON.parse(readFileSync(functions, 'utf8'))).toEqual(positions({}))
  })

  test('keeps a state that was saved well', async () => {
    await prepareState(state, 4566)
    put(tables(), 'saved')

    expect(await prepareState(state, 4566)).toBe('kept')
    expect(readFileSync(tables(), 'utf8')).toBe('saved')
  })

  test('puts back the last consistent state after a crash', async () => {
    await prepareState(state, 4566)
    put(tables(), 'saved')
    put(object(), 'saved')
    await prepareState(state, 4566)
    put(tables(), 'half of it')
    put(object(), 'newer')
    put(`${object()}-more`, 'newer')
    crash()

    expect(await prepareState(state, 4566)).toBe('restored')
    expect(readFileSync(tables(), 'utf8')).toBe('saved')
    expect(readFileSync(object(), 'utf8')).toBe('saved')
    expect(existsSync(`${object()}-more`)).toBe(false)
  })

  test('puts it back as often as it crashes', async () => {
    await prepareState(state, 4566)
    put(tables(), 'saved')
    await prepareState(state, 4566)
    for (const run of [1, 2, 3]) {
      put(tables(), `run ${run}`)
      crash()
      await prepareState(state, 4566)
      expect(readFileSync(tables(), 'utf8')).toBe('saved')
    }
  })

  test('begins from nothing when the first run crashed', async () => {
    await prepareState(state, 4566)
    put(object(), 'written at once')
    crash()

    expect(await prepareState(state, 4566)).toBe('restored')
    expect(readdirSync(dataFolders(state).objects)).toEqual([])
  })

  test('forgets a crash once it is mended', async () => {
    await prepareState(state, 4566)
    crash()
    await prepareState(state, 4566)
    put(tables(), 'saved')

    expect(await prepareState(state, 4566)).toBe('kept')
    expect(readFileSync(tables(), 'utf8')).toBe('saved')
  })

  test('moves what knows its own address to another port', async () => {
    await prepareState(state, 4566)
    const written = (port: number) =>
      JSON.stringify({
        queue: `http://localhost:${port}/000000000000/payments`,
        nested: JSON.stringify({ url: `http://localhost:${port}/_aws/execute-api/abc` }),
        other: 'http://localhost:45660/',
      })
    put(tables(), written(4566))

    await prepareState(state, 4701)
    expect(readFileSync(tables(), 'utf8')).toBe(written(4701))

    await prepareState(state, 4566)
    expect(readFileSync(tables(), 'utf8')).toBe(written(4566))
  })

  test('moves a state that it had to put back', async () => {
    await prepareState(state, 4566)
    put(tables(), '"http://localhost:4566/queue"')
    await prepareState(state, 4566)
    crash()

    await prepareState(state, 4701)

    expect(readFileSync(tables(), 'utf8')).toBe('"http://localhost:4701/queue"')
  })

  test('clears what function processes left behind', async () => {
    put(join(layout(state).tmp, 'ministack-lambda-x', 'code', 'index.mjs'), 'x')

    await prepareState(state, 4566)

    expect(readdirSync(layout(state).tmp)).toEqual(['package.json'])
  })
})
