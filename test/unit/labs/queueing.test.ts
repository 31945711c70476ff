import { describe, expect, test } from 'vitest'
import { seeded } from '../../../labs/random.ts'
import { arrivals, ramp, spike, steady, step } from '../../../labs/simulator/arrivals.ts'
import { consumer, type Said } from '../../../labs/simulator/consumer.ts'
import { type Answer, dependency } from '../../../labs/simulator/dependency.ts'
import { constant, type Distribution, exponential, lognormal, uniform } from '../../../labs/simulator/distributions.ts'
import { figures, percentile } from '../../../labs/simulator/figures.ts'
import { type Delivery, type QueueOptions, queue } from '../../../labs/simulator/queue.ts'
import { type Process, world } from '../../../labs/simulator/virtual-time.ts'

const patient: QueueOptions = { visibility: 5_000, receives: 1_000 }

/** The mean wait in line of a simulated M/M/c queue, and the figures of the time from arrival to end. */
const mmc = (seed: number, { rate, mean, places }: { rate: number; mean: number; places: number }, served = 80_000) => {
  const here = world(seed)
  const line = queue<number>(here, patient)
  const waits: number[] = []
  const times: number[] = []
  const service = exponential(mean)
  const warm = served * 0.1
  function* handle({ age }: Delivery<number>): Process<Said> {
    const ms = service(here.random)
    yield ms
    waits.push(age)
    times.push(age + ms)
    return 'done'
  }
  const workers = consumer(here, line, { concurrency: places, handle })
  arrivals(here, { rate: steady(rate), most: rate }, () => line.send(0))
  const until = (served / rate) * 1_000
  here.runTo(until)
  return {
    wait: figures(waits.slice(warm)).mean,
    time: figures(times.slice(warm)).mean,
    utilisation: workers.worked() / (until * places),
  }
}

/** Erlang's C: the share that has to wait; from it the mean wait of M/M/c. */
const erlangWait = ({ rate, mean, places }: { rate: number; mean: number; places: number }) => {
  const load = (rate * mean) / 1_000
  let term = 1
  let sum = 1
  for (let k = 1; k < places; k++) {
    term *= load / k
    sum += term
  }
  const last = (term * load) / places / (1 - load / places)
  return (last / (sum + last)) * (mean / (places - load))
}

describe('the theory of queues', () => {
  // Over these seeds the mean of the simulated waits is within 5 % of the formula.
  const seeds = [1, 2, 3, 4, 5, 6]
  const mean = (of: (seed: number) => number) => seeds.reduce((sum, seed) => sum + of(seed), 0) / seeds.length

  test.each([
    { rate: 5, mean: 100, places: 1 },
    { rate: 8, mean: 100, places: 1 },
    { rate: 16, mean: 100, places: 2 },
    { rate: 40, mean: 100, places: 5 },
    { rate: 170, mean: 100, places: 20 },
  ])('the wait in M/M/$places at $rate a second of $mean ms is the one of Erlang', (system) => {
    const expected = erlangWait(system)
    expect(Math.abs(mean((seed) => mmc(seed, system).wait) / expected - 1)).toBeLessThan(0.05)
  })

  test('busy places are the offered load', () => {
    const system = { rate: 40, mean: 100, places: 5 }
    expect(Math.abs(mean((seed) => mmc(seed, system).utilisation) - 0.8)).toBeLessThan(0.01)
  })

  test("the time in a line of a dependency's own is the one of M/M/1", () => {
    const here = world(7)
    const shop = dependency(here, { latency: exponential(100), places: 1 })
    const times: number[] = []
    arrivals(here, { rate: steady(8), most: 8 }, () => {
      const came = here.now()
      here.start(shop.call(3_600_000), () => times.push(here.now() - came))
    })
    here.runTo(10_000_000)
    expect(Math.abs(figures(times).mean / 500 - 1)).toBeLessThan(0.06)
  })
})

describe('virtual time', () => {
  test('the same seed gives the same run, another one another', () => {
    const system = { rate: 8, mean: 100, places: 1 }
    expect(mmc(3, system, 2_000)).toEqual(mmc(3, system, 2_000))
    expect(mmc(3, system, 2_000)).not.toEqual(mmc(4, system, 2_000))
  })

  test('what is due at the same instant happens in the order of asking', () => {
    const here = world(1)
    const seen: string[] = []
    here.after(5, () => seen.push('b'))
    here.after(3, () => seen.push('a'))
    here.after(5, () => seen.push('c'))
    here.after(5, () => here.after(0, () => seen.push('d')))
    here.runTo(4)
    expect([seen, here.now()]).toEqual([['a'], 4])
    here.runTo(10)
    expect([seen, here.now(), here.events()]).toEqual([['a', 'b', 'c', 'd'], 10, 5])
  })

  test('a process that was ended does nothing more, and says so to its finally', () => {
    const here = world(1)
    const seen: string[] = []
    function* worker(): Process {
      try {
        yield 10
        seen.push('went on')
      } finally {
        seen.push('tidied up')
      }
    }
    const stop = here.start(worker())
    here.runTo(5)
    stop()
    here.runTo(100)
    expect(seen).toEqual(['tidied up'])
  })

  test.each([Number.NaN, -1])('refuses an event in %d ms', (delay) => {
    expect(() => world(1).after(delay, () => undefined)).toThrow(/still to come/)
  })
})

describe('arrivals', () => {
  const counted = (rate: Parameters<typeof arrivals>[1]['rate'], most: number, seconds: number) => {
    const here = world(11)
    const perSecond = new Array<number>(seconds).fill(0)
    arrivals(here, { rate, most }, () => {
      const second = Math.floor(here.now() / 1_000)
      if (second < seconds) perSecond[second]!++
    })
    here.runTo(seconds * 1_000)
    return (from: number, to: number) => perSecond.slice(from, to).reduce((a, b) => a + b, 0) / (to - from)
  }

  test.each([
    ['steady', steady(100), [100, 100, 100]],
    ['step', step(50, 100_000, 200), [50, 200, 200]],
    ['ramp', ramp(0, 0, 300_000, 300), [50, 150, 250]],
    ['spike', spike(20, 100_000, 200_000, 300), [20, 300, 20]],
  ] as const)('%s comes at its rate', (_, rate, expected) => {
    const mean = counted(rate, 300, 300)
    expected.forEach((wanted, index) => {
      expect(Math.abs(mean(index * 100, index * 100 + 100) / wanted - 1)).toBeLessThan(0.06)
    })
  })

  test('come at random: the variance of a Poisson count is its mean', () => {
    const here = world(5)
    const counts = new Array<number>(2_000).fill(0)
    arrivals(here, { rate: steady(50), most: 50 }, () => counts[Math.min(1_999, Math.floor(here.now() / 1_000))]!++)
    here.runTo(2_000_000)
    const { mean } = figures(counts)
    const variance = counts.reduce((sum, count) => sum + (count - mean) ** 2, 0) / counts.length
    expect(Math.abs(variance / mean - 1)).toBeLessThan(0.1)
  })

  test('refuses a rate above the highest that was announced', () => {
    const here = world(1)
    arrivals(here, { rate: steady(20), most: 10 }, () => undefined)
    expect(() => here.runTo(10_000)).toThrow(/20 a second, above the 10/)
  })

  test.each([0, -1, Number.NaN])('refuses a highest rate of %d', (most) => {
    expect(() => arrivals(world(1), { rate: steady(1), most }, () => undefined)).toThrow(/above 0/)
  })
})

describe('a distribution', () => {
  const sample = (of: Distribution) => {
    const source = seeded(9)
    return figures(Array.from({ length: 50_000 }, () => of(source)))
  }
  test('always the same', () => expect(sample(constant(7))).toMatchObject({ mean: 7, most: 7 }))
  test('between two bounds', () => {
    const { mean, most } = sample(uniform(10, 30))
    expect(Math.abs(mean - 20)).toBeLessThan(0.2)
    expect(most).toBeLessThan(30)
  })
  test('without memory', () => {
    const { mean, p50 } = sample(exponential(100))
    expect(Math.abs(mean - 100)).toBeLessThan(2)
    expect(Math.abs(p50 - 100 * Math.LN2)).toBeLessThan(2)
  })
  test('like a measured service time', () => {
    const { p50, p99 } = sample(lognormal(100, 1.65))
    expect(Math.abs(p50 - 100)).toBeLessThan(2)
    expect(Math.abs(p99 / p50 - 3.2)).toBeLessThan(0.15)
  })
})

describe('percentiles', () => {
  test.each([
    [[], 0.5, 0],
    [[4], 0.99, 4],
    [[1, 2, 3, 4], 0.5, 2],
    [[1, 2, 3, 4], 0.75, 3],
    [[1, 2, 3, 4], 1, 4],
    [[1, 2, 3, 4], 0, 1],
  ])('of %j at %d is %d', (sample, share, expected) => expect(percentile(sample, share)).toBe(expected))
})

describe('a queue', () => {
  const options: QueueOptions = { visibility: 30_000, receives: 3 }

  test('hands out the oldest first, or the newest where that is asked', () => {
    const here = world(1)
    const oldest = queue<string>(here, options)
    const newest = queue<string>(here, { ...options, order: 'newest' })
    for (const line of [oldest, newest]) for (const word of ['a', 'b', 'c']) line.send(word)
    const all = (line: typeof oldest) => [line.receive(), line.receive(), line.receive()].map((it) => it?.body)
    expect([all(oldest), all(newest)]).toEqual([
      ['a', 'b', 'c'],
      ['c', 'b', 'a'],
    ])
    expect(oldest.receive()).toBeUndefined()
  })

  test('shows again what was not acknowledged, and gives it up after its last receive', () => {
    const here = world(1)
    const line = queue<string>(here, options)
    line.send('a')
    for (const receives of [1, 2, 3]) {
      expect(line.receive()).toMatchObject({ body: 'a', receives, age: (receives - 1) * 30_000 })
      expect([line.waiting(), line.inFlight()]).toEqual([0, 1])
      here.runTo(receives * 30_000)
    }
    expect([line.dead, line.waiting(), line.inFlight()]).toEqual([['a'], 0, 0])
  })

  test('forgets what was acknowledged', () => {
    const here = world(1)
    const line = queue<string>(here, options)
    line.send('a')
    line.receive()!.acknowledge()
    here.runTo(300_000)
    expect([line.waiting(), line.inFlight(), line.dead]).toEqual([0, 0, []])
  })

  test('takes no acknowledgement that comes too late', () => {
    const here = world(1)
    const line = queue<string>(here, options)
    line.send('a')
    const first = line.receive()!
    here.runTo(30_000)
    first.acknowledge()
    expect(line.receive()).toMatchObject({ body: 'a', receives: 2 })
  })

  test.each([1_000, 60_000])('shows again after %d ms what was put back for that long', (delay) => {
    const here = world(1)
    const line = queue<string>(here, options)
    line.send('a')
    line.receive()!.back(delay)
    here.runTo(delay - 1)
    expect(line.receive()).toBeUndefined()
    here.runTo(delay)
    expect(line.receive()).toMatchObject({ receives: 2 })
  })

  test('holds back what was sent with a delay', () => {
    const here = world(1)
    const line = queue<string>(here, options)
    line.send('later', { delay: 500 })
    expect(line.receive()).toBeUndefined()
    here.runTo(500)
    expect(line.receive()).toMatchObject({ body: 'later', age: 500 })
  })

  test('says how long the oldest has waited', () => {
    const here = world(1)
    const line = queue<string>(here, options)
    expect(line.oldest()).toBe(0)
    line.send('a')
    here.runTo(700)
    line.send('b')
    here.runTo(900)
    expect(line.oldest()).toBe(900)
    line.receive()
    expect(line.oldest()).toBe(200)
  })
})

describe('a fair queue', () => {
  const fair: QueueOptions = { visibility: 30_000, receives: 3, fair: true }

  test('serves tenants in order as long as nobody is noisy', () => {
    const here = world(1)
    const line = queue<string>(here, fair)
    line.send('a1', { tenant: 'a' })
    line.send('a2', { tenant: 'a' })
    line.send('b1', { tenant: 'b' })
    expect([line.receive()?.body, line.receive()?.body, line.receive()?.body]).toEqual(['a1', 'a2', 'b1'])
  })

  test('lets quiet tenants pass whoever has thirty in flight and more than a tenth', () => {
    const here = world(1)
    const line = queue<string>(here, fair)
    for (let n = 0; n < 50; n++) line.send('noisy', { tenant: 'a' })
    for (let n = 0; n < 29; n++) line.receive()
    line.send('quiet', { tenant: 'b' })
    expect(line.receive()?.body).toBe('noisy')
    expect(line.receive()?.body).toBe('quiet')
    expect(line.receive()?.body).toBe('noisy')
  })

  test('among noisy tenants begins with the one that has the least in flight', () => {
    const here = world(1)
    const line = queue<string>(here, fair)
    for (let n = 0; n < 60; n++) line.send('a', { tenant: 'a' })
    for (let n = 0; n < 30; n++) line.receive()
    for (let n = 0; n < 40; n++) line.send('b', { tenant: 'b' })
    const next = Array.from({ length: 32 }, () => line.receive()?.body)
    // Once both have 30 in flight, both are noisy, and they take turns.
    expect(next).toEqual([...new Array(30).fill('b'), 'a', 'b'])
  })

  test('takes a message without a tenant for a tenant of its own', () => {
    const here = world(1)
    const line = queue<string>(here, fair)
    for (let n = 0; n < 50; n++) line.send('noisy', { tenant: 'a' })
    for (let n = 0; n < 30; n++) line.receive()
    for (let n = 0; n < 3; n++) line.send('nobody')
    expect(Array.from({ length: 4 }, () => line.receive()?.body)).toEqual(['nobody', 'nobody', 'nobody', 'noisy'])
  })

  test('remembers who took the processing time', () => {
    const here = world(1)
    const line = queue<string>(here, fair)
    line.send('slow', { tenant: 'a' })
    const slow = line.receive()!
    here.runTo(20_000)
    slow.acknowledge()
    line.send('slow again', { tenant: 'a' })
    line.send('quick', { tenant: 'b' })
    expect(line.receive()?.body).toBe('quick')
  })
})

describe('a consumer', () => {
  const serving = (handle: (delivery: Delivery<string>) => Process<Said>, timeout?: number) => {
    const here = world(1)
    const line = queue<string>(here, { visibility: 30_000, receives: 3 })
    const workers = consumer(here, line, { concurrency: 2, handle, ...(timeout ? { timeout } : {}) })
    return { here, line, workers }
  }

  test('has no more in hand than it has places', () => {
    const { here, line, workers } = serving(function* () {
      yield 100
      return 'done'
    })
    for (const word of ['a', 'b', 'c']) line.send(word)
    expect([workers.busy(), line.waiting()]).toEqual([2, 1])
    here.runTo(100)
    expect([workers.busy(), line.waiting()]).toEqual([1, 0])
    here.runTo(200)
    expect([workers.busy(), workers.worked()]).toEqual([0, 300])
  })

  test('takes more at once when it is given more places', () => {
    const { line, workers } = serving(function* () {
      yield 100
      return 'done'
    })
    for (const word of ['a', 'b', 'c', 'd']) line.send(word)
    workers.setConcurrency(4)
    expect(workers.busy()).toBe(4)
  })

  test('puts back what its handler could not do', () => {
    const seen: number[] = []
    const { here, line } = serving(function* ({ receives }) {
      yield 10
      seen.push(here.now())
      return receives < 3 ? { back: 1_000 } : 'done'
    })
    line.send('a')
    here.runTo(10_000)
    expect([seen, line.dead]).toEqual([[10, 1_020, 2_030], []])
  })

  test('lets the visibility pass after a crash, and a dead letter comes of it at last', () => {
    const { here, line } = serving(function* () {
      yield 10
      return 'crashed'
    })
    line.send('a')
    here.runTo(90_000)
    expect(line.dead).toEqual(['a'])
  })

  test('ends what takes too long', () => {
    let finished = 0
    const { here, line, workers } = serving(function* () {
      yield 5_000
      finished++
      return 'done'
    }, 3_000)
    line.send('a')
    here.runTo(3_000)
    expect([workers.busy(), line.inFlight()]).toEqual([0, 1])
    here.runTo(100_000)
    expect([finished, line.dead]).toEqual([0, ['a']])
  })
})

describe('a dependency', () => {
  const asked = (options: Parameters<typeof dependency>[1], within = 1_000, calls = 1) => {
    const here = world(1)
    const shop = dependency(here, options)
    const answers: (readonly [Answer, number])[] = []
    for (let n = 0; n < calls; n++) here.start(shop.call(within), (answer) => answers.push([answer, here.now()]))
    here.runTo(100_000)
    return { answers, shop }
  }

  test('answers in its time', () => {
    expect(asked({ latency: constant(40) }).answers).toEqual([['ok', 40]])
  })
  test('fails as often as it should', () => {
    expect(asked({ latency: constant(40), errors: () => 1 }).answers).toEqual([['failed', 40]])
  })
  test('does not answer while it is down', () => {
    expect(asked({ latency: constant(40), down: () => true }).answers).toEqual([['late', 1_000]])
  })
  test('is slower for a while', () => {
    expect(asked({ latency: constant(40), slow: () => 5 }).answers).toEqual([['ok', 200]])
  })
  test('works on for callers who have gone', () => {
    const { answers, shop } = asked({ latency: constant(600), places: 1 }, 1_000, 3)
    expect(answers).toEqual([
      ['ok', 600],
      ['late', 1_000],
      ['late', 1_000],
    ])
    expect([shop.calls(), shop.wasted()]).toEqual([3, 2])
  })
})
