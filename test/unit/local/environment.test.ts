import { delimiter, join } from 'node:path'
import { expect, test } from 'vitest'
import { emulatorEnvironment } from '../../../local/embedded/environment.ts'
import { checkout } from '../../../local/settings.ts'

const env = (inherited: NodeJS.ProcessEnv = {}) =>
  emulatorEnvironment({ state: '/tmp/there', port: 4701, region: 'eu-west-1' }, inherited)

test('the cloud listens on this machine only, and enforces IAM', () => {
  expect(env()).toMatchObject({ GATEWAY_PORT: '4701', BIND_HOST: '127.0.0.1', AUTH: 'true' })
})

test('everything that it writes lies in its state folder', () => {
  const { STATE_DIR, S3_DATA_DIR, TMPDIR, DOCKER_HOST } = env()

  for (const path of [STATE_DIR, S3_DATA_DIR, TMPDIR]) expect(path).toMatch(/^\/tmp\/there\//)
  expect(DOCKER_HOST).toMatch(/^unix:\/\/\/tmp\/there\//)
})

test('functions run on the Node of the checkout', () => {
  expect(env({ PATH: '/usr/bin' }).PATH).toBe([join(checkout, 'node_modules', '.bin'), '/usr/bin'].join(delimiter))
})

test('nothing else of the user reaches it', () => {
  const inherited = {
    AWS_PROFILE: 'production',
    AWS_ACCESS_KEY_ID: 'AKIAREAL',
    AUTH: 'false',
    LOG_LEVEL: 'DEBUG',
    SERVICES: 's3',
  }

  expect(env(inherited)).toEqual(env())
})
