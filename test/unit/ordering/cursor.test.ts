import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fromCursor, toCursor } from '../../../functions/ordering/cursor.ts'
import { positionOf } from '../../../functions/ordering/projection.ts'
import { at, orderId } from '../../support/ordering.ts'

const encode = (text: string) => Buffer.from(text).toString('base64url')

describe('a cursor', () => {
  test('comes back as the position that it was made of', () =>
    fc.assert(
      fc.property(
        fc.date({ min: new Date(0), max: new Date('2100-01-01'), noInvalidDate: true }),
        fc.stringMatching(/^[0-9a-z]{16,40}$/),
        (date, id) => {
          const position = positionOf(date.toISOString(), `ord_${id}`)
          expect(fromCursor(toCursor(position))).toBe(position)
        },
      ),
    ))

  test('needs no escaping in a query string', () => {
    const cursor = toCursor(positionOf(at, orderId))
    expect(encodeURIComponent(cursor)).toBe(cursor)
  })

  test.each([
    ['nothing', ''],
    ['a word', 'hello'],
    ['another version', encode(`v2/${at}/${orderId}`)],
    ['no time', encode(`v1/soon/${orderId}`)],
    ['a time in another notation', encode(`v1/2026-11-21/${orderId}`)],
    ['no id', encode(`v1/${at}/`)],
    ['an id that cannot be', encode(`v1/${at}/ord_NO`)],
    ['something after the id', encode(`v1/${at}/${orderId}/more`)],
    ['padding', `${toCursor(positionOf(at, orderId))}==`],
    ['characters that decoding skips', ` ${toCursor(positionOf(at, orderId))}`],
  ])('is refused when it is %s', (_, cursor) => expect(fromCursor(cursor)).toBeUndefined())

  test('is refused or harmless whatever a client makes up', () =>
    fc.assert(
      fc.property(fc.string(), (text) => {
        const position = fromCursor(text)
        if (position !== undefined) expect(toCursor(position)).toBe(text)
      }),
    ))
})
