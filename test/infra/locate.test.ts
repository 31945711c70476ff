import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { entryPoints } from '../../infra/constructs/bundle.ts'
import { locate } from '../../infra/locate.ts'
import { bundles } from './support/app.ts'

const handler = 'payments-commands'
const file = entryPoints()[handler]!

/** The stack of a function that ends at its start, for want of an environment. */
const failing = () => {
  const module = join(bundles().get(handler)!, 'index.mjs')
  const script = `await import(${JSON.stringify(module)}).catch(({ stack }) => console.log(stack))`
  return spawnSync(process.execPath, ['--input-type=module', '-e', script], { env: {}, encoding: 'utf8' }).stdout
}

/** The line of a source that a located stack points at. */
const lineAt = (stack: string, source: string) => {
  const [, line] = new RegExp(`${source}:(\\d+):`).exec(stack) ?? []
  return readFileSync(source, 'utf8').split('\n')[Number(line) - 1]
}

describe('a stack trace of a bundle', () => {
  test('points at the lines of the sources that it was made of', () => {
    const stack = failing()
    expect(stack).toContain('index.mjs:')

    const located = locate(file, stack)

    expect(located).not.toContain('index.mjs:')
    expect(lineAt(located, 'reactive/environment.ts')).toContain('throw new Error')
    expect(lineAt(located, 'functions/payments/environment.ts')).toContain('environment({')
    expect(lineAt(located, file)).toContain('commandsEnvironment()')
  })

  test('keeps what it says besides', () => {
    const stack = 'Error: no\n    at c (file:///var/task/index.mjs:1:10)\n    at node:internal/timers:520:9'
    expect(locate(file, stack)).toBe(stack)
  })
})

describe('neverstop locate', () => {
  const run = (name: string, input: string) =>
    spawnSync(process.execPath, ['cli/main.ts', 'locate', name], { input, encoding: 'utf8' })

  test('reads the trace where it is piped in', () => {
    const { status, stdout } = run(handler, failing())
    expect(status).toBe(0)
    expect(stdout).toContain('functions/payments/environment.ts:')
  })

  test('refuses a function that there is not, naming the nearest', () => {
    const { status, stderr } = run('payment-commands', '')
    expect(status).toBe(2)
    expect(stderr).toContain("did you mean 'payments-commands'?")
  })
})
