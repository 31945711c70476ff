import { PutCommand } from '@aws-sdk/lib-dynamodb'
import { beforeAll, describe, expect, test } from 'vitest'
import { type OrderDocument, order as orderSchema } from '../../events/http/ordering.ts'
import { until } from './patience.ts'
import { dynamo, ended, expectAgreement, newCustomer, newProducts, operator, orderOf, tableOf } from './world.ts'

let sku = ''
beforeAll(async () => {
  ;[sku] = (await newProducts(1_000)) as [string]
})

const document = async (orderId: string, is: (order: OrderDocument) => boolean, what: string) => {
  let last: OrderDocument | undefined
  const found = await until(
    async () => {
      last = await operator.order(orderId)
      return is(last) ? last : undefined
    },
    { within: 90_000, every: 250 },
  )
  if (found) return found
  throw new Error(`${orderId} is not ${what} within 90 s: ${JSON.stringify(last, null, 1)}`)
}
const settled = (orderId: string) =>
  document(orderId, (order) => order.return !== undefined && order.return.state !== 'requested', 'returned or rejected')
/** Turns what a carrier does in general: `down` lets it answer nothing. */
const turn = (partner: string, down: boolean) =>
  dynamo.send(new PutCommand({ TableName: tableOf('FaultsTable'), Item: { partner, down } }))

describe('an order above a thousand', () => {
  const large = () => newCustomer().api.placeOrder(orderOf({ [sku]: 101 }))

  test('waits until an operator approves it', async () => {
    const { orderId } = await large()
    expect(await operator.order(orderId)).toMatchObject({ status: 'placed', approval: 'awaiting' })
    expect(await operator.review(orderId, { approved: true, reason: 'a known shop' })).toMatchObject({
      approval: 'approved',
    })
    const order = await ended(orderId)
    expect(order).toMatchObject({ status: 'confirmed', approval: 'approved' })
    expect(orderSchema.safeParse(order)).toMatchObject({ success: true })
    await expectAgreement([orderId])
  })

  test('is rejected in the words of the operator who declines it', async () => {
    const { orderId } = await large()
    await operator.review(orderId, { approved: false, reason: 'Too many cups for one kitchen.' })
    expect(await ended(orderId)).toMatchObject({
      status: 'rejected',
      reason: { code: 'not-approved', message: 'Too many cups for one kitchen.' },
    })
    await expectAgreement([orderId])
  })
})

describe('an order that is sent back', () => {
  const confirmed = async () => {
    const { api } = newCustomer()
    const { orderId } = await api.placeOrder(orderOf({ [sku]: 2 }))
    await ended(orderId)
    return { api, orderId }
  }
  /** The parcel is known once a carrier has taken it on; a webhook repeats itself until then. */
  const arrives = async (orderId: string) => {
    const known = await until(async () => operator.receiveParcel(orderId).catch(() => undefined), {
      within: 60_000,
      every: 500,
    })
    if (!known) throw new Error(`no carrier has taken the return of ${orderId} on within 60 s`)
    return known
  }

  test.each(['resellable', 'damaged'] as const)('in a %s state', async (condition) => {
    const { api, orderId } = await confirmed()
    expect(await api.sendBack(orderId, 'It is too dark.')).toMatchObject({ return: { state: 'requested' } })
    await arrives(orderId)
    await operator.inspect(orderId, condition)
    const order = await settled(orderId)
    expect(order).toMatchObject({ refund: 'refunded', return: { state: 'completed', condition } })
    expect(orderSchema.safeParse(order)).toMatchObject({ success: true })
    await expectAgreement([orderId])
  })

  test('goes by the carrier that is up', async () => {
    const { api, orderId } = await confirmed()
    await turn('swift', true)
    try {
      await api.sendBack(orderId, 'It is too dark.')
      expect(await arrives(orderId)).toMatchObject({ carrier: 'steady' })
    } finally {
      await turn('swift', false)
    }
    await operator.inspect(orderId, 'damaged')
    expect(await settled(orderId)).toMatchObject({ return: { state: 'completed' } })
    await expectAgreement([orderId])
  })

  test('stays where it is when its money went back before', async () => {
    const { api, orderId } = await confirmed()
    await operator.refund(orderId, 'The parcel was lost.')
    await document(orderId, ({ refund }) => refund === 'refunded', 'refunded')
    await api.sendBack(orderId, 'It has turned up.')
    expect(await settled(orderId)).toMatchObject({
      return: { state: 'rejected', reason: { code: 'already-refunded' } },
    })
    await expectAgreement([orderId])
  })
})
