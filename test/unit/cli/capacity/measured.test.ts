import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { measuredPoints, pointsOf } from '../../../../cli/capacity/measured.ts'

const step = (from: number, to: number, ended: number, underWay: number) => ({ from, to, ended, underWay })

describe('the points of a load run', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'neverstop-points-'))
  })
  afterAll(() => rm(folder, { recursive: true }))
  const kept = async (text: string) => {
    const path = join(folder, 'result.json')
    await writeFile(path, text)
    return measuredPoints(path)
  }

  test('are throughput, and how many were under way', () => {
    expect(pointsOf([step(0, 10, 20, 1), step(10, 20, 40, 6)])).toEqual([
      { load: 1, throughput: 2 },
      { load: 6, throughput: 4 },
    ])
  })

  test('leave out steps in which nothing ended', () => {
    expect(pointsOf([step(0, 10, 0, 0), step(10, 10, 5, 1)])).toEqual([])
  })

  test('are read from a kept result', async () => {
    const steps = [step(0, 10, 20, 1), step(10, 20, 40, 4), step(20, 30, 50, 10)]
    expect(await kept(JSON.stringify({ steps, goodput: 3 }))).toHaveLength(3)
  })

  test.each([
    ['no json', 'it is not JSON'],
    ['{}', 'is no result of a load run with steps'],
    ['{"steps":[]}', '0 steps had orders that ended, it takes three'],
  ])('are not read from %j', async (text, words) => {
    await expect(kept(text)).rejects.toThrow(words)
  })

  test('are not read from a file that is not there', async () => {
    await expect(measuredPoints(join(folder, 'nowhere.json'))).rejects.toThrow('ENOENT')
  })
})
