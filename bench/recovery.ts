import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  waitUntilTableExists,
} from '@aws-sdk/client-dynamodb'
import { CreateQueueCommand, SQSClient } from '@aws-sdk/client-sqs'
import type { SQSRecord } from 'aws-lambda'
import { outputOf } from '../cli/outputs.ts'
import { openSystem, type System } from '../cli/system.ts'
import { atMost } from '../cli/wait.ts'
import { seal } from '../events/envelope.ts'
import { ReserveStock } from '../events/inventory.ts'
import { takeInAll } from '../functions/recovery/intake.ts'
import { redriveAll } from '../functions/recovery/redrive.ts'
import { sendBack } from '../functions/recovery/send-back.ts'
import { type DeskTables, deskStore, perCommit } from '../functions/recovery/store.ts'
import { failureAttribute } from '../reactive/failure.ts'
import { unmeasured } from '../reactive/metering.ts'
import { portionsOf } from '../reactive/portions.ts'
import { iso, minutes } from '../reactive/time.ts'
import { memoryPayloads } from '../test/support/memory-desk.ts'
import { unobserved } from '../test/support/observation.ts'
import { type Figure, figure, rate, repeated } from './measure.ts'
import { neverstop, port, state } from './own-cloud.ts'

/** Records on the desk while its lists are measured, and causes that they have. */
const held = 50_000
const causes = 50
/** Batches that are taken in side by side, as functions of a busy stage would. */
const width = 4

/**
 * The recovery desk on the embedded cloud: production intake, redrive and lists over tables of their own, with the keys
 * and indexes of the deployed ones. What the emulator costs is part of every figure; a service's tables answer quicker.
 */
export const recoveryFigures = async (): Promise<Figure[]> => {
  // Nobody's business but the benchmark's: the command line refuses variables that it does not know.
  delete process.env.NEVERSTOP_BENCH_PORT
  neverstop('up')
  try {
    const system = await openSystem({ port: Number(port), state })
    const dynamodb = new DynamoDBClient(system.clientConfig)
    const tables: DeskTables = {
      records: await twinOf(dynamodb, system, 'DeskTable'),
      groups: await twinOf(dynamodb, system, 'GroupsTable'),
      plans: await twinOf(dynamodb, system, 'PlansTable'),
    }
    const desk = deskStore(dynamodb, tables)
    const tools = { desk, payloads: memoryPayloads(), clock: Date.now, observed: unobserved('/recovery') }
    const context = { awsRequestId: 'bench', getRemainingTimeInMillis: () => 3_000 }
    const takeIn = async (from: number, count: number) => {
      const batches = Array.from({ length: count / 10 }, (_, batch) =>
        Array.from({ length: 10 }, (_, index) => deadLetter(from + batch * 10 + index)),
      )
      await atMost(width, batches, async (Records) => {
        const { batchItemFailures } = await takeInAll({ Records }, tools, context)
        if (batchItemFailures.length > 0) throw new Error(`${batchItemFailures.length} were not taken in`)
      })
    }

    const intake: number[] = []
    const portion = held / 5
    for (let from = 0; from < held; from += portion) intake.push(await rate(portion, () => takeIn(from, portion)))

    const groups = await repeated(5, async () => {
      const began = performance.now()
      const found = await desk.groups({ all: false })
      const counted = found.reduce((sum, { open }) => sum + open, 0)
      if (found.length !== causes || counted !== held)
        throw new Error(`${found.length} groups count ${counted} records`)
      return performance.now() - began
    })
    const fingerprint = (await desk.groups({ all: false }))[0]!.fingerprint
    const members = await repeated(5, async () => {
      const began = performance.now()
      const { items } = await desk.page({ group: fingerprint, limit: 100 })
      if (items.length !== 100) throw new Error(`a page of ${items.length}`)
      return performance.now() - began
    })

    const sqs = new SQSClient(system.clientConfig)
    const { QueueUrl } = await sqs.send(new CreateQueueCommand({ QueueName: `bench-${Date.now()}` }))
    const send = sendBack(sqs, { [origin]: QueueUrl! }, unmeasured)
    const toGo = await desk.members(fingerprint, { after: '', before: iso(Date.now()), limit: 1_000 })
    const portions = portionsOf(toGo, perCommit)
    const redrives: number[] = []
    for (let from = 0; from < portions.length; from += 10)
      redrives.push(
        await rate(10 * perCommit, async () => {
          for (const portion of portions.slice(from, from + 10)) {
            const results = await redriveAll(
              portion.map(({ recordId }) => ({ recordId, actId: 'bench', by: 'bench', reason: 'measured' })),
              { ...tools, send, knows: () => true, leases: { sending: minutes(1), outcome: minutes(5) } },
            )
            for (const result of results.values()) if ('refused' in result) throw new Error(result.detail)
          }
        }),
      )

    return [
      figure('failed messages taken in, embedded cloud', '/s', intake),
      figure(`${held} failed messages listed by cause, embedded cloud`, 'ms', groups, { atMost: 1_000 }),
      figure(`100 of ${held} failed messages listed, embedded cloud`, 'ms', members, { atMost: 1_000 }),
      figure('failed messages put back, embedded cloud', '/s', redrives),
    ]
  } finally {
    neverstop('down', '--purge')
  }
}

const origin = 'neverstop-local-inventory-commands'
const at = Date.now() - minutes(10)

/** One of many commands that failed for one of the causes. */
const deadLetter = (index: number): SQSRecord => {
  const orderId = `ord_${String(index).padStart(20, '0')}`
  const message = seal(ReserveStock({ orderId, lines: [{ sku: 'TEA-01', quantity: 1 }] }), {
    id: `fulfil-order:${orderId}/reserve-stock/do/1`,
    source: '/saga/fulfil-order',
    subject: orderId,
    time: iso(at),
    correlationid: orderId,
  })
  const note = {
    class: 'permanent',
    code: `cause-${index % causes}`,
    message: `The record of ${orderId} is damaged.`,
    consumer: '/inventory',
    receives: 1,
    at: iso(at + index),
    origin: `http://localhost/000000000000/${origin}`,
  }
  return {
    messageId: `m-${index}`,
    receiptHandle: 'r',
    body: JSON.stringify(message),
    attributes: { ApproximateReceiveCount: '1', SentTimestamp: String(at) },
    messageAttributes: { [failureAttribute]: { dataType: 'String', stringValue: JSON.stringify(note) } },
    eventSourceARN: `arn:aws:sqs:eu-central-1:000000000000:${origin}-dead`,
  } as unknown as SQSRecord
}

/** An empty table with the keys and indexes of a deployed one. */
const twinOf = async (dynamodb: DynamoDBClient, system: System, output: string): Promise<string> => {
  const { Table } = await dynamodb.send(new DescribeTableCommand({ TableName: outputOf(system, output) }))
  const name = `${output}-bench-${Date.now()}`
  await dynamodb.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: Table!.AttributeDefinitions!,
      KeySchema: Table!.KeySchema!,
      GlobalSecondaryIndexes: Table!.GlobalSecondaryIndexes!.map(({ IndexName, KeySchema, Projection }) => ({
        IndexName: IndexName!,
        KeySchema: KeySchema!,
        Projection: Projection!,
      })),
    }),
  )
  await waitUntilTableExists({ client: dynamodb, minDelay: 1, maxWaitTime: 30 }, { TableName: name })
  return name
}
