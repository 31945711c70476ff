import { describe, expect, test } from 'vitest'
import { ProductListed } from '../../../events/inventory.ts'
import { ConfirmOrder, OrderConfirmed, OrderPlaced } from '../../../events/ordering.ts'
import { SagaAdvanced } from '../../../events/saga.ts'
import type { OrderEvent } from '../../../functions/ordering/events.ts'
import { orderingEvidence, publishedAs } from '../../../functions/ordering/evidence.ts'
import { published } from '../../../functions/ordering/published.ts'
import { sentKeyOf } from '../../../functions/ordering/sent.ts'
import type { EventStore } from '../../../functions/ordering/store.ts'
import type { SentMessage } from '../../../reactive/evidence.ts'
import { at, cancelled, confirmed, orderId, placed, rejected, requested } from '../../support/ordering.ts'
import { readOnlyTables } from '../../support/tables.ts'

const message = (id: string, type: string, more: Partial<SentMessage> = {}): SentMessage => ({
  id,
  type,
  subject: orderId,
  correlationId: orderId,
  at: 1,
  ...more,
})
const cause = { at, correlationid: orderId }

const evidenceOver = (
  tables: { events?: object[]; views?: object[]; prices?: object[] },
  stream: readonly OrderEvent[] = [],
) => {
  const { events = [], views = [], prices = [] } = tables
  const { db, billed } = readOnlyTables({ events, views, prices } as never)
  const load: EventStore['load'] = async () =>
    stream.map((event, index) => ({ ...event, orderId, sequence: index + 1, cause }))
  return {
    evidence: orderingEvidence(db, { events: 'events', views: 'views', prices: 'prices' }, { load }),
    billed,
  }
}
const foundIn = async (tables: Parameters<typeof evidenceOver>[0], asked: SentMessage, stream?: OrderEvent[]) =>
  (await evidenceOver(tables, stream).evidence.handled([asked]))[0]

describe('what ordering proves', () => {
  test('about an event of its own: that it came round, once its mark is gone', async () => {
    const asked = message(`${orderId}/3`, OrderConfirmed.type)
    const item = { orderId, sequence: 3, type: 'confirmed' }
    expect(await foundIn({ events: [{ ...item, unheardShard: '4' }] }, asked)).toBeUndefined()
    expect(await foundIn({ events: [item] }, asked)).toEqual({ id: asked.id, as: 'handled' })
    expect(await foundIn({}, asked)).toBeUndefined()
  })

  test('about an advance of a saga: that the view has it, or a later one in its slot', async () => {
    const asked = (revision: number) => message(`fulfil-order:${orderId}/${revision}`, SagaAdvanced.type)
    const views = [
      { orderId, 'saga:fulfil-order:3': { revision: 4_099 }, 'saga:fulfil-order:quiet-5': { revision: 69 } },
    ]
    expect(await foundIn({ views }, asked(3))).toMatchObject({ as: 'handled' })
    expect(await foundIn({ views }, asked(4_099))).toMatchObject({ as: 'handled' })
    expect(await foundIn({ views }, asked(8_195))).toBeUndefined()
    expect(await foundIn({ views }, asked(69))).toMatchObject({ as: 'handled' })
    expect(await foundIn({ views }, asked(133))).toBeUndefined()
    expect(await foundIn({ views }, asked(4))).toBeUndefined()
  })

  test('about a listing: that the price list has that revision or a later one', async () => {
    const asked = (revision: number) => message(`TEA-01/${revision}`, ProductListed.type, { subject: 'TEA-01' })
    const prices = [{ sku: 'TEA-01', revision: 5 }]
    expect(await foundIn({ prices }, asked(5))).toMatchObject({ as: 'handled' })
    expect(await foundIn({ prices }, asked(6))).toBeUndefined()
  })

  test('about the command that ends a saga: the end itself, and that it was answered', async () => {
    const asked = message(`fulfil-order:${orderId}/end/confirm`, ConfirmOrder.type, { answers: 'saga-fulfil-order' })
    expect(await foundIn({}, asked, [placed])).toBeUndefined()
    expect(await foundIn({}, asked, [placed, confirmed])).toMatchObject({
      as: 'handled',
      sent: [{ id: `${asked.id}/ConfirmationRecorded`, to: 'saga-fulfil-order' }],
    })
    expect(await foundIn({}, asked, [placed, rejected])).toBeUndefined()
  })
})

describe('what ordering sent', () => {
  const sentAt = (time: string) => {
    const event = { orderId, sequence: 1, type: 'placed', ...sentKeyOf(orderId, time) }
    return evidenceOver({ events: [event, { orderId, sequence: 2, type: 'cancellation-requested' }] })
  }

  test('in a span of time is found under its minute, and only within the span', async () => {
    const { evidence } = sentAt('2026-03-01T09:30:20.500Z')
    const within = (from: string, to: string) =>
      evidence.sent!(`2026-03-01T09:${from}.000Z`, `2026-03-01T09:${to}.000Z`)
    expect(await within('29:59', '30:21')).toEqual([
      {
        id: `${orderId}/1`,
        type: OrderPlaced.type,
        subject: orderId,
        correlationId: orderId,
        at: Date.parse('2026-03-01T09:30:20.500Z'),
      },
    ])
    expect(await within('30:00', '30:20')).toEqual([])
    expect(await within('30:21', '31:00')).toEqual([])
  })

  test('costs one query for each of sixteen parts of a minute, whatever is in them', async () => {
    const { evidence, billed } = sentAt('2026-03-01T09:30:20.500Z')
    await evidence.sent!('2026-03-01T09:30:00.000Z', '2026-03-01T09:31:00.000Z')
    expect(billed).toEqual({ calls: 16, units: 8 })
  })

  test('is asked after by the contracts that it is published as', () => {
    for (const event of [placed, requested, confirmed, rejected, cancelled])
      expect(publishedAs[event.type].type).toBe(published({ ...event, orderId, sequence: 1, cause }).type)
  })
})
