import { describe, expect, test } from 'vitest'
import { currentVersions } from '../../../functions/ordering/events.ts'
import { readRecord } from '../../../functions/ordering/upcast.ts'
import { PermanentError, TransientError } from '../../../reactive/errors.ts'
import { at, cancelled, confirmed, orderId, placed, rejected, requested } from '../../support/ordering.ts'

const cause = { at, correlationid: orderId }
const stored = (over: object = {}) => ({ orderId, sequence: 2, ...cancelled, version: 1, cause, ...over })

describe('reading a stored record', () => {
  test.each([placed, requested, confirmed, rejected, cancelled])('gives back $type as it was written', (event) => {
    const record = { ...event, orderId, sequence: 1, version: currentVersions[event.type], cause }
    expect(readRecord(record)).toEqual({ ...event, orderId, sequence: 1, cause })
  })

  test('overlooks the marks that the table keeps beside the event', () => {
    expect(readRecord(stored({ unheardShard: '3', unheardSince: at }))).toEqual({
      ...cancelled,
      orderId,
      sequence: 2,
      cause,
    })
  })

  test('lifts an old version through every link of its chain', () => {
    const chains = {
      cancelled: {
        1: ({ why, ...data }: Record<string, unknown>) => ({ ...data, because: why }),
        2: ({ because, ...data }: Record<string, unknown>) => ({
          ...data,
          reason: { code: 'cancelled', message: because },
        }),
      },
    }
    const old = stored({ data: { customerId: 'alice', why: 'changed my mind' } })
    expect(readRecord(old, chains, { cancelled: 3 })).toMatchObject({
      type: 'cancelled',
      data: { customerId: 'alice', reason: { code: 'cancelled', message: 'changed my mind' } },
    })
  })

  test('starts at the version that was stored', () => {
    const chains = {
      cancelled: {
        1: () => {
          throw new Error('not for this one')
        },
        2: (data: object) => ({ ...data }),
      },
    }
    expect(readRecord(stored({ version: 2 }), chains, { cancelled: 3 })).toMatchObject({ type: 'cancelled' })
  })

  test('waits for the deployment that knows a newer version', () => {
    expect(() => readRecord(stored({ version: 9 }))).toThrow(TransientError)
    expect(() => readRecord(stored({ version: 9 }))).toThrow(`event 2 of ${orderId} (cancelled v9) is newer`)
  })

  test.each([
    ['a chain with a missing link', stored({ version: 1 }), { cancelled: 2 }, 'nothing reads v1 as v2'],
    ['a kind that nobody knows', stored({ type: 'shipped' }), undefined, 'its kind is not known'],
    ['data that breaks its schema', stored({ data: { customerId: '' } }), undefined, 'cannot be read'],
    ['something that is no record', { hello: 'world' }, undefined, 'a record cannot be read'],
    ['a record without a cause', stored({ cause: undefined }), undefined, 'a record cannot be read'],
    ['a sequence below one', stored({ sequence: 0 }), undefined, 'a record cannot be read'],
  ])('gives up %s', (_, record, versions, message) => {
    const read = () => readRecord(record, {}, versions)
    expect(read).toThrow(PermanentError)
    expect(read).toThrow(message)
  })
})
