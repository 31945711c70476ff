import type { APIGatewayProxyEvent } from 'aws-lambda'
import { describe, expect, test } from 'vitest'
import type * as z from 'zod'
import { parse } from '../../../events/envelope.ts'
import { problem as problemSchema } from '../../../events/http/problem.ts'
import { actTaken, bulkTaken, sagaDocument, sagaPage, sagaVersions } from '../../../events/http/sagas.ts'
import { DirectSaga } from '../../../events/saga.ts'
import { type Role, respond } from '../../../reactive/http-endpoint.ts'
import { iso, minutes } from '../../../reactive/time.ts'
import { overdueAfter } from '../../../sagas/operators/documents.ts'
import { sagaRoutes } from '../../../sagas/operators/routes.ts'
import { refundOrder } from '../../../sagas/refund-order.ts'
import { fulfilOrderV1 } from '../../../sagas/retired/fulfil-order-v1.ts'
import { unobserved } from '../../support/observation.ts'
import { operatorsOf } from '../../support/operators.ts'
import { life, type Said, start, timing } from '../../support/sagas.ts'

const subjectOf = (index: number) => `ord_${String(index).padStart(16, '0')}`
const idOf = (index: number) => `fulfil-order:${subjectOf(index)}`

type Asking = {
  body?: unknown
  query?: Record<string, string>
  headers?: Record<string, string>
  role?: Role | 'nobody'
}

/** The API over sagas that have each lived through a script, a minute apart. */
const api = async (scripts: readonly (readonly Said[])[], { now }: { now?: number } = {}) => {
  const lives = scripts.map((script, index) =>
    life(script, { subject: subjectOf(index), from: start + minutes(index) }),
  )
  const world = await operatorsOf([fulfilOrderV1, refundOrder], lives, now ?? start + minutes(scripts.length))
  const routes = sagaRoutes(world.service)
  const call = async (method: string, path: string, { body, query, headers = {}, role = 'operator' }: Asking = {}) => {
    const event = {
      httpMethod: method,
      path,
      headers,
      queryStringParameters: query ?? null,
      body: body === undefined ? null : JSON.stringify(body),
      isBase64Encoded: false,
      requestContext: { requestId: 'req-1', authorizer: role === 'nobody' ? undefined : { subject: 'olga', role } },
    } as unknown as APIGatewayProxyEvent
    const answer = await respond(routes, event, { ...unobserved('/operators'), remainingMs: () => 1_000 })
    const read = JSON.parse(answer.body)
    if (answer.statusCode >= 400) {
      expect(answer.headers?.['content-type']).toBe('application/problem+json')
      expect(problemSchema.safeParse(read).error).toBeUndefined()
    }
    return { status: answer.statusCode, body: read, location: answer.headers?.location }
  }
  return { ...world, lives, call }
}
const fits = (schema: z.ZodType, value: unknown) => expect(schema.safeParse(value).error).toBeUndefined()

describe('every route of /sagas', () => {
  test.each([
    ['GET', '/sagas'],
    ['GET', '/sagas/versions'],
    ['POST', '/sagas/acts'],
    ['GET', `/sagas/${idOf(0)}`],
    ['POST', `/sagas/${idOf(0)}/acts`],
  ])('%s %s is for operators only', async (method, path) => {
    const { call, sent } = await api([[]])
    const body = { verb: 'retry', reason: 'x', where: { state: 'unfinished' } }
    expect((await call(method, path, { body, role: 'customer' })).status).toBe(403)
    expect((await call(method, path, { body, role: 'nobody' })).status).toBe(401)
    expect(sent).toEqual([])
  })
})

describe('GET /sagas', () => {
  test('lists sagas, the newest first', async () => {
    const { call } = await api([['done'], ['refused', 'done'], ['silence']])
    const { status, body } = await call('GET', '/sagas')
    expect(status).toBe(200)
    fits(sagaPage, body)
    expect(body.items.map(({ sagaId, state }: { sagaId: string; state: string }) => [sagaId, state])).toEqual([
      [idOf(2), 'forward'],
      [idOf(1), 'undone'],
      [idOf(0), 'forward'],
    ])
  })

  test.each<[Record<string, string>, number[]]>([
    [{ state: 'unfinished' }, [3, 2, 0]],
    [{ state: 'ended' }, [1]],
    [{ state: 'compensating' }, [3]],
    [{ failedStep: 'reserve-stock' }, [2, 1]],
    [{ failedStep: 'reserve-stock', state: 'unfinished' }, [2]],
    [{ definition: 'refund-order' }, []],
    [{ definition: 'fulfil-order', version: '1', state: 'undone' }, [1]],
    [{ startedBefore: iso(start + minutes(1)) }, [0]],
    [{ startedBefore: '2026-01-01T00:02:00Z' }, [1, 0]],
    [{ tenant: 'nobody' }, []],
  ])('filters by %j', async (query, found) => {
    const { call } = await api([['done'], ['refused', 'done'], ['silence'], ['done', 'refused']])
    const { body } = await call('GET', '/sagas', { query })
    expect(body.items.map(({ sagaId }: { sagaId: string }) => sagaId)).toEqual(found.map(idOf))
  })

  test('finds what should have looked again by itself and has not', async () => {
    const waiting = life([], { subject: subjectOf(0) })
    const due = start + 1_000 + timing.stepDeadline
    const before = await api([[], ['refused', 'done']], { now: due + overdueAfter(timing) })
    const after = await api([[], ['refused', 'done']], { now: due + overdueAfter(timing) + 1 })
    const found = async ({ call }: typeof before, overdue: string) =>
      (await call('GET', '/sagas', { query: { overdue } })).body.items
    expect(await found(before, 'true')).toEqual([])
    expect(await found(after, 'true')).toMatchObject([{ sagaId: waiting.sagaId, overdue: true, dueAt: iso(due) }])
    expect(await found(after, 'false')).toHaveLength(2)
  })

  test('goes on where the page before ended', async () => {
    const { call } = await api(Array.from({ length: 5 }, () => []))
    const seen: string[] = []
    let cursor: string | undefined
    do {
      const { body } = await call('GET', '/sagas', { query: { limit: '2', ...(cursor ? { cursor } : {}) } })
      seen.push(...body.items.map(({ sagaId }: { sagaId: string }) => sagaId))
      cursor = body.next
    } while (cursor)
    expect(seen).toEqual([4, 3, 2, 1, 0].map(idOf))
  })

  test.each([
    [{ cursor: 'x' }, /no cursor of this list/],
    [{ state: 'stuck' }, /state/],
    [{ limit: '0' }, /limit/],
    [{ colour: 'red' }, /colour: is not known here/],
    [{ startedBefore: 'yesterday' }, /startedBefore/],
    [{ overdue: 'maybe' }, /overdue/],
  ])('refuses %j', async (query, said) => {
    const { call } = await api([[]])
    const { status, body } = await call('GET', '/sagas', { query: query as unknown as Record<string, string> })
    expect(status).toBe(400)
    expect(body.detail).toMatch(said)
  })
})

describe('GET /sagas/{id}', () => {
  test('shows the state, what is waited for, what may be done, and the history', async () => {
    const { call, lives } = await api([['done', 'silence']])
    const { status, body } = await call('GET', `/sagas/${encodeURIComponent(idOf(0))}`)
    expect(status).toBe(200)
    fits(sagaDocument, body)
    expect(body).toMatchObject({
      sagaId: idOf(0),
      state: 'forward',
      failedStep: 'authorise-payment',
      revision: 3,
      cancelNoted: false,
      steps: [
        { step: 'reserve-stock', kind: 'compensable', status: 'done' },
        { step: 'authorise-payment', status: 'unknown', asks: 1, until: expect.any(String) },
        { step: 'book-shipment', status: 'pending' },
        { step: 'capture-payment', kind: 'pivot', status: 'pending' },
      ],
      outstanding: [{ type: 'payments.AuthorisePayment.v1', step: 'authorise-payment', until: expect.any(String) }],
      options: expect.arrayContaining([{ verb: 'retry' }, { verb: 'compensate' }]),
      acts: [],
    })
    expect(body.history.map(({ revision }: { revision: number }) => revision)).toEqual([1, 2, 3])
    expect(lives[0]!.state.revision).toBe(3)
  })

  test('remembers the steps of one that has ended by its history', async () => {
    const { call } = await api([['done', 'silence', 'refused', 'done', 'done']])
    const { body } = await call('GET', `/sagas/${idOf(0)}`)
    fits(sagaDocument, body)
    expect(body).toMatchObject({ state: 'undone', failedStep: 'authorise-payment', options: [], outstanding: [] })
    expect(body.steps).toMatchObject([
      { step: 'reserve-stock', status: 'undone' },
      { step: 'authorise-payment', status: 'refused', asks: 1 },
      { step: 'book-shipment', status: 'skipped' },
      { step: 'capture-payment', status: 'skipped' },
    ])
    expect(body).not.toHaveProperty('dueAt')
  })

  test('is the truth of the moment even when the history lags behind', async () => {
    const { call, states } = await api([['done']])
    states.set(idOf(0), life(['done', 'done', 'done'], { subject: subjectOf(0) }).state)
    const { body } = await call('GET', `/sagas/${idOf(0)}`)
    expect(body).toMatchObject({ revision: 4, steps: [{}, {}, { status: 'done' }, { status: 'sent' }] })
    expect(body.history).toHaveLength(2)
  })

  test('tells nothing of a customer', async () => {
    const { call } = await api([['done']])
    const text = JSON.stringify((await call('GET', `/sagas/${idOf(0)}`)).body)
    for (const secret of ['alice', 'A. Reader', 'High Street', 'tok_ok']) expect(text).not.toContain(secret)
  })

  test('shows a saga whose marker is gone from its history, for as long as lists show it', async () => {
    const { call, states, lives } = await api([['refused', 'done']])
    const before = (await call('GET', `/sagas/${idOf(0)}`)).body
    states.delete(idOf(0))
    expect((await call('GET', '/sagas')).body.items).toMatchObject([{ sagaId: idOf(0) }])
    const { status, body } = await call('GET', `/sagas/${idOf(0)}`)
    expect(status).toBe(200)
    fits(sagaDocument, body)
    expect(body).toEqual(before)
    expect(body).toMatchObject({ state: 'undone', outstanding: [], options: [] })
    expect(body.history).toHaveLength(lives[0]!.changes.length)
  })

  test('answers 404 for a saga that there is not, and 400 for what is no id', async () => {
    const { call } = await api([[]])
    expect(await call('GET', '/sagas/fulfil-order:ord_nobody')).toMatchObject({
      status: 404,
      body: { code: 'no-such-saga' },
    })
    expect(await call('GET', '/sagas/somebody')).toMatchObject({ status: 400 })
  })
})

describe('POST /sagas/{id}/acts', () => {
  const path = `/sagas/${idOf(0)}/acts`
  const retry = { verb: 'retry', reason: 'the acquirer is back' }

  test('sends the act to the coordinator, in the name of who asked', async () => {
    const { call, sent } = await api([['done', 'silence']])
    const { status, body, location } = await call('POST', path, { body: retry })
    expect(status).toBe(202)
    fits(actTaken, body)
    expect(body).toMatchObject({ sagaId: idOf(0), verdict: 'applied', state: 'forward', dryRun: false })
    expect(new URL(String(location), `https://api.example/v1${path}`).pathname).toBe(`/v1/sagas/${idOf(0)}`)
    const [{ message }] = sent as [(typeof sent)[number]]
    const read = parse(JSON.stringify(message), [DirectSaga])
    expect(read).toMatchObject({
      ok: true,
      message: {
        id: body.actId,
        subject: subjectOf(0),
        correlationid: subjectOf(0),
        data: { sagaId: idOf(0), verb: 'retry', by: 'olga', reason: 'the acquirer is back' },
      },
    })
  })

  test('in a dry run says what would come of it, and sends nothing', async () => {
    const { call, sent, states } = await api([['done']])
    const before = JSON.stringify(states.get(idOf(0)))
    const { status, body } = await call('POST', path, {
      body: { verb: 'compensate', reason: 'x' },
      query: { dryRun: 'true' },
    })
    expect(status).toBe(200)
    fits(actTaken, body)
    expect(body).toMatchObject({
      dryRun: true,
      state: 'compensating',
      changes: [{ step: 'authorise-payment', to: 'undoing' }, {}, {}],
    })
    expect(sent).toEqual([])
    expect(JSON.stringify(states.get(idOf(0)))).toBe(before)
  })

  test('answers 409 in the words of the machine when the verb does not fit, and sends nothing', async () => {
    const { call, sent } = await api([['refused', 'done']])
    for (const dryRun of ['false', 'true']) {
      const { status, body } = await call('POST', path, { body: retry, query: { dryRun } })
      expect(status).toBe(409)
      expect(body).toMatchObject({ code: 'wrong-state', detail: expect.stringContaining('has ended undone') })
    }
    expect(sent).toEqual([])
  })

  test('is the same act under the same key, and another one without', async () => {
    const { call, sent } = await api([['done', 'silence']])
    const headers = { 'Idempotency-Key': 'mend-1' }
    await call('POST', path, { body: retry, headers })
    await call('POST', path, { body: retry, headers })
    await call('POST', path, { body: retry })
    const ids = sent.map(({ message }) => message.id)
    expect(ids[0]).toBe(ids[1])
    expect(ids[2]).not.toBe(ids[0])
  })

  test.each<[unknown, number, RegExp]>([
    [{ verb: 'retry' }, 422, /reason/],
    [{ verb: 'retry', reason: '  ' }, 422, /reason/],
    [{ verb: 'repair', reason: 'x' }, 422, /verb/],
    [{ verb: 'skip', reason: 'x' }, 422, /step: is needed to skip/],
    [{ verb: 'resolve', step: 'reserve-stock', reason: 'x' }, 422, /as: is needed to resolve/],
    [{ verb: 'cancel', step: 'reserve-stock', reason: 'x' }, 422, /step: cancel is about the whole saga/],
    [{ verb: 'retry', as: 'done', reason: 'x' }, 422, /as: retry has no use for it/],
    [{ verb: 'retry', data: {}, reason: 'x' }, 422, /data: retry has no use for it/],
    [{ verb: 'retry', reason: 'x', by: 'somebody else' }, 422, /by: is not known here/],
  ])('refuses %j', async (body, status, said) => {
    const { call, sent } = await api([['done', 'silence']])
    const answer = await call('POST', path, { body })
    expect(answer.status).toBe(status)
    expect(answer.body.detail).toMatch(said)
    expect(sent).toEqual([])
  })

  test('refuses a key that is none', async () => {
    const { call } = await api([['done']])
    const { status, body } = await call('POST', path, { body: retry, headers: { 'idempotency-key': 'a key' } })
    expect(status).toBe(400)
    expect(body.code).toBe('bad-idempotency-key')
  })

  test('answers 404 for a saga that there is not', async () => {
    const { call } = await api([[]])
    expect((await call('POST', '/sagas/fulfil-order:nobody/acts', { body: retry })).status).toBe(404)
  })
})

describe('POST /sagas/acts', () => {
  const scripts: Said[][] = [['done'], ['refused', 'done'], ['done', 'done', 'done'], ['silence'], ['done', 'refused']]
  const compensate = { verb: 'compensate', reason: 'the campaign is over' }

  test('acts on every unfinished saga that the filter means and the verb fits', async () => {
    const { call, sent } = await api(scripts)
    const { status, body } = await call('POST', '/sagas/acts', {
      body: { ...compensate, where: { definition: 'fulfil-order' } },
    })
    expect(status).toBe(202)
    fits(bulkTaken, body)
    expect(body.taken.map(({ sagaId }: { sagaId: string }) => sagaId)).toEqual([3, 0].map(idOf))
    expect(body.refused).toEqual([
      { sagaId: idOf(4), code: 'wrong-state', detail: expect.stringContaining('cannot turn back') },
      { sagaId: idOf(2), code: 'wrong-state', detail: expect.stringContaining('cannot turn back') },
    ])
    expect(sent.map(({ message }) => (message.data as { sagaId: string }).sagaId)).toEqual([3, 0].map(idOf))
    expect(new Set(sent.map(({ message }) => message.id)).size).toBe(2)
  })

  test('leaves the pace to the queue', async () => {
    const { call, sent } = await api(Array.from({ length: 7 }, () => ['done']))
    const { body } = await call('POST', '/sagas/acts', {
      body: { ...compensate, where: { state: 'forward' }, rate: 2 },
    })
    expect(sent.map(({ delaySeconds }) => delaySeconds)).toEqual([0, 0, 1, 1, 2, 2, 3])
    expect(body.seconds).toBe(4)
  })

  test('in a dry run sends nothing', async () => {
    const { call, sent } = await api(scripts)
    const { status, body } = await call('POST', '/sagas/acts', {
      body: { ...compensate, where: { state: 'unfinished' } },
      query: { dryRun: 'true' },
    })
    expect(status).toBe(200)
    expect(body).toMatchObject({ dryRun: true, taken: [{}, {}], refused: [{}, {}] })
    expect(sent).toEqual([])
  })

  test('goes no further than its limit, and on from there', async () => {
    const { call, sent } = await api(Array.from({ length: 5 }, () => ['done']))
    const where = { definition: 'fulfil-order' }
    const first = await call('POST', '/sagas/acts', { body: { ...compensate, where, limit: 2 } })
    const second = await call('POST', '/sagas/acts', {
      body: { ...compensate, where, limit: 50, cursor: first.body.next },
    })
    expect(first.body.taken).toHaveLength(2)
    expect(second.body.taken).toHaveLength(3)
    expect(second.body).not.toHaveProperty('next')
    expect(sent.map(({ message }) => message.subject)).toEqual([4, 3, 2, 1, 0].map(subjectOf))
  })

  test('says of a saga that went in between that there is none', async () => {
    const { call, states } = await api([['done']])
    states.delete(idOf(0))
    const { body } = await call('POST', '/sagas/acts', { body: { ...compensate, where: { state: 'forward' } } })
    expect(body).toMatchObject({ taken: [], refused: [{ code: 'no-such-saga' }] })
  })

  test.each<[unknown, RegExp]>([
    [{ ...compensate }, /where/],
    [{ ...compensate, where: {} }, /must say which sagas are meant/],
    [{ ...compensate, where: { state: 'done' } }, /state/],
    [{ ...compensate, where: { colour: 'red' } }, /colour: is not known here/],
    [{ ...compensate, where: { state: 'case' }, limit: 101 }, /limit/],
    [{ ...compensate, where: { state: 'case' }, rate: 0 }, /rate/],
    [{ verb: 'compensate', where: { state: 'case' } }, /reason/],
  ])('refuses %j', async (body, said) => {
    const { call, sent } = await api(scripts)
    const answer = await call('POST', '/sagas/acts', { body })
    expect(answer.status).toBe(422)
    expect(answer.body.detail).toMatch(said)
    expect(sent).toEqual([])
  })

  test('refuses a cursor that is none', async () => {
    const { call } = await api(scripts)
    const { status } = await call('POST', '/sagas/acts', {
      body: { ...compensate, where: { state: 'case' }, cursor: 'x' },
    })
    expect(status).toBe(400)
  })
})

describe('GET /sagas/versions', () => {
  test('says how many instances each still has', async () => {
    const { call } = await api([['done'], ['refused', 'done'], ['silence']])
    const { status, body } = await call('GET', '/sagas/versions')
    expect(status).toBe(200)
    fits(sagaVersions, body)
    expect(body.items).toEqual([
      {
        definition: 'fulfil-order',
        version: 1,
        hash: fulfilOrderV1.hash,
        deployed: true,
        newest: true,
        unfinished: 2,
        cases: 0,
        oldestStartedAt: iso(start + 1_000),
        removable: false,
        because: 'new instances start on it',
      },
      expect.objectContaining({ definition: 'refund-order', unfinished: 0, removable: false }),
    ])
  })
})
