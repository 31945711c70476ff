import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { hostEnvironment, pluginFolder } from '../../../local/localstack/environment.ts'

const env = (inherited: NodeJS.ProcessEnv = {}) => hostEnvironment({ state: '/tmp/there', port: 4701 }, inherited)

describe('the environment of LocalStack in host mode', () => {
  test('binds it to this machine and answers under the name that functions use', () => {
    expect(env()).toMatchObject({ GATEWAY_LISTEN: '127.0.0.1:4701', LOCALSTACK_HOST: 'localhost:4701' })
  })

  test('lets it write into its state folder only', () => {
    const { TMPDIR, FILESYSTEM_ROOT, XDG_CACHE_HOME, DOCKER_HOST } = env()

    for (const path of [TMPDIR, FILESYSTEM_ROOT, XDG_CACHE_HOME]) expect(path).toMatch(/^\/tmp\/there\//)
    expect(DOCKER_HOST).toMatch(/^unix:\/\/\/tmp\/there\//)
  })

  test('keeps it from pretending: what CloudFormation cannot create is refused', () => {
    expect(env().CFN_IGNORE_UNSUPPORTED_RESOURCE_TYPES).toBe('0')
  })

  test('needs neither Java nor a licence: tables are played by moto', () => {
    expect(env()).toMatchObject({ PROVIDER_OVERRIDE_DYNAMODB: 'moto', PROVIDER_OVERRIDE_DYNAMODBSTREAMS: 'moto' })
  })

  test('is the same whatever the user has set', () => {
    const inherited = { AWS_PROFILE: 'production', LOCALSTACK_AUTH_TOKEN: 'secret', SERVICES: 's3', DEBUG: '1' }

    expect(env(inherited)).toEqual(env())
  })
})

describe('the plugin', () => {
  const read = (...path: string[]) => readFileSync(join(pluginFolder, ...path), 'utf8')

  test('is found by its entry points, each of which exists', () => {
    const entries = [...read('neverstop_localstack-1.0.dist-info', 'entry_points.txt').matchAll(/= ([\w.]+):(\w+)$/gm)]

    expect(entries.length).toBeGreaterThanOrEqual(6)
    for (const [, module, name] of entries) {
      const file = join(...module!.split('.')).concat('.py')
      expect(existsSync(join(pluginFolder, file)), file).toBe(true)
      expect(read(file)).toMatch(new RegExp(`^(class|def) ${name}\\b`, 'm'))
    }
  })

  test('has the executor and the providers under the names that the environment asks for', () => {
    const entries = read('neverstop_localstack-1.0.dist-info', 'entry_points.txt')

    expect(entries).toMatch(/runtime_executor\]\nprocess = /)
    expect(entries).toMatch(/^dynamodb:moto = /m)
    expect(entries).toMatch(/^dynamodbstreams:moto = /m)
  })
})
