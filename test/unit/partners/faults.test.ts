import { describe, expect, test } from 'vitest'
import { cached, dynamoFaults, noFaults } from '../../../functions/partners/faults.ts'

const reader = () => {
  let now = 0
  let reads = 0
  const faults = cached(
    async () => {
      reads++
      return { ...noFaults, latencyMs: reads }
    },
    () => now,
  )
  return {
    faults,
    pass: (ms: number) => {
      now += ms
    },
    reads: () => reads,
  }
}

describe('the fault switches', () => {
  test('are read once for all requests of a moment', async () => {
    const { faults, pass, reads } = reader()
    await Promise.all([faults('swift'), faults('swift')])
    pass(199)
    await faults('swift')
    expect(reads()).toBe(1)
  })

  test('are read again after a moment, and for each partner', async () => {
    const { faults, pass, reads } = reader()
    await faults('swift')
    await faults('steady')
    pass(200)
    expect((await faults('swift')).latencyMs).toBe(3)
    expect(reads()).toBe(3)
  })

  test('are read again after a failure', async () => {
    let fails = true
    const faults = cached(
      async () => {
        if (fails) throw new Error('throttled')
        return noFaults
      },
      () => 0,
    )
    await expect(faults('swift')).rejects.toThrow('throttled')
    fails = false
    expect(await faults('swift')).toEqual(noFaults)
  })

  const table = (Item: unknown) => dynamoFaults({ send: async () => ({ Item }) } as never, 'faults', () => 0)

  test('are all off where nothing is set, and where it is not understood', async () => {
    expect(await table(undefined)('swift')).toEqual(noFaults)
    expect(await table({ partner: 'swift', errorRate: 7 })('swift')).toEqual(noFaults)
  })

  test('need only name what is on', async () => {
    expect(await table({ partner: 'swift', down: true })('swift')).toEqual({ ...noFaults, down: true })
  })
})
