import type { APIGatewayProxyEvent } from 'aws-lambda'
import { describe, expect, test } from 'vitest'
import type * as z from 'zod'
import { type Message, seal } from '../../../events/envelope.ts'
import { problem as problemSchema } from '../../../events/http/problem.ts'
import * as http from '../../../events/http/recovery.ts'
import { AuthorisePayment } from '../../../events/payments.ts'
import { beginDiscard } from '../../../functions/recovery/acts.ts'
import type { Foresee } from '../../../functions/recovery/foresee.ts'
import { groupRoutes } from '../../../functions/recovery/group-routes.ts'
import { type DeskRecord, takeIn } from '../../../functions/recovery/record.ts'
import { recordRoutes } from '../../../functions/recovery/record-routes.ts'
import type { Returning } from '../../../functions/recovery/redrive.ts'
import { type Role, respond } from '../../../reactive/http-endpoint.ts'
import { days, iso, minutes } from '../../../reactive/time.ts'
import { deskTables, memoryPayloads, memoryPlans, memoryStore } from '../../support/memory-desk.ts'
import { observedInMemory } from '../../support/observation.ts'
import { anArrival, orderId } from './arrivals.ts'

const now = Date.parse('2026-11-01T10:00:30.000Z')
const token = 'tok_of_a_person'

/** A payment that failed: its token is personal. */
const payment = seal(AuthorisePayment({ orderId, amount: { amount: 100, currency: 'EUR' }, token }), {
  id: `fulfil-order:${orderId}/authorise-payment/do/1`,
  source: '/saga/fulfil-order',
  subject: orderId,
  time: '2026-11-01T10:00:00.000Z',
  correlationid: orderId,
})
const failed = (failureClass: DeskRecord['failure']['class'] = 'permanent') =>
  takeIn(
    undefined,
    anArrival({
      origin: 'payments-commands',
      deadLetterQueue: 'payments-commands-dead',
      consumer: '/payments',
      failure: { class: failureClass, code: 'unreadable', message: `It cannot read ${token}.` },
      payload: { kind: 'envelope', text: JSON.stringify(payment) },
      identity: {
        id: payment.id,
        type: payment.type,
        subject: orderId,
        correlationId: orderId,
        sagaId: `fulfil-order:${orderId}`,
      },
    }),
  )

type Asking = { body?: unknown; query?: Record<string, string>; role?: Role | 'nobody'; scopes?: string }

/** What consumers say where a test does not say otherwise. */
const passing: Foresee = async (queue, bodies) => bodies.map(() => ({ says: 'passes', because: `${queue} takes it` }))

/** The desk's API over records in memory. */
const api = (...records: DeskRecord[]) => apiWith(passing, ...records)
const apiWith = (foresee: Foresee, ...records: DeskRecord[]) => {
  const tables = deskTables(...records)
  const payloads = memoryPayloads()
  const sent: Returning[] = []
  const told: Message[] = []
  const { observation, lines } = observedInMemory('/recovery')
  const tools = {
    desk: memoryStore(tables),
    plans: memoryPlans(tables),
    payloads,
    knows: () => true,
    send: async (_queue: string, messages: readonly Returning[]) => void sent.push(...messages),
    remind: async () => {},
    tellSaga: async (message: Message) => void told.push(message),
    sagasQueue: 'saga-wakeups',
    foresee,
    clock: () => now,
    leases: { sending: minutes(1), outcome: minutes(5) },
    horizon: days(30),
    log: observation.log,
  }
  const routes = [...groupRoutes(tools), ...recordRoutes(tools)]
  const call = async (
    method: string,
    path: string,
    { body, query, role = 'operator', scopes }: Asking = {},
    schema?: z.ZodType,
  ) => {
    const authorizer = role === 'nobody' ? undefined : { subject: 'olga', role, ...(scopes ? { scopes } : {}) }
    const event = {
      httpMethod: method,
      path,
      headers: {},
      queryStringParameters: query ?? null,
      body: body === undefined ? null : JSON.stringify(body),
      isBase64Encoded: false,
      requestContext: { requestId: 'req-1', authorizer },
    } as unknown as APIGatewayProxyEvent
    const answer = await respond(routes, event, { ...observation, remainingMs: () => 1_000 })
    const read = JSON.parse(answer.body)
    const promised = answer.statusCode >= 400 ? problemSchema : schema
    expect(promised?.safeParse(read).error).toBeUndefined()
    return { status: answer.statusCode, body: read, text: answer.body }
  }
  return { call, tables, payloads, sent, told, lines, record: () => [...tables.records.values()][0]! }
}

describe('every route of the desk', () => {
  const { recordId, fingerprint } = failed()
  test.each([
    ['GET', '/failed'],
    ['GET', `/failed/${recordId}`],
    ['GET', `/failed/${recordId}/check`],
    ['POST', `/failed/${recordId}/redrive`],
    ['POST', `/failed/${recordId}/edit`],
    ['POST', `/failed/${recordId}/discard`],
    ['POST', '/failed/import'],
    ['GET', '/failed/groups'],
    ['GET', `/failed/groups/${fingerprint}`],
    ['GET', `/failed/groups/${fingerprint}/check`],
    ['POST', `/failed/groups/${fingerprint}/redrive`],
    ['POST', `/failed/groups/${fingerprint}/stop`],
    ['POST', '/failed/cleared'],
  ])('%s %s is for operators only', async (method, path) => {
    const { call, record, sent } = api(failed())
    const before = record()
    expect((await call(method, path, { body: { reason: 'x' }, role: 'customer' })).status).toBe(403)
    expect((await call(method, path, { body: { reason: 'x' }, role: 'nobody' })).status).toBe(401)
    expect(record()).toBe(before)
    expect(sent).toEqual([])
  })
})

describe('what is personal', () => {
  const it = failed()

  test('is masked in the list, in the record and in what its consumer quoted', async () => {
    const { call } = api(it)
    const list = await call('GET', '/failed', {}, http.failedPage)
    const shown = await call('GET', `/failed/${it.recordId}`, {}, http.failedRecord)
    const groups = await call('GET', '/failed/groups', {}, http.failedGroups)
    for (const { text, status } of [list, shown, groups]) {
      expect(status).toBe(200)
      expect(text).not.toContain(token)
    }
    expect(shown.body).toMatchObject({ masked: true, history: [] })
  })

  test('stays masked where it was quoted, when it has been edited since', async () => {
    const { call, tables } = api(it)
    const edit = (value: string) => ({
      reason: 'a new card',
      patch: [{ op: 'replace', path: '/data/token', value }],
    })
    const path = `/failed/${it.recordId}`
    await call('POST', `${path}/edit`, { body: edit('tok_second') }, http.edited)
    const back = takeIn(
      tables.records.get(it.recordId),
      anArrival({
        arrivalId: 'm-2',
        at: iso(now),
        failure: {
          class: 'permanent',
          code: 'unreadable',
          message: 'It cannot read tok_second, after that of yesterday.',
        },
      }),
    )
    tables.records.set(it.recordId, back)
    await call('POST', `${path}/edit`, { body: edit('tok_third') }, http.edited)
    for (const { text, status } of [await call('GET', '/failed'), await call('GET', path, {}, http.failedRecord)]) {
      expect(status).toBe(200)
      expect(text).not.toMatch(/tok_/)
    }
  })

  test('is refused to an operator without the scope, and nothing says that it was seen', async () => {
    const { call, record, lines } = api(it)
    const { status, text } = await call('GET', `/failed/${it.recordId}`, { query: { reveal: 'out of curiosity' } })
    expect(status).toBe(403)
    expect(text).not.toContain(token)
    expect(record().history).toEqual([])
    expect(lines.filter(({ level }) => level === 'warn')).toMatchObject([
      { entry: { record_id: it.recordId, by: 'olga', reason: 'out of curiosity' } },
    ])
  })

  test('is shown to one who has it, with who and why in the record, and not in the log', async () => {
    const { call, record, lines } = api(it)
    const asking = { query: { reveal: 'the customer asks' }, scopes: 'personal-data' }
    const { body } = await call('GET', `/failed/${it.recordId}`, asking, http.failedRecord)
    expect(body).toMatchObject({ masked: false, body: JSON.stringify(payment) })
    expect(record().history).toMatchObject([
      { act: 'view', by: 'olga', reason: 'the customer asks', at: iso(now), completedAt: iso(now) },
    ])
    expect(JSON.stringify(lines)).not.toContain(token)
  })

  test('is gone with every edit that was too large for the record', async () => {
    const { call, payloads } = api(it)
    const note = (length: number) => ({
      reason: 'longer',
      patch: [{ op: 'add', path: '/data/note', value: 'x'.repeat(length) }],
    })
    for (const length of [60_000, 70_000, 80_000])
      await call('POST', `/failed/${it.recordId}/edit`, { body: note(length) }, http.edited)
    expect(payloads.objects.size).toBe(3)
    const asked = { body: { reason: 'the person asked for it', erase: true } }
    await call('POST', `/failed/${it.recordId}/discard`, asked, http.discardedDocument)
    expect([...payloads.objects.keys()]).toEqual([])
  })

  test('half erased is shown as erased, and does not keep its group from being looked at', async () => {
    const act = { actId: 'd-0', by: 'oleg', reason: 'first', at: iso(now), erase: true, answer: 'none' } as const
    const gone = { kind: 'envelope', kept: 'payloads/gone', bytes: 60_000 } as const
    const { call } = api(beginDiscard({ ...it, payload: gone, original: gone }, act) as DeskRecord)
    const path = `/failed/${it.recordId}`
    const shown = await call('GET', path, {}, http.failedRecord)
    expect(shown).toMatchObject({ status: 200, body: { status: 'open', history: [{ act: 'discard' }] } })
    expect(shown.body).not.toHaveProperty('body')
    expect(await call('GET', `${path}/check`, {}, http.failedCheck)).toMatchObject({
      body: { passes: false, because: [expect.stringContaining('oleg'), expect.anything()] },
    })
    const group = await call('GET', `/failed/groups/${it.fingerprint}/check`, {}, http.groupCheck)
    expect(group).toMatchObject({ status: 200, body: { checked: 1, passing: 0 } })
    const would = await call('POST', `${path}/discard`, { body: { reason: 'x', dryRun: true } }, http.discardedDocument)
    expect(would).toMatchObject({ status: 200, body: { erased: true } })
  })

  test('is not kept of an edit that is refused', async () => {
    const { call, payloads } = api({ ...it, status: 'redriven' })
    const patch = [{ op: 'add', path: '/data/note', value: 'x'.repeat(60_000) }]
    const { status } = await call('POST', `/failed/${it.recordId}/edit`, { body: { reason: 'longer', patch } })
    expect(status).toBe(409)
    expect(payloads.objects.size).toBe(0)
  })

  test('is gone once it was discarded and erased, from the record and from what was quoted', async () => {
    const { call, tables } = api(it)
    const asked = { body: { reason: 'the customer wishes it', erase: true } }
    const { body } = await call('POST', `/failed/${it.recordId}/discard`, asked, http.discardedDocument)
    expect(body).toMatchObject({ status: 'discarded', erased: true })
    expect(JSON.stringify([...tables.records.values()])).not.toContain(token)
  })
})

describe('a dry run', () => {
  test('of a discard that somebody has begun says what that one comes to, as the discard itself does', async () => {
    const act = { actId: 'd-0', by: 'oleg', reason: 'first', at: iso(now), erase: false, answer: 'none' } as const
    const { call, record, told } = api(beginDiscard(failed(), act) as DeskRecord)
    const path = `/failed/${record().recordId}/discard`
    const body = { reason: 'second', erase: true, answer: 'refused' }
    const would = await call('POST', path, { body: { ...body, dryRun: true } }, http.discardedDocument)
    expect(would.body).toMatchObject({ erased: false, answer: 'none' })
    expect(would.body).not.toHaveProperty('saga')
    const done = await call('POST', path, { body }, http.discardedDocument)
    expect(done.body).toMatchObject({ status: 'discarded', erased: false, answer: 'none' })
    expect(told).toEqual([])
  })

  test('of a discard says what would come of it, and changes nothing', async () => {
    const it = failed()
    const { call, record, told } = api(it)
    const body = { reason: 'why not', answer: 'refused', dryRun: true }
    const answer = await call('POST', `/failed/${it.recordId}/discard`, { body }, http.discardedDocument)
    expect(answer.body).toMatchObject({
      dryRun: true,
      status: 'open',
      answer: 'refused',
      check: { passes: true, consumer: { says: 'passes', because: 'payments-commands takes it' } },
      saga: { says: 'passes', because: 'saga-wakeups takes it' },
    })
    expect(record()).toBe(it)
    expect(told).toEqual([])
  })

  test('of an edit shows the difference and whether its contract takes it, and changes nothing', async () => {
    const it = failed()
    const { call, record } = api(it)
    const editing = (value: unknown) =>
      call('POST', `/failed/${it.recordId}/edit`, {
        body: { reason: 'why not', patch: [{ op: 'replace', path: '/data/amount/amount', value }], dryRun: true },
      })
    expect(await editing(90)).toMatchObject({
      status: 200,
      body: {
        dryRun: true,
        check: { passes: true },
        difference: [{ path: '/data/amount/amount', before: 100, after: 90 }],
      },
    })
    expect(await editing('ten')).toMatchObject({
      status: 422,
      body: { detail: expect.stringContaining('expected number, received string') },
    })
    expect(record()).toBe(it)
  })

  test('of a group tells which of its messages would be taken', async () => {
    const it = failed()
    const { call, sent } = api(it)
    const { body } = await call('GET', `/failed/groups/${it.fingerprint}/check`, {}, http.groupCheck)
    expect(body).toEqual({
      fingerprint: it.fingerprint,
      checked: 1,
      passing: 1,
      repeating: 0,
      unasked: 0,
      refused: [],
    })
    expect(sent).toEqual([])
  })

  test.each([
    ['repeats', { passing: 1, repeating: 1, unasked: 0, refused: [] }],
    ['not-asked', { passing: 1, repeating: 0, unasked: 1, refused: [] }],
    ['refuses', { passing: 0, repeating: 0, unasked: 0, refused: [{ because: ['so it is'] }] }],
  ] as const)('of a group counts apart what its consumer says: %s', async (says, counts) => {
    const it = failed()
    const { call } = apiWith(async (_, bodies) => bodies.map(() => ({ says, because: 'so it is' })), it)
    const { body } = await call('GET', `/failed/groups/${it.fingerprint}/check`, {}, http.groupCheck)
    expect(body).toMatchObject({ checked: 1, ...counts })
  })

  test('of an edit asks the consumer about the message as it would be', async () => {
    const it = failed()
    const asked: string[] = []
    const { call } = apiWith(async (queue, bodies) => {
      asked.push(...bodies)
      return passing(queue, bodies)
    }, it)
    const patch = [{ op: 'replace', path: '/data/amount/amount', value: 90 }]
    const editing = { body: { reason: 'why not', patch, dryRun: true } }
    await call('POST', `/failed/${it.recordId}/edit`, editing, http.edited)
    expect(asked.map((body) => JSON.parse(body).data.amount.amount)).toEqual([90])
  })

  test('of an import says what would be taken in and what would come of putting it back, and takes nothing', async () => {
    const it = failed()
    const from = api(it)
    const asking = { query: { reveal: 'to move it' }, scopes: 'personal-data' }
    const { body: exported } = await from.call('GET', `/failed/${it.recordId}`, asking, http.failedRecord)
    const { call, tables } = api()
    const body = { reason: 'moving', records: [exported, { id: 'nonsense' }], dryRun: true }
    const answer = await call('POST', '/failed/import', { body }, http.imported)
    expect(answer.body).toMatchObject({
      dryRun: true,
      records: [
        { id: it.recordId, result: 'imported', check: { passes: true, consumer: { says: 'passes' } } },
        { id: 'nonsense', result: 'refused' },
      ],
    })
    expect(tables.records.size).toBe(0)
    expect((await from.call('POST', '/failed/import', { body }, http.imported)).body.records[0]).toEqual({
      id: it.recordId,
      result: 'known',
    })
  })
})

describe('the news that a cause has cleared', () => {
  test('has transient groups tried, in the name of who said so', async () => {
    const { call, tables } = api(failed('transient'))
    const said = { body: { reason: 'the acquirer answers again' } }
    const { status, body } = await call('POST', '/failed/cleared', said, http.clearedDocument)
    expect(status).toBe(200)
    expect(body).toEqual({
      tried: [{ fingerprint: failed('transient').fingerprint, plan: expect.any(String) }],
      left: [],
    })
    expect([...tables.plans.values()]).toMatchObject([{ status: 'running', by: 'olga' }])
  })

  test('leaves everything else to people, and says so', async () => {
    const { call, tables } = api(failed('poison'))
    const { body } = await call('POST', '/failed/cleared', { body: { reason: 'x' } }, http.clearedDocument)
    expect(body).toMatchObject({ tried: [], left: [{ because: 'poison failures are for people' }] })
    expect(tables.plans.size).toBe(0)
  })

  test('needs a reason', async () => {
    const { call } = api(failed('transient'))
    expect((await call('POST', '/failed/cleared', { body: {} })).status).toBe(422)
  })
})

describe('a staged redrive', () => {
  test('is begun once, and the second is told by whom', async () => {
    const it = failed()
    const { call } = api(it)
    const path = `/failed/groups/${it.fingerprint}/redrive`
    const begun = await call('POST', path, { body: { reason: 'repaired' } }, http.redrivePlan)
    expect(begun).toMatchObject({ status: 202, body: { rate: http.defaultRate, stopAt: http.defaultStopAt } })
    const second = await call('POST', path, { body: { reason: 'repaired' } })
    expect(second).toMatchObject({ status: 409, body: { detail: expect.stringContaining('begun by olga') } })
  })

  test('is stopped by whoever says why, once', async () => {
    const it = failed()
    const { call } = api(it)
    await call('POST', `/failed/groups/${it.fingerprint}/redrive`, { body: { reason: 'repaired' } })
    const path = `/failed/groups/${it.fingerprint}/stop`
    const stopped = await call('POST', path, { body: { reason: 'too early' } }, http.redrivePlan)
    expect(stopped.body).toMatchObject({ status: 'stopped', because: 'stopped by olga: too early' })
    expect((await call('POST', path, { body: { reason: 'again' } })).status).toBe(409)
  })

  test('of a group that nobody knows is not found', async () => {
    const { call } = api()
    const { status } = await call('POST', '/failed/groups/aaaaaaaaaaaa/redrive', { body: { reason: 'x' } })
    expect(status).toBe(404)
  })
})

describe('a single message', () => {
  test('is put back once; a second time is refused in the words of the record', async () => {
    const it = failed()
    const { call, sent } = api(it)
    const path = `/failed/${it.recordId}/redrive`
    const back = await call('POST', path, { body: { reason: 'repaired' } }, http.redriven)
    expect(back).toMatchObject({ status: 202, body: { status: 'redriven', queue: 'payments-commands' } })
    expect(sent.map(({ text }) => text)).toEqual([JSON.stringify(payment)])
    expect(await call('POST', path, { body: { reason: 'again' } })).toMatchObject({
      status: 409,
      body: { type: 'urn:neverstop:problem:already-redriven' },
    })
    expect(sent).toHaveLength(1)
  })

  test('that nobody knows is not found, whatever is asked of it', async () => {
    const { call } = api()
    const path = `/failed/f_${'a'.repeat(26)}`
    expect((await call('GET', path)).status).toBe(404)
    for (const act of ['redrive', 'discard'])
      expect((await call('POST', `${path}/${act}`, { body: { reason: 'x' } })).status).toBe(404)
  })
})
