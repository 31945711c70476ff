import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { bugs } from './bugs.ts'
import { run } from './run.ts'
import { faultKinds } from './world.ts'

const node = (args: readonly string[], env: NodeJS.ProcessEnv = {}) =>
  spawnSync(process.execPath, args, { encoding: 'utf8', env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 })

describe('the production code on a simulated cloud', () => {
  test('loses nothing in twenty thousand sagas under every fault', { timeout: 400_000 }, () => {
    const { stdout, stderr } = node(['test/simulation/main.ts', '--sagas', '20000', '--seed', '1', '--json'])
    expect(stdout, stderr).not.toBe('')
    const { sagas, done, undone, faults, violations } = JSON.parse(stdout)
    expect(violations).toEqual([])
    expect(sagas).toBe(20_000)
    // A search that only ever saw one end, or never met a fault, would prove little.
    expect(Math.min(done, undone)).toBeGreaterThan(sagas / 10)
    expect(faultKinds.filter((kind) => !faults[kind])).toEqual([])
  })

  test('gives the same run to the letter for the same seed', async () => {
    const [once, again] = [await run(7, { transcript: true }), await run(7, { transcript: true })]
    expect(again).toEqual(once)
    expect(once.transcript.length).toBeGreaterThan(20)
  })
})

describe('the proof is proved: the simulation finds', () => {
  test.each(bugs.map(({ name, breaks }) => [name, breaks]))('%s (%s)', { timeout: 200_000 }, (name) => {
    const { stdout, stderr } = node(['--import', './test/simulation/plant.ts', 'test/simulation/hunt.ts', '1000'], {
      NEVERSTOP_BUG: name,
    })
    expect(stderr).toBe('')
    expect(JSON.parse(stdout)).toMatchObject({ seed: expect.any(Number), violation: expect.any(String) })
  })
})
