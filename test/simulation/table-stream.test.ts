import { unmarshall } from '@aws-sdk/util-dynamodb'
import type { DynamoDBStreamEvent } from 'aws-lambda'
import { expect, test } from 'vitest'
import { minutes, seconds } from '../../reactive/time.ts'
import { timings } from '../../reactive/timing.ts'
import { seeded } from './random.ts'
import { tableStream } from './table-stream.ts'
import { leftUnderWay } from './witness.ts'
import { type Process, type Strike, type World, world } from './world.ts'

type Work = (scene: { process: Process; sim: World; numbers: readonly number[] }) => Promise<void>

/** A stream of numbers and a function on it, with what that was handed and what it did not wait for. */
const scene = (work: Work, { gather = 0, strike = () => false }: { gather?: number; strike?: Strike } = {}) => {
  const sim = world(seeded(1), strike, 0, () => {})
  const handed: (readonly number[])[] = []
  const left: string[] = []
  const numbersOf = ({ Records }: DynamoDBStreamEvent) =>
    Records.map(({ dynamodb }) => unmarshall(dynamodb!.NewImage as never).number as number)
  const stream = tableStream(sim, timings.brief, {
    name: 'numbers',
    gather,
    answered: (process) => left.push(...leftUnderWay(process)),
    function: (process) => async (event) => {
      const numbers = numbersOf(event)
      handed.push(numbers)
      await work({ process, sim, numbers })
    },
  })
  const put = (...numbers: readonly number[]) => {
    for (const number of numbers) stream.hear({ after: { number, words: ['a', { b: true, c: null }] } })
  }
  return { sim, stream, handed, left, put, until: (at: number) => sim.run(at) }
}

const works: Work = ({ process, sim }) => sim.call(process, 'work', () => {})

test('hands what was changed to its function in order, and what came meanwhile afterwards', async () => {
  const { stream, handed, put, until } = scene(works)
  put(1, 2, 3)
  await until(seconds(1))
  put(4)
  await until(seconds(2))
  expect(handed).toEqual([[1, 2, 3], [4]])
  expect(stream.pending()).toBe(0)
})

test('gathers for as long as it was told', async () => {
  const { handed, put, until } = scene(works, { gather: seconds(10) })
  put(1)
  await until(seconds(9))
  put(2)
  await until(seconds(11))
  expect(handed).toEqual([[1, 2]])
})

test('hands a batch that failed out again, by halves until it is taken', async () => {
  const { handed, put, until } = scene(async ({ numbers }) => {
    if (numbers.length > 1) throw new Error('one at a time')
  })
  put(1, 2, 3, 4)
  await until(seconds(2))
  expect(handed.slice(0, 2)).toEqual([
    [1, 2, 3, 4],
    [1, 2],
  ])
  await until(minutes(1))
  expect(handed.filter(({ length }) => length === 1)).toEqual([[1], [2], [3], [4]])
})

test('hands it to another process when the one that had it has died', async () => {
  let crashes = 1
  const { handed, put, until } = scene(works, { strike: (fault) => fault === 'crash-after' && crashes-- > 0 })
  put(1)
  await until(seconds(5))
  expect(handed).toEqual([[1], [1]])
})

test('hands it out again when its time is up, or its answer is lost', async () => {
  let lost = 1
  const { handed, put, until } = scene(works, { strike: (fault) => fault === 'duplicate' && lost-- > 0 })
  put(1)
  await until(seconds(5))
  expect(handed).toEqual([[1], [1]])

  let hangs = true
  const stuck = scene(() => (hangs ? new Promise(() => {}) : Promise.resolve()))
  stuck.put(1)
  await stuck.until(timings.brief.handlerTimeout)
  hangs = false
  await stuck.until(timings.brief.handlerTimeout + seconds(5))
  expect(stuck.handed).toEqual([[1], [1]])
  expect(stuck.stream.pending()).toBe(0)
})

test('says of what it has forgotten that it was not heard', () => {
  const { stream } = scene(works, { strike: (fault) => fault === 'lost-stream' })
  expect(stream.hear({ after: { number: 1 } })).toBe(false)
  expect(stream.pending()).toBe(0)
})

test('tells of what its function has not waited for', async () => {
  const { left, put, until } = scene(async ({ process, sim }) => {
    void sim.call(process, 'say it', () => {})
  })
  put(1)
  await until(seconds(1))
  expect(left).toEqual(['numbers has answered and did not wait for: say it'])
})
