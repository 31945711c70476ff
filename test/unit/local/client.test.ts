import { expect, test } from 'vitest'
import { clientEnvironment, localClientConfig } from '../../../local/client.ts'

const config = localClientConfig({ port: 4701, region: 'eu-central-1' })

test('a local client speaks to the port on this machine as the local account', () => {
  expect(config).toEqual({
    region: 'eu-central-1',
    endpoint: 'http://localhost:4701',
    credentials: { accessKeyId: '000000000000', secretAccessKey: 'local' },
  })
})

test('nothing of the AWS settings of the user reaches a child process', () => {
  const inherited = {
    PATH: '/bin',
    AWS_PROFILE: 'production',
    AWS_SESSION_TOKEN: 'real',
    AWS_ACCESS_KEY_ID: 'AKIAREAL',
    AWS_ENDPOINT_URL_S3: 'https://s3.example',
    AWS_CONFIG_FILE: '/home/me/.aws/config',
  }

  const env = clientEnvironment(config, inherited)

  expect(env).toMatchObject({
    PATH: '/bin',
    AWS_ENDPOINT_URL: 'http://localhost:4701',
    AWS_ACCESS_KEY_ID: '000000000000',
    AWS_REGION: 'eu-central-1',
    AWS_DEFAULT_REGION: 'eu-central-1',
  })
  expect(env).not.toHaveProperty('AWS_PROFILE')
  expect(env).not.toHaveProperty('AWS_SESSION_TOKEN')
  expect(env.AWS_ENDPOINT_URL_S3).toBe('http://127.0.0.1:4701')
  expect(env.AWS_CONFIG_FILE).not.toBe(inherited.AWS_CONFIG_FILE)
})

test('a proxy is not asked for the way to this machine', () => {
  expect(clientEnvironment(config, { NO_PROXY: 'intranet' }).NO_PROXY).toBe('intranet,localhost,127.0.0.1')
  expect(clientEnvironment(config, {}).NO_PROXY).toBe('localhost,127.0.0.1')
})
