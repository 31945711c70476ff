import { describe, expect, test } from 'vitest'
import {
  type Answered,
  type GeneratorOptions,
  generate,
  lagOf,
  latencyOf,
  type Progress,
} from '../../../../cli/load/generate.ts'
import type { Planned } from '../../../../cli/load/mix.ts'

const planned = (...times: number[]): Planned[] =>
  times.map((at, index) => ({ index, at, customer: 'alice', wish: 'products' }))

/** A world with a clock of its own: waiting costs nothing, and whatever is due happens in its order. */
const world = () => {
  let now = 1_000
  const due: { at: number; wake: () => void }[] = []
  const sleep = (millis: number) => new Promise<void>((wake) => void due.push({ at: now + millis, wake }))
  const run = async <T>(work: Promise<T>): Promise<T> => {
    let over = false
    const end = () => {
      over = true
    }
    work.then(end, end)
    while (!over) {
      for (let turn = 0; turn < 20; turn++) await Promise.resolve()
      const next = due.sort((a, b) => a.at - b.at).shift()
      if (!next) continue
      now = Math.max(now, next.at)
      next.wake()
    }
    return work
  }
  const stall = (millis: number) => {
    now += millis
  }
  return { clock: () => now, sleep, run, stall }
}

const generated = (
  plan: readonly Planned[],
  answer: (request: Planned, its: ReturnType<typeof world>) => Promise<Answered>,
  options: Partial<GeneratorOptions> = {},
) => {
  const its = world()
  return its.run(
    generate(
      plan,
      { clock: its.clock, sleep: its.sleep, send: (request) => answer(request, its) },
      { mostUnderWay: 100, signal: new AbortController().signal, ...options },
    ),
  )
}

const served: Answered = { is: 'served', status: 200 }

describe('the generator', () => {
  test('sends each request at its time', async () => {
    const { outcomes } = await generated(planned(0, 40, 100), async () => served)
    expect(outcomes.map(({ began }) => began)).toEqual([0, 40, 100])
    expect(outcomes.every(({ is }) => is === 'served')).toBe(true)
  })

  test('does not wait for answers: a slow system meets the same arrivals', async () => {
    const { outcomes, mostUnderWay, ended } = await generated(planned(0, 10, 20, 30), async (_, { sleep }) => {
      await sleep(1_000)
      return served
    })
    expect(outcomes.map(({ began }) => began)).toEqual([0, 10, 20, 30])
    expect(mostUnderWay).toBe(4)
    expect(ended).toBe(1_030)
  })

  test('measures from the intended start, so that a stall counts for all that should have begun in it', async () => {
    // The first request holds this whole process for a second, as a collection of garbage might.
    const { outcomes } = await generated(planned(0, 100, 500), async (request, { stall }) => {
      if (request.index === 0) stall(1_000)
      return served
    })
    expect(outcomes.map(latencyOf)).toEqual([1_000, 900, 500])
    expect(outcomes.map(lagOf)).toEqual([0, 900, 500])
  })

  test('counts what it could not send as unsent, and goes on', async () => {
    const { outcomes } = await generated(
      planned(0, 1, 2, 500),
      async (_, { sleep }) => {
        await sleep(100)
        return served
      },
      { mostUnderWay: 2 },
    )
    const verdicts = outcomes.toSorted((a, b) => a.request.index - b.request.index).map(({ is }) => is)
    expect(verdicts).toEqual(['served', 'served', 'unsent', 'served'])
  })

  test('ends at once when it is told to, and waits for what is under way', async () => {
    const ending = new AbortController()
    const { outcomes } = await generated(
      planned(0, 10, 20, 30),
      async (request, { sleep }) => {
        if (request.index === 1) ending.abort()
        await sleep(200)
        return served
      },
      { signal: ending.signal },
    )
    expect(outcomes.map(({ request }) => request.index)).toEqual([0, 1])
    expect(outcomes.every(({ ended, began }) => ended - began === 200)).toBe(true)
  })

  test('of an empty plan does nothing', async () => {
    expect(await generated([], async () => served)).toMatchObject({ outcomes: [], mostUnderWay: 0 })
  })

  test('tells of every beginning and every end', async () => {
    const told: Progress[] = []
    await generated(planned(0, 10), async () => served, { told: (progress) => told.push(progress) })
    expect(told.filter(({ last }) => last === undefined).map(({ offered }) => offered)).toEqual([1, 2])
    expect(told.filter(({ last }) => last !== undefined)).toHaveLength(2)
  })

  test('passes a defect on', async () => {
    await expect(
      generated(planned(0), async () => {
        throw new Error('a defect')
      }),
    ).rejects.toThrow('a defect')
  })
})
