import { describe, expect, test } from 'vitest'
import { Refusal } from '../../../cli/api.ts'
import { untilLetIn } from '../../../cli/let-in.ts'
import { defectiveBundle } from '../../../cli/storm/defect.ts'
import { listed, workersAmong } from '../../../cli/storm/kill.ts'
import { describeStorm, type End, stormOutcome } from '../../../cli/storm/outcome.ts'
import { gate } from '../../../cli/storm/place.ts'
import { actsOf, stormOrders } from '../../../cli/storm/plan.ts'
import type { FailedSummary } from '../../../events/http/recovery.ts'

describe('the orders of a storm', () => {
  const orders = stormOrders({ orders: 200, seed: 7 })

  test('are the same for the same seed, and others for another', () => {
    expect(stormOrders({ orders: 200, seed: 7 })).toEqual(orders)
    expect(stormOrders({ orders: 200, seed: 8 })).not.toEqual(orders)
  })

  test('leave nothing to a race: nobody cancels, and no record is damaged', () => {
    const kinds = new Set(orders.map(({ kind }) => kind))
    expect(kinds).not.toContain('cancelled')
    expect(kinds).not.toContain('poison')
    expect(kinds.size).toBeGreaterThan(5)
  })
})

describe('the acts of a storm', () => {
  const names = (orders: number, kills: number) => actsOf(orders, kills).map(([, act]) => act)

  test('break payments, mend them, break inventory, mend it', () => {
    expect(names(100, 0)).toEqual(['payments down', 'payments up', 'poison deployed', 'poison taken back'])
  })

  test('come in the order in which orders are placed, also when there are few', () => {
    for (const orders of [10, 60, 2_000]) {
      const acts = actsOf(orders, 5)
      expect(acts.map(([after]) => after)).toEqual(acts.map(([after]) => after).toSorted((a, b) => a - b))
      expect(acts.every(([after]) => after >= 1 && after <= orders)).toBe(true)
    }
  })

  test('kill as often as asked, in the middle of both faults', () => {
    const acts = names(100, 5)
    expect(acts.filter((act) => act === 'kill')).toHaveLength(5)
    expect(acts.indexOf('kill')).toBeGreaterThan(acts.indexOf('payments down'))
    expect(acts.lastIndexOf('kill')).toBeLessThan(acts.indexOf('poison taken back'))
  })
})

describe('placing', () => {
  /** A gate before queues of that depth, and how often it has looked and waited. */
  const aGate = (...depths: number[]) => {
    const seen = { looks: 0, waits: 0, now: 0 }
    const pass = gate(
      async () => {
        seen.looks += 1
        return depths.length > 1 ? depths.shift()! : depths[0]!
      },
      () => seen.now,
      (async (ms: number) => {
        seen.waits += 1
        seen.now += ms
      }) as never,
    )
    return { seen, pass }
  }

  test('goes on while little waits behind it, and looks once for many', async () => {
    const { seen, pass } = aGate(100)
    for (let order = 0; order < 16; order++) await pass()
    expect(seen).toMatchObject({ looks: 1, waits: 0 })
  })

  test('waits while much does, however fast it was meant to be', async () => {
    const { seen, pass } = aGate(2_600, 1_200, 501, 500)
    await pass()
    expect(seen).toMatchObject({ looks: 4, waits: 3 })
  })

  test('by several at once is one look, too', async () => {
    const { seen, pass } = aGate(900, 10)
    await Promise.all([pass(), pass(), pass()])
    expect(seen.looks).toBe(2)
  })
})

describe('the poisoned deployment', () => {
  test('is the consumer of today with one more field in its contract', async () => {
    const text = Buffer.from(await defectiveBundle()).toString()
    expect(text).toContain('warehouse')
    expect(text).toContain('damaged-stock-record')
  })
})

describe('the processes that are killed', () => {
  const folder = '/state/tmp'
  const text = [
    '  100     1 python -m ministack',
    '  201   100 node /state/tmp/ministack-lambda-neverstop-local-payments-commands-ab/worker.js',
    '  202   100 node /state/tmp/ministack-lambda-neverstop-other-payments-commands-ab/worker.js',
    '  203   999 node /state/tmp/ministack-lambda-neverstop-local-saga-coordinator-cd/worker.js',
    '  204   100 node /elsewhere/ministack-lambda-neverstop-local-saga-coordinator-cd/worker.js',
    '  205   100 sleep 100',
    'no process at all',
  ].join('\n')

  test('are those of this cloud, of this stage, and no others', () => {
    expect(listed(text)).toHaveLength(6)
    expect(workersAmong(listed(text), { cloud: 100, folder, stage: 'local' })).toEqual([201])
  })
})

describe('what a storm comes to', () => {
  const orders = stormOrders({ orders: 10, seed: 1 }).slice(0, 3)
  const end = (status: End['status'], code?: string): End => ({
    orderId: `ord_${status}`,
    status,
    ...(code ? { code } : {}),
  })
  const ends = (...all: End[]) => new Map(all.map((one, index) => [index, one]))
  const calm = ends(end('confirmed'), end('rejected', 'declined'), end('confirmed'))
  const record = (status: string) =>
    ({ id: 'f_1', class: 'poison', status, code: 'c', subject: 'ord_1' }) as FailedSummary
  const run = {
    orders,
    seed: 1,
    calm,
    storm: calm,
    records: [record('handled')],
    redrives: 1,
    kills: [3, 4],
    drift: [] as { id: string; subscriber: string }[],
    audit: { ok: true, differences: [], unfinishedSagas: 0, messagesInFlight: 0 },
    seconds: { calm: 1, storm: 2 },
  }

  test('is as it should be when every order ended as it would have', () => {
    const result = stormOutcome(run)
    expect(result).toMatchObject({
      unexpected: [],
      late: 0,
      different: [],
      conserved: true,
      drift: 0,
      openRecords: 0,
      kills: 2,
      killed: 7,
      parked: { poison: 1 },
      calm: { confirmed: 2, rejected: 1 },
    })
    expect(describeStorm(result)).toContain('everything came out as it should')
  })

  test.each(['timed-out', 'expired'])('excepts an order that only the storm made late (%s), and counts it', (code) => {
    const storm = ends(end('rejected', code), end('rejected', 'declined'), end('confirmed'))
    expect(stormOutcome({ ...run, storm })).toMatchObject({ late: 1, different: [], unexpected: [] })
  })

  test.each([
    ['rejected for another reason', end('rejected', 'out-of-stock')],
    ['cancelled', end('cancelled')],
    ['not ended', end('placed')],
  ])('is wrong when an order that was confirmed is %s', (_, after) => {
    const storm = ends(after, end('rejected', 'declined'), end('confirmed'))
    const { different, unexpected } = stormOutcome({ ...run, storm })
    expect(different).toMatchObject([{ index: 0, calm: 'confirmed' }])
    expect(unexpected.length).toBeGreaterThan(0)
  })

  test('does not hold it against the storm when the calm run was late', () => {
    const before = ends(end('rejected', 'timed-out'), end('rejected', 'declined'), end('confirmed'))
    expect(stormOutcome({ ...run, calm: before, storm: calm })).toMatchObject({
      late: 0,
      lateInCalm: 1,
      different: [],
      unexpected: [],
    })
  })

  test('is wrong when a card that was declined is charged', () => {
    const charged = ends(end('confirmed'), end('confirmed'), end('confirmed'))
    expect(stormOutcome({ ...run, storm: charged }).different).toHaveLength(1)
  })

  test('counts as late, too, what would have been rejected in time: its card was only never asked', () => {
    const late = ends(end('confirmed'), end('rejected', 'timed-out'), end('confirmed'))
    expect(stormOutcome({ ...run, storm: late })).toMatchObject({ late: 1, different: [], unexpected: [] })
    const early = ends(end('rejected', 'expired'), end('rejected', 'declined'), end('confirmed'))
    expect(stormOutcome({ ...run, calm: early, storm: early })).toMatchObject({ late: 0, lateInCalm: 0, different: [] })
  })

  test('is wrong when an order is missing, a record open, a message lost, the books differ or something is under way', () => {
    const wrong = (change: Partial<typeof run>) => stormOutcome({ ...run, ...change }).unexpected
    expect(wrong({ storm: new Map([...calm].slice(1)) })).toEqual([expect.stringContaining('not placed')])
    expect(wrong({ records: [record('open')] })).toEqual([expect.stringContaining('is open at the desk')])
    expect(wrong({ records: [record('redriven')] })).toHaveLength(1)
    expect(wrong({ drift: [{ id: 'm', subscriber: 'q' }] })).toEqual(['m is missing at q'])
    expect(
      wrong({ audit: { ...run.audit, ok: false, differences: [{ code: 'c', about: 'a', detail: 'd' }] as never } }),
    ).toEqual(['a: c: d'])
    expect(wrong({ audit: { ...run.audit, unfinishedSagas: 2 } })).toHaveLength(1)
  })

  test('is wrong when it parked nothing, since then it was no storm', () => {
    expect(stormOutcome({ ...run, records: [] }).unexpected).toEqual([expect.stringContaining('has shown nothing')])
  })
})

describe('a customer of the storm', () => {
  const answers = (...statuses: number[]) => {
    const left = [...statuses]
    return async () => {
      const status = left.shift() ?? 202
      if (status >= 400) throw new Refusal({ type: 'about:blank', title: 'No', status, detail: 'Not now.' })
      return status
    }
  }
  const pauses: number[] = []
  const pause = async (ms: number) => void pauses.push(ms)

  test.each([429, 500, 502, 503, 504])('comes back after a %i, ever later', async (status) => {
    pauses.length = 0
    expect(await untilLetIn(answers(status, status), pause)).toBe(202)
    expect(pauses).toHaveLength(2)
    expect(pauses[1]).toBeGreaterThan(pauses[0]!)
  })

  test('does not come back with what was wrong', async () => {
    await expect(untilLetIn(answers(422), pause)).rejects.toThrow(Refusal)
  })

  test('gives up in the end', async () => {
    await expect(untilLetIn(answers(...Array(50).fill(500)), pause)).rejects.toThrow(Refusal)
  })
})
