import { ChangeMessageVisibilityCommand, SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs'
import type { Context, SQSEvent, SQSRecord } from 'aws-lambda'
import { describe, expect, test } from 'vitest'
import { type Random, randomOf } from '../../../cli/demo/random.ts'
import { summaryOf } from '../../../functions/recovery/documents.ts'
import { takeInAll } from '../../../functions/recovery/intake.ts'
import { payloads } from '../../../functions/recovery/payloads.ts'
import type { DeskRecord } from '../../../functions/recovery/record.ts'
import { consumer } from '../../../reactive/consume.ts'
import { failureAttribute } from '../../../reactive/failure.ts'
import { timings } from '../../../reactive/timing.ts'
import { damages, type Fate, type Mutant, mutantOf } from '../../support/mutations.ts'
import { unobserved } from '../../support/observation.ts'
import { type Consumed, everyConsumer, now } from './consumers.ts'

const mutants = 10_000
const seed = 20_261_121
const { receives } = timings.standard
const observed = unobserved('/fuzz')
const context = { getRemainingTimeInMillis: () => 5_000, awsRequestId: 'r' } as Context

type Parked = { readonly body: string; readonly failure: string | undefined; readonly queue: string }

/** A queue's consumer as Lambda runs it, with a queue that remembers what was parked and what was put off. */
const running = ({ queue, options }: Consumed) => {
  const parked: Parked[] = []
  const consume = consumer(options, {
    sqs: {
      send: async (command: unknown) => {
        if (command instanceof SendMessageCommand) {
          const { MessageBody = '', MessageAttributes = {} } = command.input
          parked.push({ body: MessageBody, failure: MessageAttributes[failureAttribute]?.StringValue, queue })
        } else if (!(command instanceof ChangeMessageVisibilityCommand))
          throw new Error(`Nobody expected a ${(command as object).constructor.name}.`)
        return {}
      },
    } as unknown as SQSClient,
    urlOf: (name) => name,
    deadLetterUrlOf: (name) => `${name}-dead`,
    desk: 'recovery-commands',
    receives,
    observed,
    clock: () => now,
    random: () => 0.5,
  })
  const recordOf = (body: string, id: string, count: number) =>
    ({
      messageId: id,
      body,
      receiptHandle: id,
      attributes: { ApproximateReceiveCount: String(count), SentTimestamp: String(now) },
      messageAttributes: {},
      eventSourceARN: `arn:aws:sqs:eu-central-1:000000000000:${queue}`,
    }) as unknown as SQSRecord
  /** Delivers a batch until everything is acknowledged, and tells how often each message had to come. */
  const deliver = async (bodies: readonly string[]): Promise<number[]> => {
    const came = bodies.map(() => 0)
    let waiting = bodies.map((_, index) => index)
    for (let round = 1; waiting.length > 0; round++) {
      if (round > receives) throw new Error(`${queue} still keeps ${bodies[waiting[0]!]!.slice(0, 200)}`)
      for (const index of waiting) came[index]! += 1
      const event = { Records: waiting.map((index) => recordOf(bodies[index]!, String(index), round)) } as SQSEvent
      const { batchItemFailures } = await consume(event, context)
      waiting = batchItemFailures.map(({ itemIdentifier }) => Number(itemIdentifier))
    }
    return came
  }
  return { deliver, parked }
}

/** DynamoDB refuses an item that is larger than 400 KB or nested deeper than 32 levels. */
const assertItem = (item: unknown) => {
  const depth = (value: unknown): number =>
    typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depth)) : 0
  if (depth(item) > 32) throw new Error('Nesting Levels have exceeded supported limits')
  if (Buffer.byteLength(JSON.stringify(item)) > 400 * 1_024) throw new Error('Item size has exceeded the maximum')
}

/** The desk's intake over a table that is as strict as the real one. */
const desk = () => {
  const records = new Map<string, DeskRecord>()
  const objects = new Map<string, string>()
  const takeIn = (parked: readonly Parked[]) =>
    takeInAll(
      {
        Records: parked.map(({ body, failure, queue }, index) => ({
          messageId: `${queue}/${records.size}/${index}`,
          body,
          receiptHandle: 'r',
          attributes: { ApproximateReceiveCount: '1', SentTimestamp: String(now) },
          messageAttributes: failure ? { [failureAttribute]: { stringValue: failure, dataType: 'String' } } : {},
          eventSourceARN: `arn:aws:sqs:eu-central-1:000000000000:${queue}-dead`,
        })),
      } as unknown as SQSEvent,
      {
        desk: {
          updateAll: async (changes) => {
            const after = [...changes].map(([id, become]) => become(records.get(id))!)
            for (const record of after) assertItem({ ...record, summary: summaryOf(record) })
            for (const record of after) records.set(record.recordId, record)
            return after
          },
        },
        payloads: payloads({
          put: async (key, content) => void objects.set(key, content),
          get: async (key) => objects.get(key)!,
          remove: async (key) => void objects.delete(key),
        }),
        clock: () => now,
        observed,
      },
      context,
    )
  return { records, takeIn }
}

const batchOf = async ({ next }: Consumed, random: Random): Promise<{ mutants: Mutant[]; good: string }> => ({
  mutants: await Promise.all(
    Array.from({ length: 9 }, async () => mutantOf((await next()) as unknown as Record<string, unknown>, random)),
  ),
  good: JSON.stringify(await next()),
})

describe('ten thousand damaged messages', () => {
  const consumers = everyConsumer()
  const random = randomOf(seed)
  const rounds = Math.ceil(mutants / 9 / consumers.length)
  const kinds = new Map<string, number>()
  const wrong: string[] = []
  const late: string[] = []
  let thrown = 0

  test.each(consumers.map((consumed) => [consumed.queue, consumed] as const))(
    'are each handled by the consumer of %s, or on record with the right class; a good one among them does not wait',
    { timeout: 120_000 },
    async (queue, consumed) => {
      const { deliver, parked } = running(consumed)
      const { records, takeIn } = desk()
      const fates = new Map<Fate, number>()
      for (let round = 0; round < rounds; round++) {
        const { mutants, good } = await batchOf(consumed, random)
        // Where the good one stands among them must make no difference.
        const at = random.between(0, mutants.length)
        const bodies = mutants.map(({ body }) => body).toSpliced(at, 0, good)
        const before = parked.length
        const came = await deliver(bodies)
        const given = parked.slice(before)
        thrown += mutants.length
        if (came[at] !== 1 || given.some(({ body }) => body === good)) late.push(`${queue}: ${good}`)
        for (const { kind, body, may } of mutants) {
          kinds.set(kind, (kinds.get(kind) ?? 0) + 1)
          const record = given.find((one) => one.body === body)
          const fate: Fate = record ? (JSON.parse(record.failure!) as { class: Fate }).class : 'handled'
          fates.set(fate, (fates.get(fate) ?? 0) + 1)
          if (!may.includes(fate)) wrong.push(`${queue}: ${kind} is ${fate}: ${body.slice(0, 300)}`)
        }
        const { batchItemFailures } = await takeIn(given)
        if (batchItemFailures.length > 0) {
          const lost = batchItemFailures.map(({ itemIdentifier }) => Number(itemIdentifier.split('/').at(-1)))
          wrong.push(...lost.map((index) => `${queue}: not on record: ${given[index]!.body.slice(0, 300)}`))
        }
      }
      expect(wrong).toEqual([])
      expect(late).toEqual([])
      expect(fates.get('handled')).toBeGreaterThan(0)
      expect(fates.get('poison')).toBeGreaterThan(0)
      expect(fates.get('transient')).toBeGreaterThan(0)
      // What was parked is open at the desk under the class that its consumer gave it.
      expect(records.size).toBeGreaterThan(0)
      for (const record of records.values()) expect(record).toMatchObject({ status: 'open', origin: queue })
    },
  )

  test('were thrown, of every kind of damage', () => {
    expect(thrown).toBeGreaterThanOrEqual(mutants)
    expect([...kinds.keys()].toSorted()).toEqual(Object.keys(damages).toSorted())
    expect(Math.min(...kinds.values())).toBeGreaterThan(mutants / Object.keys(damages).length / 2)
  })

  test('have polluted no prototype', () => {
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    expect(Object.keys(Object.prototype)).toEqual([])
    expect(typeof {}.hasOwnProperty).toBe('function')
  })
})
