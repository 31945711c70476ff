import { randomUUID } from 'node:crypto'
import { GetCommand, PutCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { afterAll, describe, expect, test } from 'vitest'
import { problem as problemSchema } from '../../events/http/problem.ts'
import { pressureKey, regulationKey } from '../../reactive/admission-store.ts'
import { until } from './patience.ts'
import { dynamo, ended, newCustomer, newProducts, orderOf, tableOf } from './world.ts'

const TableName = tableOf('ControlsTable')
const control = regulationKey('orders')
const [sku] = (await newProducts(100)) as [string]

/** What the regulator has come to under pressure, until so many milliseconds from now. */
const press = async (share: number, until: number) => {
  const { Item } = await dynamo.send(new GetCommand({ TableName, Key: { control } }))
  const now = Date.now()
  const regulation = { share, level: 2, expected: 60_000, at: now, watch: { from: now + until } }
  await dynamo.send(
    new PutCommand({ TableName, Item: { control, ...regulation, revision: Number(Item?.revision ?? 0) + 1 } }),
  )
}

const place = (customer: ReturnType<typeof newCustomer>, key: string = randomUUID()) =>
  customer.api.request('POST', '/orders', { body: orderOf({ [sku]: 1 }), headers: { 'Idempotency-Key': key } })

/** Goes by the shared state: an instance looks at it once a second. */
const aLook = () => new Promise((resolve) => setTimeout(resolve, 1_200))

afterAll(async () => {
  const open = { share: 1, level: 0, expected: 0, at: Date.now(), watch: { from: Date.now() } }
  await dynamo.send(
    new UpdateCommand({
      TableName,
      Key: { control },
      UpdateExpression:
        'SET #share = :share, #level = :level, expected = :expected, #at = :at, watch = :watch ADD revision :one',
      ExpressionAttributeNames: { '#share': 'share', '#level': 'level', '#at': 'at' },
      ExpressionAttributeValues: {
        ':share': open.share,
        ':level': open.level,
        ':expected': open.expected,
        ':at': open.at,
        ':watch': open.watch,
        ':one': 1,
      },
    }),
  )
})

describe('admission', () => {
  test('refuses new orders under pressure while those that run complete, and lets in again when it is over', async () => {
    const customer = newCustomer()
    const accepted = await place(customer, 'the-first')
    expect(accepted.status).toBe(202)
    const { orderId } = accepted.body as { orderId: string }

    await press(0.02, 60_000)
    await aLook()
    const refused = await until(
      async () => {
        // Somebody else each time: nobody asks for more than his share, there is just not enough for all.
        const answer = await place(newCustomer())
        return answer.status === 202 ? undefined : answer
      },
      { within: 5_000, every: 50 },
    )
    expect(refused).toBeDefined()
    // Who asks for more than others is told so; all the others, that there is not enough for everybody.
    expect([429, 503]).toContain(refused!.status)
    expect(Number(refused!.headers.get('retry-after'))).toBeGreaterThanOrEqual(1)
    expect(refused!.headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect(problemSchema.parse(refused!.body)).toMatchObject({
      status: refused!.status,
      code: refused!.status === 429 ? 'over-share' : 'overloaded',
    })
    expect((await customer.api.request('GET', '/orders')).status).toBe(503)

    // What was accepted is answered again, goes on, and ends well.
    expect((await place(customer, 'the-first')).body).toMatchObject({ orderId })
    expect((await ended(orderId)).status).toBe('confirmed')

    // Meanwhile the consumers on its way have said how long messages wait.
    for (const queue of ['saga-fulfil-order', 'payments-commands']) {
      const { Item } = await dynamo.send(new GetCommand({ TableName, Key: { control: pressureKey(queue) } }))
      expect(Item, queue).toMatchObject({ age: expect.any(Number), at: expect.any(Number) })
    }

    await press(0.5, 0)
    const again = await until(
      async () => {
        const answer = await place(customer)
        return answer.status === 202 ? answer : undefined
      },
      { within: 15_000, every: 200 },
    )
    expect(again, 'an order that is let in again').toBeDefined()
    await ended((again!.body as { orderId: string }).orderId)
  })
})
