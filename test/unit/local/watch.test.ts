import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { watchTree } from '../../../local/watch.ts'

let folder: string
let told: string[]
let watching: { close: () => void }

const write = (path: string, text = 'x') => writeFileSync(join(folder, path), text)
/** As many editors save: aside, then renamed over the old one. */
const replace = (path: string) => {
  write(`${path}~`)
  renameSync(join(folder, `${path}~`), join(folder, path))
}
const toldOf = (path: string) => vi.waitFor(() => expect(told).toContain(path), { timeout: 5_000, interval: 5 })

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'watch-'))
  mkdirSync(join(folder, 'payments', 'deep'), { recursive: true })
  write('payments/decide.ts')
  write('payments/deep/below.ts')
  told = []
  watching = watchTree(folder, (path) => told.push(path))
})
afterEach(() => {
  watching.close()
  rmSync(folder, { recursive: true, force: true })
})

test('a file that is written in place is told, at any depth', async () => {
  write('payments/deep/below.ts', 'y')

  await toldOf('payments/deep/below.ts')
})

test('a file that is replaced is told each time', async () => {
  for (const _ of [1, 2, 3]) {
    told.length = 0
    replace('payments/decide.ts')
    await toldOf('payments/decide.ts')
  }
})

test('a new file is told', async () => {
  write('payments/new.ts')

  await toldOf('payments/new.ts')
})

test('what a new directory holds is told, then and later', async () => {
  mkdirSync(join(folder, 'shipping'))
  write('shipping/decide.ts')
  await toldOf('shipping/decide.ts')

  told.length = 0
  write('shipping/decide.ts', 'y')
  await toldOf('shipping/decide.ts')
})

test('a directory that goes and comes back is watched again', async () => {
  rmSync(join(folder, 'payments'), { recursive: true })
  await toldOf('payments/decide.ts')
  mkdirSync(join(folder, 'payments'))
  write('payments/again.ts')

  await toldOf('payments/again.ts')
})

test('nothing is told once it is closed', async () => {
  watching.close()
  write('payments/decide.ts', 'y')
  const other = watchTree(folder, (path) => told.push(`other: ${path}`))
  write('payments/decide.ts', 'z')
  await toldOf('other: payments/decide.ts')
  other.close()

  expect(told.filter((path) => !path.startsWith('other: '))).toEqual([])
})
