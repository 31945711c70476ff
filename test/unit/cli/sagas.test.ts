import { describe, expect, test } from 'vitest'
import type { Api } from '../../../cli/api.ts'
import { formatSpan, formatTime } from '../../../cli/format.ts'
import { actOnAll, type Bulk, bodyOf, effectOf } from '../../../cli/saga/act.ts'
import {
  describeBulk,
  describeSaga,
  describeSagas,
  describeTaken,
  describeVersions,
} from '../../../cli/saga/describe.ts'
import { timeline } from '../../../cli/saga/timeline.ts'
import type { FailedPage } from '../../../events/http/recovery.ts'
import type { ActTaken, BulkActBody, BulkTaken, SagaDocument } from '../../../events/http/sagas.ts'

const begin = Date.UTC(2026, 10, 21, 14)
const at = (seconds: number) => new Date(begin + seconds * 1_000).toISOString()

/** A saga whose payment was refused at the second attempt, and whose stock an operator has tried to let go again. */
const stuck: SagaDocument = {
  sagaId: 'fulfil-order:ord_0123456789abcdef',
  definition: 'fulfil-order',
  version: 1,
  subject: 'ord_0123456789abcdef',
  state: 'compensating',
  failedStep: 'authorise-payment',
  because: { code: 'declined', message: 'The card was declined.' },
  startedAt: at(0),
  updatedAt: at(50),
  dueAt: at(125),
  overdue: false,
  revision: 7,
  correlationId: 'ord_0123456789abcdef',
  cancelNoted: false,
  steps: [
    { step: 'reserve-stock', kind: 'compensable', status: 'undoing', attempt: 1, asks: 0, until: at(125) },
    { step: 'authorise-payment', kind: 'compensable', status: 'refused', attempt: 2, asks: 1 },
    { step: 'book-shipment', kind: 'compensable', status: 'skipped', attempt: 1, asks: 0 },
  ],
  outstanding: [
    { id: 'x/reserve-stock/undo/1', type: 'inventory.ReleaseStock.v1', step: 'reserve-stock', until: at(125) },
  ],
  options: [
    { verb: 'retry' },
    { verb: 'retry', step: 'reserve-stock' },
    { verb: 'resolve', step: 'reserve-stock', as: 'undone' },
  ],
  acts: [{ id: 'a1', verb: 'retry', step: 'reserve-stock', by: 'olga', reason: 'the record is mended' }],
  history: [
    {
      revision: 1,
      at: at(0),
      phase: 'running',
      mode: 'forward',
      changes: [
        { step: 'saga', to: 'started' },
        { step: 'reserve-stock', to: 'sent', attempt: 1 },
      ],
    },
    {
      revision: 2,
      at: at(10),
      phase: 'running',
      mode: 'forward',
      changes: [
        { step: 'reserve-stock', to: 'done', attempt: 1 },
        { step: 'authorise-payment', to: 'sent', attempt: 1 },
      ],
    },
    {
      revision: 3,
      at: at(20),
      phase: 'running',
      mode: 'forward',
      changes: [{ step: 'authorise-payment', to: 'unknown', attempt: 1 }],
    },
    {
      revision: 4,
      at: at(30),
      phase: 'running',
      mode: 'compensating',
      changes: [
        { step: 'authorise-payment', to: 'refused', attempt: 2 },
        { step: 'reserve-stock', to: 'undoing', attempt: 1 },
        { step: 'book-shipment', to: 'skipped', attempt: 1 },
      ],
      because: { code: 'declined', message: 'The card was declined.' },
    },
    {
      revision: 5,
      at: at(40),
      phase: 'running',
      mode: 'compensating',
      changes: [{ step: 'reserve-stock', to: 'undo-failed', attempt: 1 }],
    },
    {
      revision: 7,
      at: at(50),
      phase: 'running',
      mode: 'compensating',
      changes: [{ step: 'reserve-stock', to: 'undoing', attempt: 1 }],
      acts: [{ id: 'a1', verb: 'retry', step: 'reserve-stock', by: 'olga', reason: 'the record is mended' }],
    },
  ],
}
const now = begin + 60_000

describe('a span of time', () => {
  test.each([
    [0, '0.0 s'],
    [-5, '0.0 s'],
    [430, '0.4 s'],
    [9_940, '9.9 s'],
    [42_000, '42 s'],
    [60_000, '1 m'],
    [192_000, '3 m 12 s'],
    [7_500_000, '2 h 5 m'],
    [7_200_000, '2 h'],
    [4 * 86_400_000 + 3 * 3_600_000 + 59_000, '4 d 3 h'],
  ])('of %i ms is %s', (millis, text) => expect(formatSpan(millis)).toBe(text))
})

describe('the timeline', () => {
  test('draws the steps of a saga over time', () => {
    expect(`\n${timeline(stuck, now).join('\n')}\n`).toMatchInlineSnapshot(`
      "
                           0                                            1 m
        reserve-stock     │████████────────────────▒▒▒▒▒▒▒▒!!!!!!!!▒▒▒▒▒▒▒▒│ undoing, answer took 10 s, undo missing for 20 s
        authorise-payment │        ████████▓▓▓▓▓▓▓▓×                       │ refused, attempt 2, asked again once, answer took 20 s
        book-shipment     │                                                │ skipped
                           █ asked   ▓ asked again   ─ done   ▒ being undone   ! could not be undone   × refused
      "
    `)
  })

  test('of a saga that has ended ends there, however long ago that was', () => {
    const ended = { ...stuck, state: 'undone', history: stuck.history.slice(0, 4) } as SagaDocument
    expect(timeline(ended, now + 86_400_000)).toEqual(timeline(ended, now))
    expect(timeline(ended, now)[0]).toMatch(/ 30 s$/)
  })

  test('shows what was too short to have a width', () => {
    const quick = {
      ...stuck,
      history: [
        ...stuck.history.slice(0, 2),
        { ...stuck.history[2]!, at: at(10.001), changes: [{ step: 'authorise-payment', to: 'refused', attempt: 1 }] },
      ],
    }
    expect(timeline(quick, now)[2]).toContain('×')
  })

  test('of a saga without a history is empty', () => expect(timeline({ ...stuck, history: [] }, now)).toEqual([]))

  test('of a moment draws all the same', () => {
    const [first] = stuck.history
    expect(timeline({ ...stuck, history: [first!] }, begin)[1]).toContain('█')
  })
})

describe('a saga for a person', () => {
  const local = (text: string) =>
    [0, 10, 20, 30, 40, 50, 125].reduce(
      (so, second) => so.replaceAll(at(second), `<at ${second} s>`).replaceAll(formatTime(at(second)), `<${second} s>`),
      text,
    )

  test('says how it stands, what it waits for and until when, who did what and why, and what may be done', () => {
    const text = local(describeSaga(stuck, now))
    expect(text.split('\n').filter((line) => !line.includes('│'))).toMatchInlineSnapshot(`
      [
        "saga        fulfil-order:ord_0123456789abcdef v1",
        "state       compensating",
        "because     declined: The card was declined.",
        "started     <at 0 s>, 1 m ago",
        "moved       <at 50 s>, 10 s ago (revision 7)",
        "correlation ord_0123456789abcdef",
        "",
        "                     0                                            1 m",
        "                     █ asked   ▓ asked again   ─ done   ▒ being undone   ! could not be undone   × refused",
        "",
        "waits for   ReleaseStock of reserve-stock until <125 s> (in 1 m 5 s)",
        "            its timer at <125 s> (in 1 m 5 s)",
        "",
        "┌──────────────┬─────┬───────────────────────────────────────┬────────────────────────────┐",
        "├──────────────┼─────┼───────────────────────────────────────┼────────────────────────────┤",
        "└──────────────┴─────┴───────────────────────────────────────┴────────────────────────────┘",
        "not in the history: revision 6",
        "",
        "you can     retry · retry --step reserve-stock · resolve --step reserve-stock --as undone",
      ]
    `)
    expect(text).toMatch(/<50 s> +│ 7 +│ retry reserve-stock +│ olga: the record is mended/)
    expect(text).toMatch(/<30 s> +│ 4 +│ authorise-payment refused \(attempt 2\) +│ The card was declined\./)
  })

  test('that waits for a person says so first', () => {
    const a_case: SagaDocument = {
      ...stuck,
      state: 'case',
      outstanding: [],
      steps: [
        { ...stuck.steps[0]!, status: 'undo-failed', because: { code: 'collected', message: 'It was collected.' } },
      ],
      case: { by: 'olga', reason: 'counted by hand' },
    }
    const text = describeSaga(a_case, now)
    expect(text).toContain('waits for   a person to settle reserve-stock: It was collected. (collected)')
    expect(text).toContain('case        olga answers for it: counted by hand')
  })

  test('that waits for a word says until when', () => {
    const waiting: SagaDocument = {
      ...stuck,
      state: 'forward',
      outstanding: [],
      steps: [{ step: 'approval', kind: 'signal', status: 'sent', attempt: 1, asks: 0, until: at(125) }],
      deadlineAt: at(30),
    }
    const text = local(describeSaga(waiting, now))
    expect(text).toContain('waits for   signal approval until <125 s> (in 1 m 5 s)')
    expect(text).toContain('its deadline at <30 s> (30 s ago)')
  })

  test('whose history has not come yet says so', () => {
    expect(describeSaga({ ...stuck, history: [] }, now)).toContain('nothing yet: it follows the saga by a moment')
  })
})

describe('a list of sagas for a person', () => {
  test('has a line a saga, and says how to go on', () => {
    const text = describeSagas({ items: [stuck, { ...stuck, overdue: true, tenant: 'acme' }], next: 'abc' }, now)
    expect(text).toMatch(/fulfil-order:ord_0123456789abcdef +│ v1 +│ compensating +│ authorise-payment +│ 1 m +│ 10 s/)
    expect(text).toMatch(/compensating, overdue[^\n]+acme/)
    expect(text).toContain('more: --cursor abc')
  })

  test('may be empty, or empty only so far', () => {
    expect(describeSagas({ items: [] }, now)).toBe('no sagas')
    expect(describeSagas({ items: [], next: 'abc' }, now)).toBe('no sagas so far\nmore: --cursor abc')
  })

  test('of versions says which may go', () => {
    const version = { definition: 'fulfil-order', deployed: true, cases: 0, hash: 'f1f6e0af' }
    const text = describeVersions(
      {
        items: [
          { ...version, version: 1, newest: false, unfinished: 0, removable: true, because: 'nothing runs on it' },
          {
            ...version,
            version: 2,
            newest: true,
            unfinished: 3,
            removable: false,
            because: 'new instances start on it',
            oldestStartedAt: at(0),
          },
        ],
      },
      now,
    )
    expect(text).toMatch(/v1 +│ f1f6e0af +│ 0 +│ 0 +│ +│ yes +│ nothing runs on it/)
    expect(text).toMatch(/v2 \(newest\) +│ f1f6e0af +│ 3 +│ 0 +│ 1 m +│ no/)
  })
})

const taken = (sagaId: string, over: Partial<ActTaken> = {}): ActTaken => ({
  sagaId,
  actId: `${sagaId}/act/1`,
  verdict: 'applied',
  changes: [{ step: 'reserve-stock', to: 'undoing' }],
  state: 'compensating',
  asks: [{ id: 'x', type: 'inventory.ReleaseStock.v1', step: 'reserve-stock' }],
  dryRun: false,
  ...over,
})

describe('an act for a person', () => {
  test('says what it would come to, and what it comes to', () => {
    const dry = describeTaken(taken('a:1', { dryRun: true }))
    expect(dry).toBe('would make it compensating; reserve-stock undoing; would ask ReleaseStock of reserve-stock')
    expect(describeTaken(taken('a:1'))).toBe(
      'makes it compensating; reserve-stock undoing; asks ReleaseStock of reserve-stock',
    )
    expect(describeTaken(taken('a:1', { verdict: 'known' }))).toMatch(/done before/)
  })

  test('in bulk has a line a saga, then the sums', () => {
    const text = describeBulk({
      taken: [taken('a:1'), taken('a:2'), taken('a:3')],
      refused: [{ sagaId: 'a:4', code: 'wrong-state', detail: 'It has ended.' }],
      dryRun: false,
      done: ['a:1'],
      parked: [{ sagaId: 'a:2', failed: 'f_x', because: 'It moved.' }],
      unseen: ['a:3'],
    })
    expect(text).toMatch(/a:1 +│ done/)
    expect(text).toMatch(/a:2 +│ at the desk: f_x +│ It moved\./)
    expect(text).toMatch(/a:3 +│ not seen yet/)
    expect(text).toMatch(/a:4 +│ refused: wrong-state +│ It has ended\./)
    expect(text).toMatch(/1 done, 1 refused, 1 at the desk, 1 not seen yet$/)
  })

  test('in bulk and dry says that nothing was done', () => {
    expect(describeBulk({ taken: [taken('a:1', { dryRun: true })], refused: [], dryRun: true })).toMatch(
      /nothing was done$/,
    )
    expect(describeBulk({ taken: [], refused: [], dryRun: true })).toBe('no saga fits the filter')
  })

  test('takes from the command line only what was said', () => {
    expect(bodyOf({ verb: 'retry', reason: 'x', step: undefined, as: undefined })).toEqual({
      verb: 'retry',
      reason: 'x',
    })
    expect(bodyOf({ verb: 'resolve', reason: 'x', step: 's', as: 'done', attempt: 2, data: { a: 1 } })).toEqual({
      verb: 'resolve',
      reason: 'x',
      step: 's',
      as: 'done',
      attempt: 2,
      data: { a: 1 },
    })
  })
})

const patience = { act: 200, rest: 60, every: 5 }
const nobodyFailed = async (): Promise<FailedPage> => ({ items: [] })
const noted = (state: SagaDocument['state'], id: string): SagaDocument => ({
  ...stuck,
  state,
  acts: [{ id, verb: 'retry', by: 'olga', reason: 'x' }],
})

describe('waiting for what comes of an act', () => {
  test('ends when the machine has done it and the saga has come to rest', async () => {
    const answers: SagaDocument[] = [
      { ...stuck, acts: [], history: [] },
      noted('compensating', 'a:1/act/1'),
      noted('undone', 'a:1/act/1'),
    ]
    const saga = async () => (answers.length > 1 ? answers.shift()! : answers[0]!)
    expect(await effectOf({ saga, failed: nobodyFailed }, taken('a:1'), patience)).toMatchObject({
      done: { state: 'undone' },
    })
  })

  test('does not wait for ever for a saga that goes on waiting', async () => {
    const saga = async () => noted('compensating', 'a:1/act/1')
    expect(await effectOf({ saga, failed: nobodyFailed }, taken('a:1'), patience)).toMatchObject({
      done: { state: 'compensating' },
    })
  })

  test('says that the desk has it', async () => {
    const failed = async () =>
      ({
        items: [
          { id: 'f_other', messageId: 'b:1/act/1' },
          { id: 'f_x', messageId: 'a:1/act/1', reason: 'It moved.' },
        ],
      }) as FailedPage
    const effect = await effectOf({ saga: async () => stuck, failed }, taken('a:1'), patience)
    expect(effect).toEqual({ parked: { failed: 'f_x', because: 'It moved.' } })
  })

  test('says when nothing was seen', async () => {
    expect(await effectOf({ saga: async () => stuck, failed: nobodyFailed }, taken('a:9'), patience)).toEqual({
      unseen: true,
    })
  })

  test('finds an act in the history that the state has forgotten', async () => {
    const saga = async () => ({ ...stuck, acts: [], state: 'undone' }) as SagaDocument
    const seen = await effectOf({ saga, failed: nobodyFailed }, taken('a:1', { actId: 'a1' }), patience)
    expect(seen).toMatchObject({ done: { state: 'undone' } })
  })
})

describe('an act in bulk', () => {
  /** A platform that has so many sagas to act on and does what it is told. */
  const platform = (count: number) => {
    const asked: (BulkActBody & { dryRun: boolean })[] = []
    const api: Pick<Api, 'actOnSagas' | 'saga' | 'failed'> = {
      actOnSagas: async (body, { dryRun }) => {
        asked.push({ ...body, dryRun })
        const from = Number(body.cursor ?? 0)
        const upto = Math.min(count, from + body.limit!)
        const ids = Array.from({ length: upto - from }, (_, index) => `a:${from + index}`)
        const page: BulkTaken = {
          taken: ids.map((id) => taken(id, { dryRun })),
          refused: [],
          seconds: 0,
          dryRun,
          ...(upto < count ? { next: String(upto) } : {}),
        }
        return page
      },
      saga: async (sagaId) => noted('undone', `${sagaId}/act/1`),
      failed: nobodyFailed,
    }
    return { api, asked }
  }
  const bulk = (over: Partial<Bulk>): Bulk => ({
    body: { verb: 'retry', reason: 'x', where: { state: 'case' } },
    limit: 1_000,
    rate: 50,
    saying: { key: 'k', dryRun: false },
    patience,
    note: () => {},
    ...over,
  })

  test('goes page by page until there are no more', async () => {
    const { api, asked } = platform(250)
    const outcome = await actOnAll(api, bulk({}))
    expect(asked.map(({ limit, cursor, rate }) => [limit, cursor, rate])).toEqual([
      [100, undefined, 50],
      [100, '100', 50],
      [100, '200', 50],
    ])
    expect(outcome.done).toHaveLength(250)
    expect(outcome.unseen).toEqual([])
  })

  test('goes no further than its limit', async () => {
    const { api, asked } = platform(250)
    const outcome = await actOnAll(api, bulk({ limit: 130 }))
    expect(asked.map(({ limit }) => limit)).toEqual([100, 30])
    expect(outcome.taken).toHaveLength(130)
  })

  test('in a dry run waits for nothing', async () => {
    const { api, asked } = platform(3)
    const outcome = await actOnAll(
      { ...api, saga: () => Promise.reject(new Error('asked')) },
      bulk({ saying: { key: 'k', dryRun: true } }),
    )
    expect(asked).toMatchObject([{ dryRun: true }])
    expect(outcome).not.toHaveProperty('done')
  })
})
