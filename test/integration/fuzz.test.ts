import { SendMessageCommand } from '@aws-sdk/client-sqs'
import { ScanCommand } from '@aws-sdk/lib-dynamodb'
import { expect, test } from 'vitest'
import { randomOf } from '../../cli/demo/random.ts'
import { atMost } from '../../cli/wait.ts'
import { timings } from '../../reactive/timing.ts'
import { damages, type Mutant } from '../support/mutations.ts'
import { everyConsumer } from '../unit/fuzz/consumers.ts'
import { patience, until } from './patience.ts'
import { queueUrl, sqs } from './queues.ts'
import {
  allEnded,
  dynamo,
  expectConservation,
  newCustomer,
  newProducts,
  orderOf,
  putAway,
  system,
  tableOf,
} from './world.ts'

const eachQueue = 12
const { visibility } = timings.brief
const orders = 6
/** What SQS refuses before anybody could be hurt by it. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: exactly those are meant
const unsendable = /[^\u0009\u000a\u000d\u0020-\ud7ff\ue000-\ufffd]/

type Thrown = Mutant & { readonly queue: string }

/** Damage of which it is certain what must become of it: whatever is left to a consumer's judgement could do something. */
const thrownAt = async (seed: number): Promise<Thrown[]> => {
  const random = randomOf(seed)
  const thrown: Thrown[] = []
  for (const { queue, next } of everyConsumer())
    while (thrown.filter((one) => one.queue === queue).length < eachQueue) {
      const kind = random.pick(Object.keys(damages))
      const mutant = damages[kind]!((await next()) as unknown as Record<string, unknown>, random)
      const known = thrown.some(({ body }) => body === mutant.body)
      if (mutant.may.length === 1 && !known && !unsendable.test(mutant.body)) thrown.push({ kind, queue, ...mutant })
    }
  return thrown
}

/** How long the slowest of some orders took, by the system's own record; all must be confirmed. Milliseconds. */
const slowestOf = async (sku: string): Promise<number> => {
  const placed = await Promise.all(
    Array.from({ length: orders }, () => newCustomer().api.placeOrder(orderOf({ [sku]: 1 }), 'key')),
  )
  const ended = await allEnded(placed.map(({ orderId }) => orderId))
  expect(ended.map(({ status }) => status)).toEqual(ended.map(() => 'confirmed'))
  return Math.max(...ended.map(({ placedAt, endedAt }) => Date.parse(endedAt!) - Date.parse(placedAt)))
}

type Kept = {
  readonly recordId: string
  readonly origin: string
  readonly failure: { readonly class: string }
  readonly payload: { readonly text?: string; readonly base64?: string; readonly bytes?: number }
}

const deskRecords = async (): Promise<Kept[]> => {
  const records: Kept[] = []
  let from: Record<string, unknown> | undefined
  do {
    const { Items = [], LastEvaluatedKey } = await dynamo.send(
      new ScanCommand({ TableName: tableOf('DeskTable'), ConsistentRead: true, ExclusiveStartKey: from }),
    )
    records.push(...(Items as Kept[]))
    from = LastEvaluatedKey
  } while (from)
  return records
}

const isOf =
  ({ queue, body }: Thrown) =>
  ({ origin, payload: { text, base64, bytes } }: Kept): boolean =>
    origin === `neverstop-${system.stage}-${queue}` &&
    (text === body ||
      base64 === Buffer.from(body).toString('base64') ||
      // What is too large for a record is kept beside it.
      (bytes !== undefined && [body.length, Buffer.from(body).toString('base64').length].includes(bytes)))

test(
  'damaged messages on every queue end at the desk under the right class, and no order waits for them',
  async () => {
    const [sku] = (await newProducts(100)) as [string]
    const thrown = await thrownAt(7)
    expect(thrown).toHaveLength(eachQueue * everyConsumer().length)
    const undisturbed = await slowestOf(sku)
    const throwing = atMost(8, thrown, ({ queue, body }) =>
      sqs.send(new SendMessageCommand({ QueueUrl: queueUrl(queue), MessageBody: body })),
    )
    const slowest = await slowestOf(sku)
    await throwing
    // What is damaged costs the others less than one visibility timeout; a slow cloud is busy with it for a while besides.
    expect(slowest).toBeLessThan(undisturbed + patience(visibility))

    let missing: Thrown[] = thrown
    let records: Kept[] = []
    await until(
      async () => {
        records = await deskRecords()
        missing = thrown.filter((one) => !records.some(isOf(one)))
        return missing.length === 0 ? true : undefined
      },
      { within: 60_000, every: 1_000 },
    )
    expect(missing.map(({ queue, kind, body }) => `${queue}: ${kind}: ${body.slice(0, 200)}`)).toEqual([])
    for (const one of thrown)
      expect(
        records.filter(isOf(one)).map(({ failure }) => failure.class),
        `${one.queue}: ${one.kind}: ${one.body.slice(0, 200)}`,
      ).toContain(one.may[0])

    const ours = records.filter((record) => thrown.some((one) => isOf(one)(record)))
    // On a slow cloud the desk has begun to send the transient ones back by itself.
    const put = await atMost(4, ours, ({ recordId }) => putAway(recordId, 'thrown by a test'))
    expect(put).not.toContain(undefined)
  },
  patience(180_000),
)

test('money and stock are as they were', expectConservation)
