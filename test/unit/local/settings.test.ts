import { join, resolve } from 'node:path'
import { describe, expect, test } from 'vitest'
import { stageKinds } from '../../../infra/stages.ts'
import { checkout, kindsOfStage, parsePort, readSettings } from '../../../local/settings.ts'

describe('settings', () => {
  test('have defaults for everything but the port, which a running cloud may know', () => {
    expect(readSettings({}, {})).toEqual({
      backend: 'embedded',
      port: undefined,
      state: join(checkout, '.neverstop'),
      stage: 'local',
      region: 'eu-central-1',
    })
  })

  test('are read from the environment', () => {
    const env = {
      NEVERSTOP_PORT: '4701',
      NEVERSTOP_STATE: '/tmp/there',
      NEVERSTOP_STAGE: 'local-night',
      NEVERSTOP_CLOUD: 'embedded',
      AWS_REGION: 'eu-west-1',
    }

    expect(readSettings({}, env)).toEqual({
      backend: 'embedded',
      port: 4701,
      state: '/tmp/there',
      stage: 'local-night',
      region: 'eu-west-1',
    })
  })

  test('prefer what the command line says', () => {
    const env = { NEVERSTOP_PORT: '4701', NEVERSTOP_STATE: '/tmp/there' }

    expect(readSettings({ port: 5000, state: '/tmp/here' }, env)).toMatchObject({ port: 5000, state: '/tmp/here' })
  })

  test('have a folder for each backend, so that two may run', () => {
    expect(readSettings({ cloud: 'localstack' }, {}).state).toBe(join(checkout, '.neverstop', 'localstack'))
    expect(readSettings({ cloud: 'localstack', state: '/tmp/here' }, {}).state).toBe('/tmp/here')
  })

  test('know where another emulator is and how LocalStack is to run', () => {
    const env = { NEVERSTOP_ENDPOINT: 'http://localhost:9000/', NEVERSTOP_LOCALSTACK: 'host' }

    expect(readSettings({}, env)).toMatchObject({ endpoint: 'http://localhost:9000', localstack: 'host' })
  })

  test('take a relative state folder from where the user stands', () => {
    expect(readSettings({ state: 'scratch' }, {}).state).toBe(resolve('scratch'))
  })
})

describe('what is not understood', () => {
  test.each([
    [
      'a variable',
      {},
      { NEVERSTOP_PROT: '1' },
      "'NEVERSTOP_PROT' is not a variable of neverstop; did you mean 'NEVERSTOP_PORT'?",
    ],
    ['a backend', { cloud: 'embeded' }, {}, "'embeded' is not a backend of this checkout; did you mean 'embedded'?"],
    [
      'a backend that is not built',
      { cloud: 'azure' },
      {},
      "'azure' is not a backend of this checkout. Valid: embedded, localstack, endpoint, aws",
    ],
    ['a port', {}, { NEVERSTOP_PORT: 'http' }, "NEVERSTOP_PORT is 'http', which is not a port from 1 to 65535"],
    ['a way', {}, { NEVERSTOP_LOCALSTACK: 'hots' }, "'hots' is not a way to run LocalStack; did you mean 'host'?"],
    ['an endpoint', {}, { NEVERSTOP_ENDPOINT: 'here' }, "NEVERSTOP_ENDPOINT is 'here', which is not a URL"],
    ['a stage', { stage: 'Prod' }, {}, "'Prod' is not a stage"],
    ['a stage of no kind', { stage: 'porduct' }, {}, "'porduct' is not a kind of stage. Valid: local, dev, test, prod"],
    ['a kind of stage', { stage: 'dve-anna' }, {}, "'dve' is not a kind of stage; did you mean 'dev'?"],
    [
      'a kind of stage in an account',
      { cloud: 'aws', stage: 'lcal' },
      {},
      "'lcal' is not a kind of stage. Valid: dev, test, prod",
    ],
  ])('is refused by name: %s', (_, chosen, env, message) => {
    expect(() => readSettings(chosen, env)).toThrow(
      expect.objectContaining({ exitCode: 2, message: expect.stringContaining(message) }),
    )
  })

  test('does not include variables of others', () => {
    expect(() => readSettings({}, { NEVERSTOPPING: '1', PATH: '/bin' })).not.toThrow()
  })
})

test('stages are of the kinds that can be synthesized', () => {
  expect(kindsOfStage).toEqual(stageKinds)
  for (const kind of stageKinds) {
    expect(readSettings({ stage: kind }, {}).stage).toBe(kind)
    expect(readSettings({ stage: `${kind}-anna` }, {}).stage).toBe(`${kind}-anna`)
  }
})

describe('a port', () => {
  test.each([
    ['1', 1],
    ['4566', 4566],
    ['65535', 65535],
  ])('%s is one', (word, port) => {
    expect(parsePort(word)).toBe(port)
  })

  test.each(['0', '65536', '-1', '80.5', '', ' 80', '0x50', '1e3', '999999'])("'%s' is none", (word) => {
    expect(parsePort(word)).toBeUndefined()
  })
})
