import { randomBytes } from 'node:crypto'
import type { Context, SQSEvent } from 'aws-lambda'
import { seal } from '../events/envelope.ts'
import { AuthorisePayment } from '../events/payments.ts'
import { consumer } from '../reactive/consume.ts'
import { lastWord } from '../reactive/last-word.ts'
import { emfMeter, unmeasured } from '../reactive/metering.ts'
import type { Observation } from '../reactive/observation.ts'
import { spanLine } from '../reactive/span-line.ts'
import { recordingTracer, type Tracer, untraced } from '../reactive/tracing.ts'
import { type Figure, figure, repeated } from './measure.ts'

const batches = 4_000
const batchSize = 10
const runs = 7
const orderId = 'ord_0000000000000001'

const event = {
  Records: Array.from({ length: batchSize }, (_, index) => ({
    messageId: `m${index}`,
    body: JSON.stringify(
      seal(AuthorisePayment({ orderId, amount: { amount: 1_250, currency: 'EUR' }, token: 'tok_ok' }), {
        id: `fulfil-order:${orderId}/authorise-payment/do/${index + 1}`,
        source: '/saga/fulfil-order',
        subject: orderId,
        time: '2026-01-05T00:00:00.000Z',
        correlationid: orderId,
        traceparent: `00-${index.toString(16).padStart(32, 'a')}-${'b'.repeat(16)}-01`,
      }),
    ),
    attributes: { ApproximateReceiveCount: '1', SentTimestamp: '1767571200000' },
    messageAttributes: {},
    eventSourceARN: 'arn:aws:sqs:eu-central-1:000000000000:neverstop-bench-payments-commands',
  })),
} as unknown as SQSEvent
const context = { awsRequestId: 'r', getRemainingTimeInMillis: () => 3_000 } as Context

const recording = () =>
  recordingTracer({
    share: 1,
    clock: () => performance.timeOrigin + performance.now(),
    random: (bytes) => randomBytes(bytes).toString('hex'),
  })

/**
 * What it costs to measure and to trace: microseconds a message over a consumer that does neither, in batches of ten with
 * every message in a trace of its own, lines included; and what a message then weighs in the log.
 */
export const observingFigures = async (): Promise<Figure[]> => {
  const bare = await repeated(runs, () => microseconds(false, untraced))
  const floor = [...bare].sort((a, b) => a - b)[runs >> 1]!
  const measured = await repeated(runs, () => microseconds(true, untraced))
  const traced = await repeated(runs, () => microseconds(false, recording()))
  const over = (samples: readonly number[]) => samples.map((one) => Math.max(0, one - floor))
  return [
    figure('measuring a message', 'µs', over(measured)),
    figure('tracing a message', 'µs', over(traced), { atMost: 50 }),
    figure('log of a traced message, in a batch of ten', 'bytes', [await bytesOfTrace()]),
  ]
}

const microseconds = async (measuring: boolean, tracer: Tracer): Promise<number> => {
  const { consume, flush } = consuming(measuring, tracer)
  const began = performance.now()
  for (let n = 0; n < batches; n += 1) {
    await consume(event, context)
    flush()
  }
  return ((performance.now() - began) * 1_000) / (batches * batchSize)
}

const bytesOfTrace = async (): Promise<number> => {
  const { consume, flush, written } = consuming(false, recording())
  await consume(event, context)
  flush()
  return written() / batchSize
}

/** A consumer whose work is nothing, so that only what surrounds it takes time. */
const consuming = (measuring: boolean, tracer: Tracer) => {
  let bytes = 0
  const write = (line: string) => {
    bytes += line.length
  }
  const meter = emfMeter({ source: '/payments', namespace: 'Neverstop/bench', clock: Date.now, write })
  const observed: Observation = {
    source: '/payments',
    handler: 'payments-commands',
    log: { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} },
    measure: measuring ? meter.measure : unmeasured,
    edgeOf: (queue) => queue,
    coldStart: () => false,
    tracer,
    lastWord,
  }
  const consume = consumer<typeof AuthorisePayment>(
    { service: '/payments', contracts: [AuthorisePayment], handle: async () => {} },
    {
      sqs: { send: async () => ({}) } as never,
      urlOf: (queue) => queue,
      deadLetterUrlOf: (queue) => queue,
      desk: 'desk',
      receives: 4,
      observed,
      clock: Date.now,
      random: Math.random,
    },
  )
  const flush = () => {
    meter.flush()
    const spans = tracer.take()
    if (spans.length > 0) write(spanLine(spans, 'payments-commands'))
  }
  return { consume, flush, written: () => bytes }
}
