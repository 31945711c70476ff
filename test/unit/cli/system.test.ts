import type { Stack } from '@aws-sdk/client-cloudformation'
import { describe, expect, test } from 'vitest'
import { describeSystem, findApiUrl } from '../../../cli/system.ts'
import { localClientConfig } from '../../../local/client.ts'

const stack = (name: string, outputs: Record<string, string> = {}): Stack => ({
  StackName: `neverstop-local-${name}`,
  CreationTime: new Date(0),
  StackStatus: 'CREATE_COMPLETE',
  Outputs: Object.entries(outputs).map(([OutputKey, OutputValue]) => ({ OutputKey, OutputValue })),
})
const where = {
  cloud: { backend: 'embedded', clientConfig: localClientConfig({ port: 4566, region: 'eu-central-1' }) },
  stage: 'local',
  state: '/state',
} as const

describe('the system that stacks describe', () => {
  test('has the API, every output and how to reach it', () => {
    const stacks = [
      stack('edge', { ApiUrl: 'http://localhost/api/v1/' }),
      stack('payments', { PaymentsTable: 'T' }),
      stack('sagas'),
    ]

    expect(describeSystem(stacks, where)).toEqual({
      stage: 'local',
      backend: 'embedded',
      region: 'eu-central-1',
      clientConfig: where.cloud.clientConfig,
      apiUrl: 'http://localhost/api/v1',
      outputs: {
        'neverstop-local-edge': { ApiUrl: 'http://localhost/api/v1/' },
        'neverstop-local-payments': { PaymentsTable: 'T' },
        'neverstop-local-sagas': {},
      },
      state: '/state',
    })
  })

  test('is that of the stage, and not of another that is called alike', () => {
    const other = { ...stack('edge', { ApiUrl: 'http://localhost/other/v1/' }), StackName: 'neverstop-local-b-edge' }
    const found = describeSystem([other, stack('edge', { ApiUrl: 'http://localhost/api/v1/' })], where)
    expect(found.apiUrl).toBe('http://localhost/api/v1')
    expect(Object.keys(found.outputs)).toEqual(['neverstop-local-edge'])
    expect(() => describeSystem([other], where)).toThrow('not deployed')
  })

  test('is refused when the API is not there', () => {
    expect(() => describeSystem([stack('payments')], where)).toThrow(
      expect.objectContaining({
        message: "stage 'local' is not deployed: none of its 1 stacks has an output ApiUrl",
        remedy: expect.stringContaining('neverstop up'),
      }),
    )
  })
})

test('a stage that may be in an account is refused with the word for that', () => {
  expect(() => describeSystem([], { ...where, stage: 'prod' })).toThrow(
    expect.objectContaining({
      remedy: "deploy it with './neverstop up', or say '--cloud aws' for a stage in an account",
    }),
  )
})

test('the API is none among stacks without it', () => {
  expect(findApiUrl([stack('edge', { ApiUrl: '' }), stack('sagas')])).toBeUndefined()
})
