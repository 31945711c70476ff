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
    expect(await prepareState(state)).toBe('kept')
    expect(existsSync(dataFolders(state).services)).toBe(true)
    expect(existsSync(dataFolders(state).objects)).toBe(true)
  })

  test('keeps a state that was saved well', async () => {
    await prepareState(state)
    put(tables(), 'saved')

    expect(await prepareState(state)).toBe('kept')
    expect(readFileSync(tables(), 'utf8')).toBe('saved')
  })

  test('puts back the last consistent state after a crash', async () => {
    await prepareState(state)
    put(tables(), 'saved')
    put(object(), 'saved')
    await prepareState(state)
    put(tables(), 'half of it')
    put(object(), 'newer')
    put(`${object()}-more`, 'newer')
    crash()

    expect(await prepareState(state)).toBe('restored')
    expect(readFileSync(tables(), 'utf8')).toBe('saved')
    expect(readFileSync(object(), 'utf8')).toBe('saved')
    expect(existsSync(`${object()}-more`)).toBe(false)
  })

  test('puts it back as often as it crashes', async () => {
    await prepareState(state)
    put(tables(), 'saved')
    await prepareState(state)
    for (const run of [1, 2, 3]) {
      put(tables(), `run ${run}`)
      crash()
      await prepareState(state)
      expect(readFileSync(tables(), 'utf8')).toBe('saved')
    }
  })

  test('begins from nothing when the first run crashed', async () => {
    await prepareState(state)
    put(object(), 'written at once')
    crash()

    expect(await prepareState(state)).toBe('restored')
    expect(readdirSync(dataFolders(state).objects)).toEqual([])
  })

  test('forgets a crash once it is mended', async () => {
    await prepareState(state)
    crash()
    await prepareState(state)
    put(tables(), 'saved')

    expect(await prepareState(state)).toBe('kept')
    expect(readFileSync(tables(), 'utf8')).toBe('saved')
  })

  test('clears what function processes left behind', async () => {
    put(join(layout(state).tmp, 'ministack-lambda-x', 'code', 'index.mjs'), 'x')

    await prepareState(state)

    expect(readdirSync(layout(state).tmp)).toEqual([])
  })
})
