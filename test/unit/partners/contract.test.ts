import { describe, expect, test } from 'vitest'
import {
  acquirerRefusal,
  acquirerRemembersKeysFor,
  authorised,
  captured,
  refunded,
  testTokens,
  voided,
} from '../../../events/partners/acquirer.ts'
import {
  booked,
  cancelled,
  carrierRefusal,
  carriers,
  carriersRememberKeysFor,
} from '../../../events/partners/carriers.ts'
import { nothingFound } from '../../../events/partners/common.ts'
import { hours } from '../../../reactive/time.ts'
import { handClock } from '../../support/deliveries.ts'
import { memoryPartners } from '../../support/memory-partners.ts'

const amount = { amount: 100, currency: 'EUR' }
const shipTo = { name: 'Alice', street: 'High Street 1', city: 'Bath', postcode: 'BA1', country: 'GB' }

/** What the consumers of a partner rely on is what the stand-in does: the schemas that they read answers with. */
describe('the acquirer keeps its contract', () => {
  test('in every answer of a payment’s life', async () => {
    const { request } = memoryPartners()
    const hold = await request('POST', '/acquirer/authorisations', {
      key: 'a',
      body: { amount, token: 'tok_ok', reference: 'a' },
    })
    const { authorisationId } = authorised.parse(hold.body)
    const query = { reference: 'a' }
    expect(authorised.parse((await request('GET', '/acquirer/authorisations', { query })).body)).toEqual(hold.body)
    const take = await request('POST', '/acquirer/captures', {
      key: 'c',
      body: { authorisationId, amount, reference: 'c' },
    })
    const { captureId } = captured.parse(take.body)
    expect(captured.parse((await request('GET', '/acquirer/captures', { query: { reference: 'c' } })).body)).toEqual(
      take.body,
    )
    const back = await request('POST', '/acquirer/refunds', { key: 'r', body: { captureId, amount, reference: 'r' } })
    expect(refunded.parse(back.body)).toMatchObject({ captureId })
    expect(refunded.parse((await request('GET', '/acquirer/refunds', { query: { reference: 'r' } })).body)).toEqual(
      back.body,
    )
    const unknown = await request('GET', '/acquirer/refunds', { query: { reference: 'c' } })
    expect(nothingFound.parse(unknown.body).code).toBe('nothing-found')
    const other = await request('POST', '/acquirer/authorisations', {
      key: 'b',
      body: { amount, token: 'tok_ok', reference: 'b' },
    })
    const gone = await request('POST', `/acquirer/authorisations/${other.body.authorisationId}/void`, { key: 'v' })
    expect(voided.parse(gone.body)).toEqual({ authorisationId: other.body.authorisationId, status: 'voided' })
    expect(nothingFound.parse((await request('GET', '/acquirer/captures', { query })).body).code).toBe('nothing-found')
  })

  test.each(testTokens)('for %s: in the end a success or a reason', async (token) => {
    const { request } = memoryPartners()
    const more = { key: 'a', body: { amount, token, reference: 'a' } }
    let answer = await request('POST', '/acquirer/authorisations', more)
    while (answer.status >= 500) answer = await request('POST', '/acquirer/authorisations', more)
    const schema = answer.status === 201 ? authorised : acquirerRefusal
    expect(schema.safeParse(answer.body).success).toBe(true)
  })

  test('about keys: one comes back recognised to the end of the time that it is promised for', async () => {
    const { clock, pass } = handClock()
    const { request, books } = memoryPartners({ clock })
    const more = { key: 'a', body: { amount, token: 'tok_ok', reference: 'a' } }
    const first = await request('POST', '/acquirer/authorisations', more)
    const kept = books.all<{ key: string; type: 'key'; revision: number; expiresAt: number }>('key')
    expect(kept).toHaveLength(1)
    expect(kept[0]!.expiresAt * 1_000).toBeGreaterThan(
      clock() + Math.max(acquirerRemembersKeysFor, carriersRememberKeysFor),
    )
    pass(hours(24))
    expect(await request('POST', '/acquirer/authorisations', more)).toEqual(first)
  })
})

describe('the carriers keep their contract', () => {
  test.each(carriers)('%s, in every answer of a parcel’s life', async (carrier) => {
    const { request } = memoryPartners()
    const body = { reference: 'b', lines: [{ sku: 'TEA-01', quantity: 1 }], shipTo }
    const taken = await request('POST', `/carriers/${carrier}/bookings`, { key: 'b', body })
    const { trackingNumber } = booked.parse(taken.body)
    const found = await request('GET', `/carriers/${carrier}/bookings`, { query: { reference: 'b' } })
    expect(booked.parse(found.body)).toEqual(taken.body)
    const gone = await request('POST', `/carriers/${carrier}/bookings/${trackingNumber}/cancel`, { key: 'c' })
    expect(cancelled.parse(gone.body).trackingNumber).toBe(trackingNumber)
    const refused = await request('POST', `/carriers/${carrier}/bookings`, {
      key: 'd',
      body: { ...body, reference: 'd', shipTo: { ...shipTo, postcode: '00100' } },
    })
    expect(refused.status).toBe(402)
    expect(carrierRefusal.parse(refused.body).code).toBe('undeliverable')
  })
})
