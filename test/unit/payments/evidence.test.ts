import { describe, expect, test } from 'vitest'
import { AuthorisePayment, VoidPayment } from '../../../events/payments.ts'
import { paymentsEvidence } from '../../../functions/payments/evidence.ts'
import type { SentMessage } from '../../../reactive/evidence.ts'
import { readOnlyTables } from '../../support/tables.ts'

const orderId = 'ord_0123456789abcdef'
const commandId = `fulfil-order:${orderId}/authorise-payment/do/1`
const asked = (id: string, type: string, more: Partial<SentMessage> = {}): SentMessage => ({
  id,
  type,
  subject: orderId,
  correlationId: orderId,
  at: 1,
  answers: 'saga-fulfil-order',
  ...more,
})

describe('what the book of payments proves', () => {
  test('a recorded authorisation and its answer, and nothing about what is not in the book', async () => {
    const { db, billed } = readOnlyTables({ payments: [{ orderId, commandId, state: 'done', at: 7 }] })
    const found = await paymentsEvidence(db, 'payments').handled([
      asked(commandId, AuthorisePayment.type),
      asked('other', AuthorisePayment.type),
      asked('stranger', 'shipping.BookShipment.v1'),
    ])
    expect(found).toEqual([
      {
        id: commandId,
        as: 'handled',
        sent: [expect.objectContaining({ id: `${commandId}/PaymentAuthorised`, at: 7, to: 'saga-fulfil-order' })],
      },
    ])
    expect(billed).toEqual({ units: 2, calls: 1 })
  })

  test('a void by the record of what it undoes', async () => {
    const { db } = readOnlyTables({ payments: [{ orderId, commandId, state: 'undone', at: 7 }] })
    const undo = asked('void', VoidPayment.type, { undoes: commandId })
    expect(await paymentsEvidence(db, 'payments').handled([undo])).toMatchObject([{ id: 'void', as: 'handled' }])
  })

  test('hundreds of commands in batches that DynamoDB takes, each read once', async () => {
    const { db, billed } = readOnlyTables({ payments: [] })
    const many = Array.from({ length: 250 }, (_, index) => asked(`c${index}`, AuthorisePayment.type))
    await paymentsEvidence(db, 'payments').handled([...many, ...many])
    expect(billed.calls).toBe(3)
  })
})
