import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import type { Schema } from '../../../events/compatibility.ts'
import { contracts } from '../../../events/index.ts'
import { BookShipment } from '../../../events/shipping.ts'
import { fulfilOrder } from '../../../sagas/fulfil-order.ts'

/** The parts of a schema that refuse, or drop, what they do not know. */
const closedIn = (schema: Schema, path: string): string[] => [
  ...(schema.properties && schema.additionalProperties === false ? [path] : []),
  ...Object.entries(schema.properties ?? {}).flatMap(([name, part]) => closedIn(part, `${path}.${name}`)),
  ...(schema.items ? closedIn(schema.items, `${path}[]`) : []),
]

describe('what a newer sender says besides', () => {
  test.each([...contracts].map((contract) => [contract.type, contract] as const))(
    'is kept by %s, however deep',
    (type, { schema }) => {
      expect(closedIn(z.toJSONSchema(schema) as Schema, type)).toEqual([])
    },
  )

  test('is passed on by a saga that knows nothing of it', () => {
    const orderId = 'ord_aaaaaaaaaaaaaaaaaaaaaaaaaa'
    const shipTo = { name: 'N', street: 'S', city: 'C', postcode: '10115', country: 'DE', phone: '0300' }
    const placed = {
      ...{ orderId, customerId: 'alice', paymentToken: 'tok_ok', shipTo },
      ...{ lines: [{ sku: 'TEA-01', quantity: 2, gift: true }], total: { amount: 2_000, currency: 'EUR' } },
    }
    const order = fulfilOrder.keep(fulfilOrder.startedBy.schema.parse(placed))
    const book = fulfilOrder.steps.find(({ name }) => name === 'book-shipment')
    if (!book || !('send' in book)) throw new Error('There is no such step.')
    expect(BookShipment.schema.parse(book.send({ order }).data)).toEqual({ orderId, shipTo, lines: placed.lines })
  })
})
