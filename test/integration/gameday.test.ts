import { expect } from 'vitest'
import { gameday } from '../../cli/gameday/run.ts'
import { where } from './capability.ts'
import { system } from './world.ts'

// First of all, while every valve is open.
where('watched')(
  'one cause pages once: the acquirer is gone, and everything else stays under that',
  { timeout: 300_000 },
  async () => {
    const { proofs, pages } = await gameday({
      system,
      kinds: ['breaker-open'],
      oneEach: true,
      scale: 60,
      note: (line) => void process.stderr.write(`${line}\n`),
    })

    expect(proofs).toMatchObject([{ kind: 'breaker-open', by: 'the system', proven: true }])
    expect(pages.critical).toHaveLength(1)
    expect(pages.major ?? []).toEqual([])
  },
)

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
