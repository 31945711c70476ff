import { ChangeMessageVisibilityCommand } from '@aws-sdk/client-sqs'
import type { SQSBatchResponse, SQSEvent } from 'aws-lambda'
import { expect, test } from 'vitest'
import { minutes, seconds } from '../../reactive/time.ts'
import { timings } from '../../reactive/timing.ts'
import { eager, type Pace } from './event-source.ts'
import { queueing } from './queues.ts'
import { seeded } from './random.ts'
import { leftUnderWay } from './witness.ts'
import { type Process, type Strike, type World, world } from './world.ts'

const timing = timings.brief
type Work = (scene: { process: Process; sim: World; event: SQSEvent }) => Promise<SQSBatchResponse | undefined>

/** One queue and a function on it, whose invocations are kept with what they were handed. */
const scene = (pace: Pace, work: Work, strike: Strike = () => false) => {
  const sim = world(seeded(1), strike, 0, () => {})
  const left: string[] = []
  const answered = (process: Process) => left.push(...leftUnderWay(process))
  const queues = queueing(sim, timing, { lasting: [], watch: () => {}, answered })
  const queue = queues.create('work', queues.create('work-dead'))
  const handed: {
    readonly by: Process
    readonly at: number
    readonly bodies: string[]
    readonly receives: string[]
  }[] = []
  let underWay = 0
  let most = 0
  queues.subscribe({
    queue,
    batch: 10,
    pace,
    function: (process) => async (event) => {
      handed.push({
        by: process,
        at: sim.now(),
        bodies: event.Records.map(({ body }) => body),
        receives: event.Records.map(({ attributes }) => attributes.ApproximateReceiveCount),
      })
      underWay += 1
      most = Math.max(most, underWay)
      const failures = await work({ process, sim, event })
      underWay -= 1
      return failures ?? { batchItemFailures: [] }
    },
  })
  const put = (many: number) => {
    for (let index = 0; index < many; index += 1) queues.put(queue, `message ${index}`)
  }
  return { sim, queues, queue, handed, left, put, most: () => most, until: (at: number) => sim.run(at) }
}

const worksFor =
  (ms: number): Work =>
  ({ sim }) =>
    new Promise((resolve) => sim.after(ms, () => resolve(undefined)))

test('takes each message by itself where nothing holds it up', async () => {
  const { sim, handed, put, queue, until } = scene(eager, worksFor(500))
  put(25)
  await until(seconds(1))
  expect(handed.map(({ bodies }) => bodies.length)).toEqual(Array(25).fill(1))
  expect(queue.messages.size).toBe(0)
  expect(sim.situations.gathered).toBe(0)
})

test.each([1, 2])('lets what comes gather while %d invocations are under way', async (concurrency) => {
  const { sim, handed, put, queue, most, until } = scene({ concurrency, window: 0 }, worksFor(500))
  put(25)
  await until(seconds(3))
  expect(most()).toBe(concurrency)
  expect(handed.length).toBeLessThan(10)
  expect(Math.max(...handed.map(({ bodies }) => bodies.length))).toBe(10)
  // Every one of them once, and nobody's waiting counts as a receive.
  expect(new Set(handed.flatMap(({ bodies }) => bodies)).size).toBe(25)
  expect(new Set(handed.flatMap(({ receives }) => receives))).toEqual(new Set(['1']))
  expect(queue.messages.size).toBe(0)
  expect(sim.situations.gathered).toBeGreaterThan(0)
})

test('waits for more to come, but not when a batch is full', async () => {
  const { handed, put, until } = scene({ ...eager, window: minutes(1) }, worksFor(1))
  put(3)
  await until(minutes(1) + 50)
  expect(handed.map(({ bodies }) => bodies.length)).toEqual([3])
  put(10)
  await until(minutes(1) + 100)
  expect(handed.map(({ bodies }) => bodies.length)).toEqual([3, 10])
})

test('a process that dies makes room for the next at once', async () => {
  let crashes = 1
  const { handed, put, until } = scene(
    { concurrency: 1, window: 0 },
    ({ process, sim: its }) => its.call(process, 'work', () => undefined),
    (fault) => fault === 'crash-before' && crashes-- > 0,
  )
  put(2)
  await until(seconds(2))
  expect(handed.length).toBeGreaterThan(1)
  // What it held comes again when nobody may be at it any more.
  await until(timing.visibility + seconds(2))
  expect(handed.at(-1)!.receives).toContain('2')
})

test('one that never ends makes room when its time is up', async () => {
  const { handed, put, until } = scene({ concurrency: 1, window: 0 }, () => new Promise(() => {}))
  put(1)
  await until(100)
  put(1)
  await until(timing.handlerTimeout)
  expect(handed.length).toBe(1)
  await until(timing.handlerTimeout + seconds(1))
  expect(handed.length).toBe(2)
  expect(handed[1]!.at - handed[0]!.at).toBeGreaterThanOrEqual(timing.handlerTimeout)
})

test('what is put off while it waits is not received before its time', async () => {
  const { sim, handed, queues, queue, until } = scene({ concurrency: 1, window: 0 }, worksFor(1_000))
  queues.put(queue, 'first')
  await until(100)
  queues.put(queue, 'second')
  await until(500)
  const [, second] = [...queue.messages.values()]
  const somebody = queues.client(sim.process('somebody', seconds(10)))
  void somebody.send(
    new ChangeMessageVisibilityCommand({ QueueUrl: 'work', ReceiptHandle: `${second!.id}#0`, VisibilityTimeout: 10 }),
  )
  await until(seconds(5))
  expect(handed.length).toBe(1)
  await until(seconds(12))
  expect(handed.map(({ bodies }) => bodies)).toEqual([['first'], ['second']])
})

test('counts a batch that was acknowledged in part', async () => {
  const refuses: Work = async ({ event }) => ({
    batchItemFailures: event.Records.flatMap(({ body, messageId }) =>
      body === 'bad' ? [{ itemIdentifier: messageId }] : [],
    ),
  })
  const { sim, queues, queue, until } = scene({ ...eager, window: seconds(1) }, refuses)
  for (const body of ['good', 'bad', 'better']) queues.put(queue, body)
  await until(seconds(2))
  expect([...queue.messages.values()].map(({ body }) => body)).toEqual(['bad'])
  expect(sim.situations['partly-failed']).toBe(1)
})

test('an environment serves again while it is warm, and a new one when it has rested for too long', async () => {
  const { sim, handed, put, until } = scene(eager, worksFor(500))
  for (const at of [0, minutes(4), minutes(20)]) {
    await until(at)
    put(1)
    await until(at + seconds(1))
  }
  const [first, second, third] = handed.map(({ by }) => by)
  expect(second).toBe(first)
  expect(third).not.toBe(first)
  expect(sim.situations['used-again']).toBe(1)
})

test('each of those that are under way at once has an environment of its own', async () => {
  const { handed, put, until } = scene(eager, worksFor(500))
  put(5)
  await until(seconds(1))
  put(5)
  await until(seconds(2))
  const [before, after] = [handed.slice(0, 5), handed.slice(5)].map((some) => new Set(some.map(({ by }) => by)))
  expect(before!.size).toBe(5)
  expect(after).toEqual(before)
})

test('one that has died serves nobody again', async () => {
  let crashes = 1
  const { handed, put, until } = scene(
    eager,
    ({ process, sim: its }) => its.call(process, 'work', () => undefined),
    (fault) => fault === 'crash-before' && crashes-- > 0,
  )
  put(1)
  await until(seconds(1))
  put(1)
  await until(seconds(2))
  expect(handed[0]!.by.dead).toBe(true)
  expect(handed[1]!.by).not.toBe(handed[0]!.by)
})

test('after a deployment nobody is served by what was started before, not even by what was busy then', async () => {
  const { handed, queues, put, until } = scene(eager, worksFor(500))
  put(1)
  await until(100)
  queues.redeploy()
  await until(seconds(1))
  put(1)
  await until(seconds(2))
  queues.redeploy()
  put(1)
  await until(seconds(3))
  expect(new Set(handed.map(({ by }) => by)).size).toBe(3)
})

test('tells of every call that nobody waited for', async () => {
  const { left, put, until } = scene(
    eager,
    async ({ process, sim: its }) => {
      void its.call(process, 'write it down', () => {})
      return its.call(process, 'look', () => undefined, 'read')
    },
    (fault, what) => fault === 'slow' && what === 'write it down',
  )
  put(1)
  await until(seconds(10))
  expect(left).toEqual(['work has answered and did not wait for: write it down'])
})
