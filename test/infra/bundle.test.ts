import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { bundle, entryPoints } from '../../infra/constructs/bundle.ts'
import { bundles } from './support/app.ts'
import { resourcesOf, templatesOf, textOf } from './support/templates.ts'

/** Bytes of one handler, minified, SDK included. */
const budget = 500_000

const made: string[] = []
const folder = () => {
  const path = mkdtempSync(join(tmpdir(), 'neverstop-bundle-'))
  made.push(path)
  return path
}
afterAll(() => {
  for (const path of made) rmSync(path, { recursive: true, force: true })
})

const hashOf = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex')

describe('the name of a handler', () => {
  const tree = folder()
  const files = [
    'functions/payments/commands.handler.ts',
    'functions/payments/commands.ts',
    'functions/payments/deeper/other.handler.ts',
    'sagas/engine/sweeper.handler.ts',
    'sagas/operators/api.handler.ts',
    'sagas/fulfil.handler.ts',
  ]
  for (const file of files) {
    mkdirSync(dirname(join(tree, file)), { recursive: true })
    writeFileSync(join(tree, file), '')
  }

  test('is that of its context and its file', () => {
    expect(entryPoints(tree)).toEqual({
      'payments-commands': 'functions/payments/commands.handler.ts',
      'saga-api': 'sagas/operators/api.handler.ts',
      'saga-sweeper': 'sagas/engine/sweeper.handler.ts',
    })
  })
})

describe('a bundle', () => {
  const handlers = [...bundles()]

  test.each(handlers)('of %s is within the budget', (_name, path) => {
    expect(statSync(join(path, 'index.mjs')).size).toBeLessThanOrEqual(budget)
  })

  test.each(handlers)('of %s is all that its function gets', (_name, path) => {
    expect(readdirSync(path)).toEqual(['index.mjs'])
  })

  test('depends on nothing but its sources', () => {
    const [name, file] = Object.entries(entryPoints()).find(([name]) => name === 'edge-openapi')!
    const [one, other] = [folder(), folder()].map((path) => bundle(path, { [name]: file }).get(name)!)
    expect(hashOf(join(one!, 'index.mjs'))).toBe(hashOf(join(other!, 'index.mjs')))
    expect(hashOf(join(one!, 'index.mjs'))).toBe(hashOf(join(bundles().get(name)!, 'index.mjs')))
  })

  test('names what does not build', () => {
    const path = folder()
    writeFileSync(join(path, 'broken.ts'), "import { nothing } from './nowhere.ts'\nnothing()\n")
    expect(() => bundle(path, { broken: join(path, 'broken.ts') })).toThrow('./nowhere.ts')
  })
})

describe('a cold start', () => {
  const templates = templatesOf('dev')
  /** A variable as the function would see it, as far as its form matters at start-up. */
  const seen = (stack: string, value: unknown) => {
    if (typeof value === 'object' && value !== null) {
      // The only such value that stands alone is the issuer's address.
      if ('Fn::ImportValue' in value) return 'https://issuer.example.com'
      if ('Ref' in value && templates[stack]!.Resources[value.Ref as string]?.Type === 'AWS::SNS::Topic')
        return 'arn:aws:sns:eu-central-1:111111111111:topic'
    }
    return textOf(templates[stack]!, value)
  }
  const functions = resourcesOf(templates, 'AWS::Lambda::Function').map(({ stack, Properties }) => {
    const variables = Object.entries(Properties.Environment.Variables as Record<string, unknown>)
    const environment = Object.fromEntries(variables.map(([name, value]) => [name, seen(stack, value)]))
    return [environment.NEVERSTOP_HANDLER as string, environment] as const
  })

  // What Lambda itself sets, so that the SDK finds a region and credentials.
  const lambda = {
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'x',
    AWS_SECRET_ACCESS_KEY: 'x',
    AWS_SESSION_TOKEN: 'x',
    AWS_LAMBDA_FUNCTION_NAME: 'x',
    AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '256',
  }

  test.each(functions)(
    'of %s needs nothing that its stack does not give it, and loads no client of Node’s own',
    (handler, environment) => {
      const module = join(bundles().get(handler)!, 'index.mjs')
      const script = `const { handler } = await import(${JSON.stringify(module)})
      const clients = process.moduleLoadList.filter((name) => name.includes('undici'))
      console.log(JSON.stringify({ handler: typeof handler, clients }))
      process.exit(0)`
      const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
        env: { ...lambda, ...environment },
        encoding: 'utf8',
      })
      // The stack of a minified module fills pages; the error's own line says it all.
      expect(stderr.split('\n').filter((line) => /^\w*Error/.test(line))).toEqual([])
      expect(status).toBe(0)
      // The authorizer fetches its issuer's keys.
      const clients = handler === 'edge-authorizer' ? [expect.stringContaining('undici')] : []
      expect(JSON.parse(stdout)).toEqual({ handler: 'function', clients })
    },
  )
})
