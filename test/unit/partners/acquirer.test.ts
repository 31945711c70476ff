import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Authorisation, Capture, Refund } from '../../../functions/partners/acquirer-rules.ts'
import { seconds } from '../../../reactive/time.ts'
import { memoryPartners } from '../../support/memory-partners.ts'

const eur = (amount: number) => ({ amount, currency: 'EUR' })
const open = (partners = memoryPartners()) => {
  const { request } = partners
  return {
    ...partners,
    authorise: (key: string, token = 'tok_ok', amount = 1_000, reference = key) =>
      request('POST', '/acquirer/authorisations', { key, body: { amount: eur(amount), token, reference } }),
    capture: (key: string, authorisationId: string, amount = 1_000, currency = 'EUR') =>
      request('POST', '/acquirer/captures', {
        key,
        body: { authorisationId, amount: { amount, currency }, reference: key },
      }),
    cancel: (key: string, id: string) => request('POST', `/acquirer/authorisations/${id}/void`, { key }),
    refund: (key: string, captureId: string, amount: number) =>
      request('POST', '/acquirer/refunds', { key, body: { captureId, amount: eur(amount), reference: key } }),
    authorisations: () => partners.books.all<Authorisation>('authorisation'),
  }
}

describe('an authorisation', () => {
  test('holds the amount', async () => {
    const bank = open()
    const { status, body } = await bank.authorise('k1')
    expect(status).toBe(201)
    expect(bank.authorisations()).toMatchObject([
      {
        authorisationId: body.authorisationId,
        reference: 'k1',
        amount: 1_000,
        currency: 'EUR',
        captured: 0,
        voided: false,
      },
    ])
  })

  test.each([
    ['tok_declined', 'declined'],
    ['tok_insufficient_funds', 'insufficient-funds'],
    ['tok_stolen', 'invalid-token'],
  ])('of %s is refused as %s and holds nothing', async (token, code) => {
    const bank = open()
    expect(await bank.authorise('k1', token)).toMatchObject({ status: 402, body: { code } })
    expect(bank.authorisations()).toEqual([])
  })

  test.each([
    ['no key', 400, { body: { amount: eur(1), token: 'tok_ok', reference: 'r' } }],
    ['an unknown field', 422, { key: 'k', body: { amount: eur(1), token: 'tok_ok', reference: 'r', extra: 1 } }],
    ['a fraction', 422, { key: 'k', body: { amount: eur(0.5), token: 'tok_ok', reference: 'r' } }],
  ])('with %s is not understood, which is no refusal', async (_, status, more) => {
    const bank = open()
    expect((await bank.request('POST', '/acquirer/authorisations', more)).status).toBe(status)
    expect(bank.authorisations()).toEqual([])
  })

  test('is not made twice under one reference and two keys', async () => {
    const bank = open()
    await bank.authorise('k1', 'tok_ok', 1_000, 'ref')
    expect((await bank.authorise('k2', 'tok_ok', 1_000, 'ref')).status).toBe(422)
    expect(bank.authorisations()).toHaveLength(1)
  })

  test('is found by its reference, and nothing else is', async () => {
    const bank = open()
    const { body } = await bank.authorise('k1')
    const find = (reference: string) => bank.request('GET', '/acquirer/authorisations', { query: { reference } })
    expect(await find('k1')).toMatchObject({ status: 200, body: { authorisationId: body.authorisationId } })
    expect(await find('k2')).toMatchObject({ status: 404, body: { code: 'nothing-found' } })
  })
})

describe('a key', () => {
  test('brings the same answer back, success or refusal', async () => {
    const bank = open()
    for (const token of ['tok_ok', 'tok_declined']) {
      const first = await bank.authorise(token, token)
      expect(await bank.authorise(token, token)).toEqual(first)
    }
    expect(bank.authorisations()).toHaveLength(1)
  })

  test('is refused for another request', async () => {
    const bank = open()
    await bank.authorise('k1', 'tok_ok', 1_000)
    expect(await bank.authorise('k1', 'tok_ok', 2_000)).toMatchObject({ status: 422, body: { code: 'key-reused' } })
  })

  test('does not depend on the order of the body’s members', async () => {
    const { request } = memoryPartners()
    const one = await request('POST', '/acquirer/authorisations', {
      key: 'k',
      body: { token: 'tok_ok', reference: 'r', amount: eur(5) },
    })
    const two = await request('POST', '/acquirer/authorisations', {
      key: 'k',
      body: { amount: { currency: 'EUR', amount: 5 }, reference: 'r', token: 'tok_ok' },
    })
    expect(two).toEqual(one)
  })

  test('has one effect when it comes twenty times at once', async () => {
    const bank = open()
    const answers = await Promise.all(Array.from({ length: 20 }, () => bank.authorise('k1')))
    expect(bank.authorisations()).toHaveLength(1)
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([201]))
  })
})

describe('a capture', () => {
  const authorised = async (token = 'tok_ok') => {
    const bank = open()
    const { body } = await bank.authorise('hold', token)
    return { ...bank, id: body.authorisationId as string }
  }

  test('takes what was held', async () => {
    const bank = await authorised()
    expect(await bank.capture('c1', bank.id)).toMatchObject({ status: 201, body: { status: 'captured' } })
    expect(bank.authorisations()).toMatchObject([{ captured: 1_000 }])
  })

  test('may be partial, but never exceeds what was authorised', async () => {
    const bank = await authorised()
    expect((await bank.capture('c1', bank.id, 600)).status).toBe(201)
    expect(await bank.capture('c2', bank.id, 401)).toMatchObject({
      status: 402,
      body: { code: 'exceeds-authorisation' },
    })
    expect((await bank.capture('c3', bank.id, 400)).status).toBe(201)
    expect(bank.authorisations()).toMatchObject([{ captured: 1_000 }])
  })

  test('is refused after a void, in another currency, and without an authorisation', async () => {
    const bank = await authorised()
    expect(await bank.capture('c1', bank.id, 1, 'USD')).toMatchObject({ body: { code: 'other-currency' } })
    expect(await bank.capture('c2', 'auth_none')).toMatchObject({ body: { code: 'unknown-authorisation' } })
    await bank.cancel('v', bank.id)
    expect(await bank.capture('c3', bank.id)).toMatchObject({ status: 402, body: { code: 'voided' } })
  })

  test('of tok_timeout_after_charge is made, and answered late the first time only', async () => {
    const bank = await authorised('tok_timeout_after_charge')
    expect(bank.slept).toEqual([])
    const first = await bank.capture('c1', bank.id)
    expect(bank.slept).toEqual([seconds(3) * 1.3])
    expect(await bank.capture('c1', bank.id)).toEqual(first)
    expect(bank.slept).toHaveLength(1)
    expect(bank.authorisations()).toMatchObject([{ captured: 1_000 }])
  })

  test('is given back in parts, never more than was taken', async () => {
    const bank = await authorised()
    const { body } = await bank.capture('c1', bank.id)
    expect((await bank.refund('r1', body.captureId, 700)).status).toBe(201)
    expect(await bank.refund('r2', body.captureId, 301)).toMatchObject({
      status: 402,
      body: { code: 'exceeds-capture' },
    })
    expect(await bank.refund('r1', body.captureId, 700)).toMatchObject({ status: 201 })
    expect(await bank.refund('r3', 'cap_none', 1)).toMatchObject({ status: 402, body: { code: 'unknown-capture' } })
    expect(bank.authorisations()).toMatchObject([{ captured: 1_000, refunded: 700 }])
    expect(bank.books.all<Refund>('refund')).toHaveLength(1)
  })
})

describe('a void', () => {
  test('lets the money go, once or twice', async () => {
    const bank = open()
    const { body } = await bank.authorise('k1')
    for (const key of ['v1', 'v1', 'v2']) {
      expect(await bank.cancel(key, body.authorisationId)).toMatchObject({ status: 200, body: { status: 'voided' } })
    }
    expect(bank.authorisations()).toMatchObject([{ voided: true }])
  })

  test('is refused after a capture', async () => {
    const bank = open()
    const { body } = await bank.authorise('k1')
    await bank.capture('c1', body.authorisationId)
    expect(await bank.cancel('v1', body.authorisationId)).toMatchObject({
      status: 402,
      body: { code: 'already-captured' },
    })
  })

  test('and a capture at the same time: one of them wins', async () => {
    const bank = open()
    const { body } = await bank.authorise('k1')
    const both = await Promise.all([bank.cancel('v1', body.authorisationId), bank.capture('c1', body.authorisationId)])
    expect(both.filter(({ status }) => status < 300)).toHaveLength(1)
    expect(both.filter(({ status }) => status === 402)).toHaveLength(1)
  })
})

describe('what test tokens and switches do beyond the outcome', () => {
  test('tok_slow takes six tenths of the caller’s timeout', async () => {
    const bank = open()
    expect((await bank.authorise('k1', 'tok_slow')).status).toBe(201)
    expect(bank.slept).toEqual([1_800])
  })

  test('tok_flaky fails twice a key, then succeeds', async () => {
    const bank = open()
    const statuses = []
    for (let attempt = 0; attempt < 4; attempt++) statuses.push((await bank.authorise('k1', 'tok_flaky')).status)
    expect(statuses).toEqual([500, 500, 201, 201])
    expect((await bank.authorise('k2', 'tok_flaky')).status).toBe(500)
  })

  test('down answers 503 and does nothing', async () => {
    const bank = open()
    bank.turn('acquirer', { down: true })
    expect((await bank.authorise('k1')).status).toBe(503)
    expect(bank.authorisations()).toEqual([])
  })

  test('latency delays every answer', async () => {
    const bank = open()
    bank.turn('acquirer', { latencyMs: 40 })
    await bank.authorise('k1')
    await bank.authorise('k1')
    expect(bank.slept).toEqual([40, 40])
  })

  test('an error rate fails its share before any effect', async () => {
    let roll = 0
    const bank = open(memoryPartners({ random: () => [0.1, 0.9][roll++ % 2]! }))
    bank.turn('acquirer', { errorRate: 0.5 })
    expect((await bank.authorise('k1')).status).toBe(500)
    expect(bank.authorisations()).toEqual([])
    expect((await bank.authorise('k1')).status).toBe(201)
  })

  test('failFirst counts by key', async () => {
    const bank = open()
    bank.turn('acquirer', { failFirst: 1 })
    expect((await bank.authorise('k1')).status).toBe(500)
    expect((await bank.authorise('k2')).status).toBe(500)
    expect((await bank.authorise('k1')).status).toBe(201)
  })

  test('a timeout after the effect happens once a key, and not after a refusal', async () => {
    const bank = open()
    bank.turn('acquirer', { timeoutAfterEffect: true })
    await bank.authorise('k1', 'tok_declined')
    expect(bank.slept).toEqual([])
    await bank.authorise('k2')
    await bank.authorise('k2')
    expect(bank.slept).toEqual([3_900])
  })
})

test('no sequence of requests captures more than was authorised, or after a void, or refunds more than was captured', async () => {
  const step = fc.record({
    act: fc.constantFrom('capture', 'void', 'refund'),
    amount: fc.integer({ min: 1, max: 1_200 }),
    key: fc.integer({ min: 1, max: 6 }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const bank = open()
      const { body } = await bank.authorise('hold')
      let captureId = 'cap_none'
      await Promise.all(
        steps.map(async ({ act, amount, key }) => {
          if (act === 'void') await bank.cancel(`void ${key}`, body.authorisationId)
          if (act === 'refund') await bank.refund(`refund ${key}`, captureId, amount)
          if (act === 'capture') {
            const taken = await bank.capture(`capture ${key}`, body.authorisationId, amount)
            if (taken.status === 201) captureId = taken.body.captureId
          }
        }),
      )
      const [authorisation] = bank.authorisations()
      const sum = (entries: readonly { amount: number }[]) => entries.reduce((total, { amount }) => total + amount, 0)
      expect(authorisation!.captured).toBe(sum(bank.books.all<Capture>('capture')))
      expect(authorisation!.refunded).toBe(sum(bank.books.all<Refund>('refund')))
      expect(authorisation!.captured).toBeLessThanOrEqual(authorisation!.amount)
      expect(authorisation!.refunded).toBeLessThanOrEqual(authorisation!.captured)
      if (authorisation!.voided) expect(authorisation!.captured).toBe(0)
    }),
    { numRuns: 200, seed: 7 },
  )
})
