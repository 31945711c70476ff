import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { bugs } from './bugs.ts'
import { huntFor } from './hunting.ts'
import { run } from './run.ts'
import { missedIn } from './summary.ts'

describe('the production code on a simulated cloud', () => {
  test('loses nothing in ten thousand sagas under every fault', { timeout: 1_200_000 }, () => {
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['test/simulation/main.ts', '--sagas', '10000', '--seed', '1', '--json'],
      { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 },
    )
    expect(stdout, stderr).not.toBe('')
    const sum = JSON.parse(stdout)
    expect(sum.violations).toEqual([])
    expect(sum.sagas).toBeGreaterThanOrEqual(10_000)
    // A search that only ever saw one end, or never met a fault, would prove little.
    expect(Math.min(sum.done, sum.undone)).toBeGreaterThan(sum.sagas / 10)
    expect(missedIn(sum)).toEqual([])
  })

  test('gives the same run to the letter for the same seed', async () => {
    const [once, again] = [await run(7, { transcript: true }), await run(7, { transcript: true })]
    expect(again).toEqual(once)
    expect(once.transcript.length).toBeGreaterThan(20)
  })

  test('gives it again from the list of its faults and actors', async () => {
    const once = await run(7)
    const replayed = await run(7, { strokes: new Set(once.strokes), actors: new Set(once.cast.keys()) })
    expect(replayed).toEqual(once)
  })
})

// Each hunts in a process of its own; this file ends last, and no core shall wait for another.
describe.concurrent('the proof is proved: the simulation finds', () => {
  test.each(bugs.map(({ name, breaks }) => [name, breaks]))('%s (%s)', { timeout: 600_000 }, async (name) => {
    expect(await huntFor(name, 1_000)).toMatchObject({ seed: expect.any(Number), violation: expect.any(String) })
  })
})
