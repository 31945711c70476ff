import { describe, expect, test } from 'vitest'
import { linesOf } from '../../../cli/gameday/exercise.ts'
import { faultOf } from '../../../cli/gameday/faults.ts'
import { type Round, round } from '../../../cli/gameday/round.ts'
import { type Drill, scenarioOf } from '../../../cli/gameday/scenarios.ts'
import type { MetricAlarm } from '../../../local/watch/alarms.ts'
import type { HistoryEntry } from '../../../local/watch/records.ts'
import type { Standing } from '../../../local/watch/round.ts'

const alarm = (name: string): MetricAlarm => ({
  kind: 'metric',
  name: `neverstop-local-${name}`,
  stack: 's',
  description: 'it is wrong | severity: minor | owner: x | runbook: docs/runbooks/queue-age.md',
  actions: { ALARM: [], OK: [], INSUFFICIENT_DATA: [] },
  tags: {},
  comparison: 'GreaterThanThreshold',
  threshold: 100,
  evaluationPeriods: 1,
  datapointsToAlarm: 1,
  missing: 'notBreaching',
  source: {
    kind: 'metric',
    query: { metric: { namespace: 'N', name, dimensions: {} }, statistic: 'Maximum', period: 60_000 },
  },
})

/** A minute in a millisecond. */
const scale = 60_000
const x = alarm('x')
const isBreaching = (lines: readonly string[]) =>
  lines.some((line) => line === linesOf(x, faultOf(x)!.breaching, JSON.parse(line)._aws.Timestamp)[0])

/** A watch that believes what is said to it at once, and a composite over the one alarm. */
const aWatch = (before: Record<string, 'ALARM' | 'OK'> = {}) => {
  const history: HistoryEntry[] = []
  const states: Record<string, 'ALARM' | 'OK'> = { [x.name]: 'OK', over: 'OK', ...before }
  const turn = (name: string, to: 'ALARM' | 'OK') => {
    if (states[name] === to) return
    history.push({ at: Date.now(), alarm: name, from: states[name]!, to, reason: '', told: false })
    states[name] = to
  }
  return {
    history,
    turn,
    say: async (lines: readonly string[]) => {
      const to = isBreaching(lines) ? 'ALARM' : 'OK'
      turn(x.name, to)
      if (before.over === undefined) turn('over', to)
    },
    standings: () =>
      Object.fromEntries(
        Object.entries(states).map(([name, state]): [string, Standing] => [
          name,
          { state, reason: '', since: 0, actions: {} } as unknown as Standing,
        ]),
      ),
  }
}

const run = (watch: ReturnType<typeof aWatch>, more: Partial<Round> = {}) =>
  round({
    scenarios: [scenarioOf(x, [])!],
    parents: ['over'],
    drills: [],
    silent: [],
    history: watch.history,
    say: watch.say,
    standings: watch.standings,
    scale,
    note: () => undefined,
    ...more,
  })

const drill = (did: string[], more: Partial<Drill> = {}): Drill => ({
  alarms: ['x'],
  means: 'it is broken',
  strike: async () => void did.push('strike'),
  mend: async () => void did.push('mend'),
  ...more,
})

describe('a round', () => {
  test('is quiet, fault, quiet: what is said brings the alarm on, and then lets it go', async () => {
    const watch = aWatch()
    const { struck, over } = await run(watch)
    expect(watch.history.map(({ alarm, to }) => `${alarm} ${to}`)).toEqual([
      `${x.name} ALARM`,
      'over ALARM',
      `${x.name} OK`,
      'over OK',
    ])
    expect(struck).toBeLessThanOrEqual(over)
  })
  test('does not wait for a composite that others had left on', async () => {
    const watch = aWatch({ over: 'ALARM' })
    await run(watch)
    expect(watch.standings().over!.state).toBe('ALARM')
  })
  test('waits until an alarm that was on has come right, before it breaks anything', async () => {
    const watch = aWatch({ [x.name]: 'ALARM' })
    await run(watch)
    expect(watch.history[0]).toMatchObject({ alarm: x.name, to: 'OK' })
    expect(watch.history[1]).toMatchObject({ alarm: x.name, to: 'ALARM' })
  })
  test('does what a drill does in calm before and after the fault, and not while it lasts', async () => {
    const did: string[] = []
    const watch = aWatch()
    const struck = drill(did, {
      calm: async () => void did.push('calm'),
      strike: async () => {
        did.push('strike')
        watch.turn(x.name, 'ALARM')
      },
      mend: async () => {
        did.push('mend')
        watch.turn(x.name, 'OK')
      },
    })
    await run({ ...watch, say: async () => undefined }, { scenarios: [scenarioOf(x, [struck])!], drills: [struck] })
    const phases = did.filter((word, index) => word !== did[index - 1])
    expect(phases).toEqual(['calm', 'strike', 'mend', 'calm'])
  })
  test('mends what every drill broke although a strike went wrong, and says so', async () => {
    const did: string[] = []
    const broken = drill(did, { strike: () => Promise.reject(new Error('no way in')) })
    await expect(run(aWatch(), { drills: [broken, drill(did)] })).rejects.toThrow('no way in')
    expect(did.filter((word) => word === 'mend')).toHaveLength(2)
  })
  test('mends when the watch itself fails in the middle', async () => {
    const did: string[] = []
    const watch = aWatch()
    const say = async (lines: readonly string[]) => {
      if (isBreaching(lines)) throw new Error('the log is gone')
    }
    await expect(run(watch, { say, drills: [drill(did)] })).rejects.toThrow('the log is gone')
    expect(did.at(-1)).toBe('mend')
  })
})
