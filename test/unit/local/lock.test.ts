import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { withLock } from '../../../local/lock.ts'

let folder: string
let file: string
const quiet = () => undefined

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'))
  file = join(folder, 'state', 'cloud.lock')
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('only one works at a time, and the other is told to wait', async () => {
  const events: string[] = []
  const work = (name: string) => async () => {
    events.push(`${name} begins`)
    await sleep(60)
    events.push(`${name} ends`)
  }

  const first = withLock(file, quiet, work('a'))
  await sleep(40)
  const told: string[] = []
  await Promise.all([first, withLock(file, (line) => told.push(line), work('b'))])

  expect(events).toEqual(['a begins', 'a ends', 'b begins', 'b ends'])
  expect(told).toEqual([expect.stringContaining(`(pid ${process.pid})`)])
})

test('gives what the work gives and leaves nothing behind', async () => {
  expect(await withLock(file, quiet, async () => 42)).toBe(42)
  expect(readdirSync(join(folder, 'state'))).toEqual([])
})

test('is given back when the work fails', async () => {
  await expect(withLock(file, quiet, () => Promise.reject(new Error('no')))).rejects.toThrow('no')
  expect(existsSync(file)).toBe(false)
})

test('is taken over from a holder that is gone', async () => {
  await withLock(file, quiet, async () => undefined)
  writeFileSync(file, JSON.stringify({ pid: 2 ** 30, startedAt: '1' }))

  expect(await withLock(file, quiet, async () => 'mine')).toBe('mine')
})

test('is taken over from a process that only has the number of the holder', async () => {
  await withLock(file, quiet, async () => undefined)
  writeFileSync(file, JSON.stringify({ pid: process.pid, startedAt: 'another time' }))

  expect(await withLock(file, quiet, async () => 'mine')).toBe('mine')
})
