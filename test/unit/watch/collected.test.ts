import { describe, expect, test } from 'vitest'
import { queuesIn } from '../../../local/embedded/peek.ts'
import { watchClock } from '../../../local/watch/clock.ts'
import { samplesIn } from '../../../local/watch/emf.ts'
import { beside, failedBehind } from '../../../local/watch/gateway.ts'
import { invocationsIn } from '../../../local/watch/invocations.ts'
import { queueSamples } from '../../../local/watch/queues.ts'
import type { Sample } from '../../../local/watch/store.ts'

/** Samples as `name{dimensions}=value`. */
const short = (samples: readonly Sample[]) =>
  samples.map(({ metric: { name, dimensions }, value }) => `${name}{${Object.values(dimensions)}}=${value}`)

describe('a line in the embedded metric format', () => {
  const line = (document: object, directive: object = {}) =>
    JSON.stringify({
      _aws: {
        Timestamp: 1_000,
        CloudWatchMetrics: [
          {
            Namespace: 'Neverstop/local',
            Dimensions: [['service'], ['service', 'reason']],
            Metrics: [{ Name: 'Rejected', Unit: 'Count' }],
            ...directive,
          },
        ],
      },
      service: 'ordering',
      reason: 'declined',
      ...document,
    })

  test('is a sample under each set of dimensions, at its own time', () => {
    const samples = samplesIn(line({ Rejected: 2 }))
    expect(short(samples)).toEqual(['Rejected{ordering}=2', 'Rejected{ordering,declined}=2'])
    expect(samples[0]).toMatchObject({ at: 1_000, metric: { namespace: 'Neverstop/local' } })
  })
  test('may hold several values', () => {
    expect(short(samplesIn(line({ Rejected: [1, 0, 3] }, { Dimensions: [['service']] })))).toEqual([
      'Rejected{ordering}=1',
      'Rejected{ordering}=0',
      'Rejected{ordering}=3',
    ])
  })
  test('leaves out a set of dimensions that it does not have', () => {
    expect(short(samplesIn(line({ Rejected: 1, reason: undefined })))).toEqual(['Rejected{ordering}=1'])
  })
  test('has no sample without a value that is a number', () => {
    expect(samplesIn(line({ Rejected: 'many' }))).toEqual([])
    expect(samplesIn(line({}))).toEqual([])
  })
  test('without dimensions is one metric of the namespace', () => {
    expect(short(samplesIn(line({ Rejected: 1 }, { Dimensions: undefined })))).toEqual(['Rejected{}=1'])
  })
  test.each([
    '',
    'REPORT RequestId: 1',
    '{"_aws":',
    '{"message":"no \\"_aws\\" here"}',
    '{"_aws":{}}',
    '{"_aws":{"Timestamp":1,"CloudWatchMetrics":[7]}}',
  ])('is nothing else: %s', (other) => {
    expect(samplesIn(other)).toEqual([])
  })
})

describe("the platform's lines around an invocation", () => {
  const invocation = (id: string, duration: number, ...body: string[]) =>
    [
      `START RequestId: ${id} Version: $LATEST`,
      ...body,
      `END RequestId: ${id}`,
      `REPORT RequestId: ${id}\tDuration: ${duration} ms\tBilled Duration: ${duration} ms\tMemory Size: 256 MB`,
    ].map((message) => ({ at: 5, stream: 'one', message }))
  const of = (...lines: ReturnType<typeof invocation>) => short(invocationsIn('f', lines))

  test('are an invocation, no error, and its duration', () => {
    expect(of(...invocation('1', 12, '{"level":"INFO"}'))).toEqual([
      'Invocations{f}=1',
      'Errors{f}=0',
      'Duration{f}=12',
    ])
  })
  test.each([
    ['Error: no\n    at handler (index.mjs:1:1)', 1],
    ['Task timed out after 3.00 seconds', 1],
    ['{"level":"ERROR","message":"handled"}', 0],
  ])('a last line %s means %d errors', (last, errors) => {
    expect(of(...invocation('1', 12, '{"level":"INFO"}', last))).toContain(`Errors{f}=${errors}`)
  })
  test('with nothing between are no proof of a failure', () => {
    expect(of(...invocation('1', 12))).toContain('Errors{f}=0')
  })
  test('tell streams apart', () => {
    const failing = invocation('1', 1, 'Error: no').map((line) => ({ ...line, stream: 'two' }))
    const [start, ...rest] = invocation('2', 2, '{}')
    expect(of(start!, ...failing, ...rest).filter((sample) => sample.startsWith('Errors'))).toEqual([
      'Errors{f}=1',
      'Errors{f}=0',
    ])
  })
})

describe('a queue', () => {
  const at = 100_000
  test('is counted by what its messages can do, and aged by the oldest', () => {
    expect(
      short(
        queueSamples(
          'q',
          [
            { sentAt: 40_000, visible: true, receives: 3 },
            { sentAt: 70_000, visible: false, receives: 1 },
            { sentAt: 10_000, visible: false, receives: 0 },
          ],
          at,
        ),
      ),
    ).toEqual([
      'ApproximateNumberOfMessagesVisible{q}=1',
      'ApproximateNumberOfMessagesNotVisible{q}=1',
      'ApproximateNumberOfMessagesDelayed{q}=1',
      'ApproximateAgeOfOldestMessage{q}=60',
    ])
  })
  test('is no older for a message that was received more than three times, which SQS takes for poison', () => {
    const poison = { sentAt: 10_000, visible: true, receives: 4 }
    expect(short(queueSamples('q', [poison], at))).toContain('ApproximateAgeOfOldestMessage{q}=0')
    expect(short(queueSamples('q', [poison, { sentAt: 70_000, visible: false, receives: 2 }], at))).toContain(
      'ApproximateAgeOfOldestMessage{q}=30',
    )
  })
  test('that is empty has the age 0', () => {
    expect(short(queueSamples('q', [], at))).toContain('ApproximateAgeOfOldestMessage{q}=0')
  })
  test("is read from the emulator's window", () => {
    const message = { SentTimestamp: 40, IsVisible: true, ReceiveCount: 0 }
    const queues = queuesIn({ messages: { '000000000000': { 'eu-central-1': { 'http://localhost/0/q': [message] } } } })
    expect([...queues]).toEqual([['q', [{ sentAt: 40_000, visible: true, receives: 0 }]]])
  })
})

describe('what the cloud would count beside our functions', () => {
  const api = { name: 'neverstop-local-edge', stage: 'v1' }
  const sample = (name: string, dimensions: Record<string, string>, value = 1): Sample => ({
    metric: { namespace: 'Neverstop/local', name, dimensions },
    at: 1,
    value,
  })
  const made = (one: Sample) =>
    short(
      beside(
        one,
        (handler) => (handler === 'ordering-api' ? api : undefined),
        (edge) => (edge === 'ordering-relay' ? 'neverstop-local-ordering-relay' : undefined),
      ),
    )
  test.each([
    ['Requests', 'Count'],
    ['RequestsRefused', '4XXError'],
    ['RequestsFailed', '5XXError'],
    ['RequestTime', 'Latency'],
  ])('%s of an API function is %s of its API, and of the stage of it', (ours, theirs) => {
    expect(made(sample(ours, { service: 'ordering', api: 'ordering-api' }, 3))).toEqual([
      `${theirs}{neverstop-local-edge}=3`,
      `${theirs}{neverstop-local-edge,v1}=3`,
    ])
  })
  test('the age of a change is the iterator age of its reader, the age of a message is nothing', () => {
    expect(made(sample('MessageAge', { service: 'ordering', edge: 'ordering-relay' }, 7))).toEqual([
      'IteratorAge{neverstop-local-ordering-relay}=7',
    ])
    expect(made(sample('MessageAge', { service: 'ordering', edge: 'ordering-commands' }))).toEqual([])
    expect(made(sample('Requests', { service: 'x', api: 'nobody' }))).toEqual([])
  })
  test('a function that failed behind an API is a request and a 5xx', () => {
    expect(short(failedBehind(sample('Errors', {}), api))).toEqual([
      '5XXError{neverstop-local-edge}=1',
      '5XXError{neverstop-local-edge,v1}=1',
      'Count{neverstop-local-edge}=1',
      'Count{neverstop-local-edge,v1}=1',
    ])
    expect(failedBehind(sample('Errors', {}, 0), api)).toEqual([])
    expect(failedBehind(sample('Errors', {}), undefined)).toEqual([])
  })
})

test("the watch's time begins with the clock's and runs faster", () => {
  const clock = watchClock({ origin: 1_000, scale: 60 })
  expect([clock.of(1_000), clock.of(2_000), clock.lasts(60_000)]).toEqual([1_000, 61_000, 1_000])
})
