import { describe, expect, test } from 'vitest'
import { createBundler, sourcesOf } from '../../../local/bundler.ts'

const imports = (...paths: string[]) => ({
  bytes: 1,
  imports: paths.map((path) => ({ path, kind: 'import-statement' as const })),
})

describe('the sources of a handler', () => {
  const inputs = {
    'functions/a.handler.ts': imports('functions/decide.ts', 'node_modules/zod/index.js'),
    'functions/b.handler.ts': imports('reactive/log.ts'),
    'functions/decide.ts': imports('events/order.ts'),
    'events/order.ts': imports('node_modules/zod/index.js', 'functions/decide.ts'),
    'reactive/log.ts': imports(),
    'node_modules/zod/index.js': imports('node_modules/zod/core.js'),
    'node_modules/zod/core.js': imports(),
  }

  test('are what it imports, directly or by a detour, also round in circles', () => {
    expect([...sourcesOf('functions/a.handler.ts', { inputs })].sort()).toEqual([
      'events/order.ts',
      'functions/a.handler.ts',
      'functions/decide.ts',
    ])
  })

  test('are not those of another handler', () => {
    expect(sourcesOf('functions/b.handler.ts', { inputs }).has('events/order.ts')).toBe(false)
  })
})

describe('bundling again', () => {
  test('links nothing that a change does not reach, and tells nothing that came out the same', async () => {
    const bundler = createBundler()

    const first = await bundler.rebuild([])
    const untouched = await bundler.rebuild(['functions/none.ts', 'README.md'])
    const touched = await bundler.rebuild(['functions/edge/openapi.handler.ts'])

    expect(first).toHaveProperty('changed')
    expect((first as { changed: Map<string, Uint8Array> }).changed.has('edge-openapi')).toBe(true)
    expect(untouched).toEqual({ changed: new Map() })
    expect(touched).toEqual({ changed: new Map() })
    // Every handler is linked, and the machine may be busy.
  }, 60_000)
})
