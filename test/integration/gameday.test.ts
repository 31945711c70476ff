import { afterAll, expect, inject, test } from 'vitest'
import { kindOf } from '../../cli/gameday/faults.ts'
import { type GamedayOptions, gameday } from '../../cli/gameday/run.ts'
import { readStacks } from '../../local/assembly.ts'
import { layout } from '../../local/layout.ts'
import { alarmsIn } from '../../local/watch/alarms.ts'
import { shareMachine } from '../sharing.ts'
import { where } from './capability.ts'
import { expectConservation, system } from './world.ts'

/** The file runs before all others of its level, while nothing has been broken yet: `test/sequence.ts`. */
const aGameday = (options: Pick<GamedayOptions, 'kinds' | 'scale' | 'patience'>) =>
  gameday({ ...options, system, oneEach: true, note: (line) => void process.stderr.write(`${line}\n`) })

where('watched')(
  'one alarm of every kind fires, tells, has its remedy act, and recovers',
  { timeout: 300_000 },
  async () => {
    const metric = alarmsIn(await readStacks(layout(system.state).assembly)).filter(({ kind }) => kind === 'metric')
    // The kind whose fault disturbs all others has a test of its own, after this one: orders that wait for the acquirer
    // would bring on what nobody has asked for.
    const kinds = [...new Set(metric.map(kindOf))].filter((kind) => kind !== 'breaker-open')
    const { proofs, unproven, composites } = await aGameday({ kinds, scale: 30, patience: 0 })

    expect(unproven.map((name) => proofs.find(({ alarm }) => alarm === name))).toEqual([])
    expect(proofs.map(({ kind }) => kind).toSorted()).toEqual(kinds.toSorted())
    expect(composites.fired.length).toBeGreaterThan(3)
    expect(composites.cleared).toEqual(composites.fired)
  },
)

where('watched')(
  'one cause pages once: the acquirer is gone, and everything else stays under that',
  { timeout: 200_000 },
  async () => {
    const { proofs, pages } = await aGameday({ kinds: ['breaker-open'], scale: 30, patience: 60_000 })

    expect(proofs).toMatchObject([{ kind: 'breaker-open', by: 'the system', proven: true }])
    expect(pages.critical).toEqual([expect.stringMatching(/-payments-service-unhealthy$/)])
    expect(pages.major ?? []).toEqual([])
  },
)

test('afterwards money and stock are conserved', expectConservation)

// A message that waits a second for a busy processor is a minute late on a game day.
afterAll(() => shareMachine(inject('shared')))
