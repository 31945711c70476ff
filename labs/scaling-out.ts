import { type Lease, raise, wanted } from '../functions/support/lease.ts'
import { minutes, seconds } from '../reactive/time.ts'
import { lab } from './lab.ts'
import { arrivals, step } from './simulator/arrivals.ts'
import { consumer, type Said } from './simulator/consumer.ts'
import { dependency } from './simulator/dependency.ts'
import { lognormal } from './simulator/distributions.ts'
import { figures } from './simulator/figures.ts'
import { queue } from './simulator/queue.ts'
import { type Process, world } from './simulator/virtual-time.ts'

/** What a queue's consumer is deployed with: five instances, 100 ms a message, so 46 a second at most. */
const deployed = { concurrency: 5 }
const work = lognormal(100, 1.5)
const load = { before: 30, after: 120, from: minutes(2) } as const
/** Calls that the partner takes at once: as many as the deployed instances make. */
const partnerTakes = 5
/** Older than this a message has been waiting for a place. */
const patient = seconds(10)

/** Scaling out: load that is more than the deployed instances can do, for work of one's own and for that of a partner. */
export const scalingOut = lab({
  name: 'scaling-out',
  concept: 'S5',
  title: 'Four times the load',
  claim:
    'Twice the instances each minute, up to four times, take on four times the load within minutes; where a partner answers only so many calls at once, they do not get more done.',
  arms: { without: 'as it is deployed', with: 'more concurrency while messages wait' },
  figures: {
    p99: { unit: 's', meaning: '99th percentile of the time in the queue, work of one’s own' },
    perSecond: { unit: '/s', meaning: 'messages done, work of one’s own, while the load lasts' },
    instances: { unit: 'count', meaning: 'instances in the end' },
    partnerPerSecond: { unit: '/s', meaning: 'messages done that need the partner' },
    partnerCall: { unit: 'ms', meaning: 'half of the calls to the partner took at most' },
  },
  run: (arm, { seed, scale }) => {
    const here = world(seed)
    const until = load.from + (scale === 'small' ? minutes(8) : minutes(30))
    const partner = dependency(here, { latency: work, places: partnerTakes })
    const waits = { own: [] as number[], partner: [] as number[] }
    const calls: number[] = []

    const serving = (of: keyof typeof waits, act: () => Process) => {
      const line = queue<null>(here, { visibility: minutes(60), receives: 5 })
      const workers = consumer(here, line, {
        concurrency: deployed.concurrency,
        *handle({ age }): Process<Said> {
          if (here.now() >= load.from) waits[of].push(age)
          yield* act()
          return 'done'
        },
      })
      const rate = step(load.before, load.from, load.after)
      arrivals(here, { rate, most: load.after, until }, () => line.send(null))
      let lease: Lease | undefined
      const look = () => {
        const [latest = 0] = waits[of].slice(-1)
        if (arm === 'with' && latest > patient) {
          lease = raise(lease, { queue: of, alarm: 'consumer-saturated', deployed, now: here.now() }) ?? lease
          workers.setConcurrency(wanted(lease, deployed).concurrency)
        }
        here.after(minutes(1), look)
      }
      here.after(minutes(1), look)
      return () => wanted(lease, deployed).concurrency
    }

    const instances = serving('own', function* () {
      yield work(here.random)
    })
    serving('partner', function* () {
      const began = here.now()
      yield* partner.call(minutes(60))
      calls.push(here.now() - began)
    })
    here.runTo(until)

    const lasted = (until - load.from) / 1_000
    return {
      p99: figures(waits.own).p99 / 1_000,
      perSecond: waits.own.length / lasted,
      instances: instances(),
      partnerPerSecond: waits.partner.length / lasted,
      partnerCall: figures(calls).p50,
    }
  },
  holds: (without, and) =>
    and.perSecond > 2 * without.perSecond &&
    and.p99 < without.p99 &&
    and.partnerPerSecond < 1.1 * without.partnerPerSecond,
})
