import { describe, expect, test } from 'vitest'
import { timings } from '../../../reactive/timing.ts'
import { fromItem, toItem, written } from '../../../sagas/engine/item.ts'
import type { Early, Ended, Running, SagaState } from '../../../sagas/engine/state.ts'

const now = Date.UTC(2026, 0, 1)
const timing = timings.standard
const because = { code: 'cancelled', message: 'Cancelled at your request.' }
const common = {
  id: 'fulfil-order:ord_1',
  definition: 'fulfil-order',
  version: 2,
  subject: 'ord_1',
  correlationId: 'flow-1',
  revision: 3,
} as const
const traits = {
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  tenantId: 'tea-house',
  acts: [{ id: 'act-1', verb: 'retry', by: 'ada', reason: 'It answers again.', at: '2026-01-01T00:00:00.000Z' }],
} as unknown as Pick<Running, 'traceparent' | 'tenantId' | 'acts'>

const running: Running = {
  ...common,
  phase: 'running',
  hash: '0badcafe',
  mode: 'forward',
  input: { orderId: 'ord_1' },
  startedAt: now,
  deadlineAt: now + 1_000,
  steps: [
    { status: 'done', attempt: 1, asks: 0, output: { authorisationId: 'auth_1' } },
    { status: 'sent', attempt: 2, asks: 1, dueAt: now + 500 },
    { status: 'pending', attempt: 1, asks: 0, heard: { output: { by: 'boss' } } },
  ],
  wake: { number: 4, at: now + 500 },
}
const ended: Ended = { ...common, phase: 'ended', outcome: 'done', endedAt: now }
const early: Early = { ...common, phase: 'early-signal', heard: { approval: { refused: because } } }

/** As it comes back from a table, which keeps text. */
const readAgain = (state: SagaState): SagaState => fromItem(JSON.parse(written(state, now, timing).text))

describe('a saga as an item', () => {
  test.each<[string, SagaState]>([
    ['that runs', running],
    ['that was cancelled', { ...running, mode: 'compensating', cancelNoted: true, because }],
    ['that is about to end', { ...running, end: { command: 'confirm', asks: 0, dueAt: now + 9 } }],
    ['that a person answers for', { ...running, case: { by: 'ada', reason: 'It cannot be undone.' } }],
    ['that another saga called', { ...running, caller: 'journey:trip/pay/do/1' }],
    ['that runs, with what few have', { ...running, ...traits }],
    [
      'whose undos cannot be done',
      {
        ...running,
        steps: [
          { status: 'undo-failed', attempt: 1, asks: 0, because },
          { status: 'undo-failed', attempt: 1, asks: 0, output: { n: 1 }, because },
          { status: 'undo-failed', attempt: 1, asks: 12, output: { n: 1 } },
        ],
      },
    ],
    [
      'whose steps were asked for late',
      {
        ...running,
        steps: [
          { status: 'done', attempt: 1, asks: 0, output: { n: 1 }, since: now + 7 },
          { status: 'sent', attempt: 2, asks: 1, dueAt: now + 500, since: now + 8 },
          { status: 'undo-failed', attempt: 1, asks: 0, because, since: now + 9 },
        ],
        end: { command: 'confirm', asks: 0, dueAt: now + 9, since: now + 10 },
      },
    ],
    ['that has ended', ended],
    ['that has ended undone', { ...ended, outcome: 'undone', because }],
    ['that a person ended', { ...ended, outcome: 'operator', case: { by: 'ada', reason: 'So be it.' } }],
    ['that answers its caller', { ...ended, called: { by: 'journey:t/pay/do/1', says: 'done', data: { n: 1 } } }],
    ['that has ended, with what few have', { ...ended, ...traits }],
    ['whose word came before its start', early],
    ['that was cancelled before its start', { ...early, phase: 'early-cancel', heard: {} }],
    ['that has not started, with what few have', { ...early, ...traits }],
  ])('%s comes back as it was', (_, state) => {
    expect(readAgain(state)).toStrictEqual(state)
  })

  test('stores nothing that it does not have', () => {
    expect(Object.keys(toItem(running, now, timing)).sort()).toEqual(
      [
        ...['at', 'correlationId', 'deadlineAt', 'hash', 'input', 'mode', 'phase', 'revision', 'sagaId'],
        ...['startedAt', 'steps', 'version', 'wake', 'dueAt', 'dueShard'],
      ].sort(),
    )
    expect(Object.keys(toItem(ended, now, timing)).sort()).toEqual(
      ['at', 'correlationId', 'expiresAt', 'outcome', 'phase', 'revision', 'sagaId', 'version'].sort(),
    )
  })

  test('is in the index under the time of its timer, and only while it is unfinished', () => {
    expect(toItem(running, now, timing)).toMatchObject({
      dueAt: running.wake.at,
      dueShard: expect.stringMatching(/^\d+$/),
    })
    expect(toItem(early, now, timing)).not.toHaveProperty('dueAt')
  })

  describe('that is full', () => {
    const heavy = (bytes: number, more: Partial<Running> = {}): Running => ({
      ...running,
      input: { note: 'n'.repeat(bytes) },
      ...more,
    })
    const full = heavy(300 * 1_024 - 500)
    const size = (state: Running, over?: Running) => written(state, now, timing, over).text.length

    test('goes back, waits and is cancelled with what it has', () => {
      expect(size(full)).toBeLessThanOrEqual(300 * 1_024)
      const back = { ...full, mode: 'compensating', cancelNoted: true, because, ...traits } as const
      expect(size(back, full)).toBeGreaterThan(300 * 1_024)
      expect(size({ ...back, end: { command: 'reject', asks: 3, dueAt: now } }, back)).toBeGreaterThan(300 * 1_024)
    })

    test('learns nothing more', () => {
      const learnt = heavy(310 * 1_024)
      expect(() => size(learnt, full)).toThrow(/would be stored in \d+ bytes; let its definition keep less/)
      expect(() => size(learnt)).toThrow(/let its definition keep less/)
    })
  })

  test('outlives the horizon and every message that a queue may still hold, once it has ended', () => {
    const { expiresAt } = toItem(ended, now, timing)
    expect(expiresAt! * 1_000).toBeGreaterThanOrEqual(now + timing.horizon + timing.sourceRetention)
  })
})
