import { expect } from 'vitest'
import { gameday } from '../../cli/gameday/run.ts'
import { where } from './capability.ts'
import { system } from './world.ts'

where('watched')(
  'one alarm of every kind fires, tells, has its remedy act, and recovers',
  { timeout: 400_000 },
  async () => {
    const { proofs, unproven, composites } = await gameday({
      system,
      kinds: [],
      oneEach: true,
      scale: 30,
      note: (line) => void process.stderr.write(`${line}\n`),
    })

    expect(unproven.map((name) => proofs.find(({ alarm }) => alarm === name))).toEqual([])
    expect(new Set(proofs.map(({ kind }) => kind)).size).toBe(proofs.length)
    expect(composites.fired.length).toBeGreaterThan(3)
    expect(composites.cleared).toEqual(composites.fired)
  },
)
