import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { newsIn } from '../../../local/cdk.ts'
import { inputsHash } from '../../../local/synth.ts'

let root: string
const put = (path: string, text: string) => {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}
const hash = (context = { stage: 'local' }) => inputsHash(context, root)

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'inputs-'))
  put('infra/app.ts', 'app')
  put('functions/payments/commands.handler.ts', 'handler')
  put('package-lock.json', '{}')
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

describe('the hash of what a synthesis reads', () => {
  test('is the same for the same contents', async () => {
    const before = await hash()
    put('infra/app.ts', 'app')

    expect(await hash()).toBe(before)
  })

  test.each([
    ['a changed source', () => put('infra/app.ts', 'another')],
    ['a new source', () => put('sagas/return-order.ts', 'saga')],
    ['a moved source', () => rmSync(join(root, 'infra/app.ts')) ?? put('infra/main.ts', 'app')],
    ['another lock file', () => put('package-lock.json', '{"a":1}')],
    ['a removed source', () => rmSync(join(root, 'functions'), { recursive: true })],
  ])('changes with %s', async (_, change) => {
    const before = await hash()
    change()

    expect(await hash()).not.toBe(before)
  })

  test('changes with the context, but not with its order', async () => {
    expect(await hash({ stage: 'local' })).not.toBe(await hash({ stage: 'dev' }))
    expect(await inputsHash({ a: '1', b: '2' }, root)).toBe(await inputsHash({ b: '2', a: '1' }, root))
  })

  test.each(['docs/page.md', 'functions/README.md', 'test/unit/x.test.ts'])('does not change with %s', async (path) => {
    const before = await hash()
    put(path, 'text')

    expect(await hash()).toBe(before)
  })
})

describe('the news in a line of the CDK', () => {
  test.each([
    [' ✅  neverstop-local-edge', '✅ neverstop-local-edge'],
    ['✅  edge (neverstop-local-edge) (no changes)', '✅ edge (neverstop-local-edge) (no changes)'],
    [' ❌  neverstop-local-edge failed: Error: x', '❌ neverstop-local-edge failed: Error: x'],
    [
      'neverstop-local-edge | 3/26 | 2:26:50 PM | CREATE_FAILED        | AWS::SQS::Queue | Queue (Queue1) no',
      'CREATE_FAILED AWS::SQS::Queue Queue (Queue1) no',
    ],
  ])('of %j', (line, news) => {
    expect(newsIn(line)).toBe(news)
  })

  test.each([
    '',
    'neverstop-local-edge: success: Built auth/Code',
    'neverstop-local-edge |  3/26 | 2:26:50 PM | CREATE_COMPLETE | AWS::SQS::Queue | Queue (Queue1)',
    '✨  Deployment time: 0.07s',
  ])('are none in %j', (line) => {
    expect(newsIn(line)).toBeUndefined()
  })
})
