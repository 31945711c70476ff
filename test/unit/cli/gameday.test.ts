import { describe, expect, test } from 'vitest'
import { describeGameday, gamedayPage } from '../../../cli/gameday/describe.ts'
import { lineOf, linesOf } from '../../../cli/gameday/exercise.ts'
import { clearsWithin, faultOf, firesWithin, kindOf } from '../../../cli/gameday/faults.ts'
import { type Gameday, gamedayOf, inAll } from '../../../cli/gameday/proof.ts'
import { chooseAlarms, type Drill, roundsOf, scenarioOf } from '../../../cli/gameday/scenarios.ts'
import type { MetricAlarm, WatchedAlarm } from '../../../local/watch/alarms.ts'
import { parseRule } from '../../../local/watch/composite.ts'
import { samplesIn } from '../../../local/watch/emf.ts'

const metric = { namespace: 'AWS/SQS', name: 'Age', dimensions: { QueueName: 'q' } }
const alarm = (kind: string, more: Partial<MetricAlarm> = {}): MetricAlarm => ({
  kind: 'metric',
  name: `neverstop-local-x-${kind}`,
  stack: 's',
  description: `it is wrong | severity: major | owner: x | runbook: docs/runbooks/${kind}.md`,
  actions: { ALARM: [], OK: [], INSUFFICIENT_DATA: [] },
  tags: {},
  comparison: 'GreaterThanThreshold',
  threshold: 100,
  evaluationPeriods: 3,
  datapointsToAlarm: 3,
  missing: 'notBreaching',
  source: { kind: 'metric', query: { metric, statistic: 'Maximum', period: 60_000 } },
  ...more,
})

describe('the fault of an alarm', () => {
  test('on one metric is beyond its threshold, and a share is whole', () => {
    expect(faultOf(alarm('queue-age'))).toMatchObject({ breaching: { metric: 151 }, fine: { metric: 0 } })
    const query = { metric, statistic: 'Average', period: 60_000 }
    expect(faultOf(alarm('api-errors', { source: { kind: 'metric', query } }))!.breaching).toEqual({ metric: 1 })
  })
  test('that fires below its threshold is silence', () => {
    const silent = alarm('schedule-silent', { comparison: 'LessThanThreshold', threshold: 1, missing: 'breaching' })
    expect(faultOf(silent)).toMatchObject({ breaching: { metric: undefined }, fine: { metric: 1 } })
  })
  test('over several metrics is written for its kind, and nobody makes one up', () => {
    const math = { kind: 'math', expressions: [{ id: 'e', expression: 'a' }], queries: {}, period: 60_000 } as const
    expect(faultOf(alarm('confirm-ratio', { source: math }))).toMatchObject({ breaching: { rejected: 30 } })
    expect(faultOf(alarm('never-heard-of', { source: math }))).toBeUndefined()
  })
  test('comes on within its periods and ends when they have left the evaluation range', () => {
    expect(firesWithin(alarm('queue-age'))).toBe(4)
    expect(clearsWithin(alarm('queue-age'))).toBe(7)
    expect(firesWithin(alarm('schedule-silent', { missing: 'breaching' }))).toBe(6)
  })
  test('belongs to the kind of its runbook', () => {
    expect(kindOf(alarm('queue-age'))).toBe('queue-age')
    expect(kindOf({ name: 'x-fast-long-objective-burn', description: 'One half of it' })).toBe('objective-burn')
    expect(kindOf({ name: 'x', description: '' })).toBe('unknown')
  })
})

describe('what a game day says', () => {
  test('is collected as any metric, under exactly its dimensions', () => {
    expect(samplesIn(lineOf(metric, 7, 1_000))).toEqual([{ metric, at: 1_000, value: 7 }])
    expect(linesOf(alarm('queue-age'), { metric: undefined }, 0)).toEqual([])
    expect(linesOf(alarm('queue-age'), { other: 3 }, 0)).toEqual([])
  })
  test('concerns the alarms of the chosen kinds, or the soonest of each', () => {
    const slow = alarm('queue-age', { name: 'slow', evaluationPeriods: 30 })
    const all = [slow, alarm('queue-age'), alarm('api-errors')]
    expect(chooseAlarms(all, { kinds: [], oneEach: false, drills: [] })).toEqual(all)
    expect(chooseAlarms(all, { kinds: ['queue-age'], oneEach: false, drills: [] })).toHaveLength(2)
    expect(chooseAlarms(all, { kinds: [], oneEach: true, drills: [] }).map(({ name }) => name)).toEqual([
      'neverstop-local-x-queue-age',
      'neverstop-local-x-api-errors',
    ])
  })
  test('is a line an alarm, and says where its fault was made', () => {
    const text = describeGameday({
      scale: 30,
      seconds: 67,
      proofs: [
        {
          alarm: 'neverstop-local-a-queue-age',
          kind: 'queue-age',
          severity: 'major',
          fault: 'it waits',
          by: 'metric data',
          within: 4,
          fired: 2.7,
          cleared: 1.9,
          notified: 'told',
          proven: true,
        },
        {
          alarm: 'neverstop-local-b-queue-age',
          kind: 'queue-age',
          severity: 'major',
          fault: 'it waits',
          by: 'metric data',
          within: 4,
          notified: 'not told',
          remedy: { named: 'redrive' },
          proven: false,
        },
      ],
      composites: { fired: ['x'], cleared: [] },
      pages: { critical: ['neverstop-local-p-page'] },
      unproven: ['neverstop-local-b-queue-age'],
    })
    expect(text).toMatch(/✔ │ a-queue-age .*2\.7 of 4 .*1\.9/)
    expect(text).toMatch(/✘ │ b-queue-age .*not within 4 .*never .*not told .*redrive: not seen/)
    expect(text).toContain(
      '1 of 2 alarms proven in 67 s, 30 times as fast as the clock; 0 faults were made in the running system',
    )
    expect(text).toContain('critical: 1 told while the faults lasted')
  })
})

const drill = (alarms: readonly string[], more: Partial<Drill> = {}): Drill => ({
  alarms,
  means: 'it is broken',
  strike: async () => {},
  mend: async () => {},
  ...more,
})

describe('a drill', () => {
  const x = alarm('queue-age')
  const y = alarm('api-errors')
  test('is chosen before numbers that are said, and says none itself', () => {
    const drills = [drill(['x-queue-age'])]
    const quicker = alarm('queue-age', { name: 'neverstop-local-y-queue-age', evaluationPeriods: 1 })
    expect(chooseAlarms([quicker, x], { kinds: [], oneEach: true, drills })).toEqual([x])
    expect(scenarioOf(x, drills)).toMatchObject({ by: 'the system', means: 'it is broken' })
    expect(scenarioOf(x, drills)!.breaching(0)).toEqual([])
    expect(scenarioOf(y, drills)).toMatchObject({ by: 'metric data' })
    expect(scenarioOf(y, drills)!.breaching(0)).toHaveLength(1)
  })
  test('is made only for an alarm that is asked for', () => {
    expect(roundsOf([y], [drill(['x-queue-age'])])).toEqual([{ scene: 'at rest', alarms: [y], drills: [] }])
    expect(roundsOf([x, y], [drill(['x-queue-age'])])).toMatchObject([{ alarms: [x, y], drills: [{}] }])
  })
  test('that disturbs the others is made in a round of its own, and nothing that is said comes with it', () => {
    const gone = drill(['x-queue-age'], { scene: 'the acquirer is gone' })
    expect(roundsOf([x, y], [gone])).toEqual([
      { scene: 'at rest', alarms: [y], drills: [] },
      { scene: 'the acquirer is gone', alarms: [x], drills: [gone] },
    ])
    expect(roundsOf([x], [gone])).toEqual([{ scene: 'the acquirer is gone', alarms: [x], drills: [gone] }])
  })
  test('that brings on what another one does, too, is not made twice', () => {
    const [one, other] = [drill(['x-queue-age']), drill(['x-queue-age'])]
    expect(roundsOf([x], [one, other])[0]!.drills).toEqual([one])
  })
})

describe('what is proven', () => {
  const x = alarm('queue-age')
  const turn = (to: 'ALARM' | 'OK', at: number, name = x.name) =>
    ({ at, alarm: name, from: to === 'OK' ? 'ALARM' : 'OK', to, reason: '', told: false }) as const
  const over: WatchedAlarm = { ...x, kind: 'composite', name: 'over-x', rule: parseRule(`ALARM("${x.name}")`) }
  const seenOf = (history: readonly ReturnType<typeof turn>[]) =>
    gamedayOf({
      scenarios: [scenarioOf(x, [])!],
      all: [x, over],
      history,
      mail: [],
      remedies: new Map(),
      moments: { struck: 100_000, over: 400_000 },
      scale: 1,
      grace: 1_000,
      seconds: 1,
    })
  const proven = (history: readonly ReturnType<typeof turn>[]) => seenOf(history).proofs[0]

  test('is an alarm that fires in time and is over when its fault is', () => {
    expect(proven([turn('ALARM', 280_000), turn('OK', 460_000)])).toMatchObject({ proven: true, fired: 3, cleared: 1 })
  })
  test('is none that came too late, stayed on, or was on before', () => {
    expect(proven([turn('ALARM', 100_000 + 4 * 60_000 + 1_001), turn('OK', 460_000)])).toMatchObject({ proven: false })
    expect(proven([turn('ALARM', 280_000)])).toMatchObject({ proven: false })
    expect(proven([turn('ALARM', 99_999), turn('OK', 460_000)])).toMatchObject({ proven: false })
  })
  test('of the composites above are those that came on with the fault, and of these the ones that came right', () => {
    const composites = (...history: ReturnType<typeof turn>[]) => seenOf(history).composites
    expect(composites(turn('ALARM', 300_000, over.name), turn('OK', 460_000, over.name))).toEqual({
      fired: [over.name],
      cleared: [over.name],
    })
    expect(composites(turn('ALARM', 300_000, over.name))).toEqual({ fired: [over.name], cleared: [] })
    const flaps = [turn('ALARM', 300_000, over.name), turn('OK', 460_000, over.name), turn('ALARM', 500_000, over.name)]
    expect(composites(...flaps)).toEqual({ fired: [over.name], cleared: [] })
    // Others left it on, and their fault ended in the middle of this one.
    expect(composites(turn('ALARM', 99_999, over.name), turn('OK', 460_000, over.name))).toEqual({
      fired: [],
      cleared: [],
    })
  })
})

describe('the page of a game day', () => {
  const proof: Gameday['proofs'][number] = {
    alarm: 'neverstop-local-desk-old-failures',
    kind: 'old-failures',
    severity: 'warning',
    fault: 'OldestFailure is 9',
    by: 'metric data',
    within: 4,
    fired: 2,
    cleared: 1,
    notified: 'told',
    proven: true,
  }
  const page = (...proofs: Gameday['proofs']) =>
    gamedayPage({ scale: 30, seconds: 60, proofs, composites: { fired: [], cleared: [] }, pages: {}, unproven: [] })

  test('is a line an alarm, with its runbook', () => {
    const [line = ''] = /^\| \[old-failures.*$/m.exec(page(proof)) ?? []
    const cells = line.split('|').map((cell) => cell.trim())
    expect(cells.join('|')).toBe(
      '|[old-failures](runbooks/old-failures.md)|desk-old-failures|warning|OldestFailure is 9|metric data|4|2|1|told||yes|',
    )
  })
  test('has columns as wide as what is in them', () => {
    const table = page(proof, { ...proof, alarm: 'neverstop-local-a-much-longer-name-old-failures' })
    const widths = table.split('\n').flatMap((line) => (line.startsWith('| ') ? [line.length] : []))
    // Two tables: what was proven, and what was said.
    expect(new Set(widths).size).toBe(2)
  })
  test('says why what was only said was not broken, once a kind', () => {
    const text = page(proof, proof)
    expect(text.match(/^\| old-failures \| .*by the clock \|$/gm)).toHaveLength(1)
    expect(page({ ...proof, by: 'the system' })).not.toContain('Said in numbers')
  })
})

describe('several rounds', () => {
  const a = alarm('queue-age')
  const roundOf = (more: Partial<Gameday>): Gameday => ({
    scale: 30,
    seconds: 60,
    proofs: [],
    composites: { fired: [], cleared: [] },
    pages: {},
    unproven: [],
    ...more,
  })
  test('are one game day: their times add up, and a composite that came on in both is one', () => {
    const proof = { alarm: a.name, proven: false } as Gameday['proofs'][number]
    expect(
      inAll([
        roundOf({ composites: { fired: ['p', 'q'], cleared: ['p', 'q'] }, pages: { critical: ['p'], minor: ['m'] } }),
        roundOf({
          proofs: [proof],
          composites: { fired: ['p'], cleared: [] },
          pages: { critical: ['p'] },
          unproven: [a.name],
        }),
      ]),
    ).toEqual({
      scale: 30,
      seconds: 120,
      proofs: [proof],
      composites: { fired: ['p', 'q'], cleared: ['p', 'q'] },
      pages: { critical: ['p', 'p'], minor: ['m'] },
      unproven: [a.name],
    })
  })
})
