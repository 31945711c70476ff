import { randomBytes, randomUUID } from 'node:crypto'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { DynamoDBDocumentClient, PutCommand, QueryCommand } from '@aws-sdk/lib-dynamodb'
import { expect, inject } from 'vitest'
import { type Api, everyItem, Refusal } from '../../cli/api.ts'
import { compare } from '../../cli/audit/compare.ts'
import { read } from '../../cli/audit/read.ts'
import { audit } from '../../cli/audit.ts'
import { outputOf } from '../../cli/outputs.ts'
import { list } from '../../cli/seed.ts'
import { signIn } from '../../cli/sign-in.ts'
import { openSystem } from '../../cli/system.ts'
import { atMost } from '../../cli/wait.ts'
import type { OrderDocument, PlaceOrderBody } from '../../events/http/ordering.ts'
import { patience, until } from './patience.ts'

/** The deployed system that the tests of this run share. */
export const system = await openSystem(inject('chosen'))
export const operator = signIn(system, { role: 'operator', subject: 'test' })
/** An operator who may see what is personal. */
export const confidant = signIn(system, { role: 'operator', subject: 'confidant', personal: true })
export const dynamo = DynamoDBDocumentClient.from(new DynamoDBClient(system.clientConfig))
export const tableOf = (output: string) => outputOf(system, output)

/** A customer whom no other test knows, so that "nothing was written" can be seen in an empty list of orders. */
export const newCustomer = (): { subject: string; api: Api } => {
  const subject = `customer-${randomBytes(6).toString('hex')}`
  const api = signIn(system, { role: 'customer', subject })
  return {
    subject,
    api: { ...api, placeOrder: (body, key = randomUUID()) => patiently(() => api.placeOrder(body, key)) },
  }
}

/** Who is told that the house is full comes again, under the same key, for a minute. */
const patiently = async <T>(ask: () => Promise<T>): Promise<T> => {
  const end = Date.now() + patience(60_000)
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      const isFull = error instanceof Refusal && [429, 503].includes(error.problem.status)
      if (!isFull || Date.now() > end) throw error
      await new Promise((resolve) => setTimeout(resolve, 500))
    }
  }
}

/** Products that no other test sells, 10.00 EUR each, ready to be ordered. */
export const newProducts = async (...stocks: number[]): Promise<string[]> => {
  const products = stocks.map((stock) => ({
    sku: `T-${randomBytes(6).toString('hex').toUpperCase()}`,
    name: 'Made for a test',
    price: { amount: 1_000, currency: 'EUR' },
    stock,
  }))
  await list(operator, products)
  return products.map(({ sku }) => sku)
}

export const shipTo = { name: 'A Tester', street: 'Mill Lane 1', city: 'Amsterdam', postcode: '1011', country: 'NL' }

/** The body of an order: `orderOf({ [sku]: 2 }, { token: 'tok_declined' })`. */
export const orderOf = (
  quantities: Record<string, number>,
  { token = 'tok_ok', postcode = shipTo.postcode } = {},
): PlaceOrderBody => ({
  lines: Object.entries(quantities).map(([sku, quantity]) => ({ sku, quantity })),
  payment: { token },
  shipTo: { ...shipTo, postcode },
})

/** Waits until an order has ended. Fails with the order's history when it does not. */
export const ended = async (orderId: string, within = 90_000): Promise<OrderDocument> => {
  let last: OrderDocument | undefined
  const end = await until(
    async () => {
      last = await operator.order(orderId)
      return last.status === 'placed' ? undefined : last
    },
    { within, every: 150 },
  )
  if (end) return end
  throw new Error(`${orderId} has not ended within ${within / 1_000} s: ${JSON.stringify(last?.timeline, null, 1)}`)
}

/** The same for many orders. Looks at lists, because asking for each would be the heaviest load of all tests. */
export const allEnded = async (orderIds: readonly string[], within = 90_000): Promise<OrderDocument[]> => {
  let waiting: string[] = []
  const over = await until(
    async () => {
      const unseen = new Set(orderIds)
      waiting = []
      for await (const { orderId, status } of everyItem((cursor) => operator.orders({ cursor, limit: 100 }))) {
        if (unseen.delete(orderId) && status === 'placed') waiting.push(orderId)
        if (unseen.size === 0) break
      }
      waiting.push(...unseen)
      return waiting.length === 0 ? true : undefined
    },
    { within, every: 500 },
  )
  if (!over)
    throw new Error(`${waiting.length} orders have not ended within ${within / 1_000} s: ${waiting.join(', ')}`)
  return atMost(4, orderIds, (orderId) => operator.order(orderId))
}

/**
 * Waits until every record about these orders and products agrees, with the sagas over and their stock sold or
 * released. Other tests may keep the rest of the system busy meanwhile.
 */
export const expectAgreement = async (about: readonly string[], within = 30_000): Promise<void> => {
  let differences: unknown[] = []
  await until(
    async () => {
      const readings = await read(system)
      const running = readings.sagas.filter(({ orderId, phase }) => phase === 'running' && about.includes(orderId))
      differences = [
        ...compare({ ...readings, settled: true }).differences.filter((difference) => about.includes(difference.about)),
        ...running.map(({ sagaId }) => `${sagaId} is still running`),
      ]
      return differences.length === 0 ? true : undefined
    },
    { within, every: 500 },
  )
  expect(differences).toEqual([])
}

/** The whole system at rest, everything accounted for: what each file of tests ends with. */
export const expectConservation = async (): Promise<void> => {
  const { differences, unfinishedSagas, messagesInFlight } = await audit(system, { settleWithin: patience(60_000) })
  expect({ differences, unfinishedSagas, messagesInFlight }).toEqual({
    differences: [],
    unfinishedSagas: 0,
    messagesInFlight: 0,
  })
}

/** The acquirer's books of one order, as the audit reads them. */
export const booksOf = async (orderId: string) => (await read(system)).books.filter((book) => book.orderId === orderId)

/** Puts a desk record away, and tells how it ended; what is on its way back just now is waited for. */
export const putAway = (id: string, reason: string): Promise<string | undefined> =>
  until(
    async () => {
      try {
        return (await operator.discardFailed(id, { reason })).status
      } catch (error) {
        const { status } = await operator.failedRecord(id)
        if (!(error instanceof Refusal) || error.problem.status !== 409) throw error
        return status === 'handled' || status === 'discarded' ? status : undefined
      }
    },
    { within: 60_000 },
  )

type Switches = {
  latencyMs?: number
  errorRate?: number
  failFirst?: number
  timeoutAfterEffect?: boolean
  down?: boolean
}

/** Turns a partner's fault switches for the length of `work`, and waits until its processes have noticed both turns. */
export const withFaults = async <T>(partner: string, switches: Switches, work: () => Promise<T>): Promise<T> => {
  const turn = async (item: Switches) => {
    await dynamo.send(new PutCommand({ TableName: tableOf('FaultsTable'), Item: { partner, ...item } }))
    await new Promise((resolve) => setTimeout(resolve, 300))
  }
  await turn(switches)
  try {
    return await work()
  } finally {
    await turn({})
  }
}

/** A participant's records of one order. */
export const recordsOf = async (output: 'PaymentsTable' | 'ShipmentsTable' | 'ReservationsTable', orderId: string) => {
  const { Items = [] } = await dynamo.send(
    new QueryCommand({
      TableName: tableOf(output),
      KeyConditionExpression: 'orderId = :orderId',
      ExpressionAttributeValues: { ':orderId': orderId },
      ConsistentRead: true,
    }),
  )
  return Items as { commandId: string; state: string; result?: Record<string, unknown> }[]
}
