import { expect, test } from 'vitest'
import type { Reading } from '../../../reactive/pressure.ts'
import { pressureReport } from '../../../reactive/pressure-report.ts'

const reporting = (report: (readings: readonly Reading[]) => Promise<void>) => {
  let now = 1_800_000_000_000
  const warnings: string[] = []
  const tell = pressureReport({
    report,
    clock: () => now,
    log: { warn: (text: string) => void warnings.push(text) } as never,
  })
  const pass = (ms: number) => {
    now += ms
  }
  return { tell, warnings, pass }
}

test('reports once a second, what came in between included', async () => {
  const reports: (readonly Reading[])[] = []
  const { tell, pass } = reporting(async (readings) => void reports.push(readings))
  await tell('inbox', [5])
  await tell('inbox', [100, 300])
  pass(1_000)
  await tell('inbox', [200])
  expect(reports.map((readings) => readings.map(({ queue, age }) => [queue, age]))).toEqual([
    [['inbox', 5]],
    [['inbox', 200]],
  ])
})

test('says nothing of a batch that came again', async () => {
  const reports: unknown[] = []
  await reporting(async (readings) => void reports.push(readings)).tell('inbox', [])
  expect(reports).toEqual([])
})

test('a report that fails stops nobody, and the next one is made', async () => {
  let tries = 0
  const { tell, warnings, pass } = reporting(async () => {
    tries++
    throw new Error('throttled')
  })
  await tell('inbox', [5])
  pass(1_000)
  await tell('inbox', [5])
  expect([tries, warnings.length]).toEqual([2, 2])
})
