import { type Depth, drain } from '../reactive/drain.ts'
import { type Millis, minutes, seconds } from '../reactive/time.ts'
import { isOutdated } from '../reactive/worth.ts'
import { lab } from './lab.ts'
import { arrivals, steady } from './simulator/arrivals.ts'
import { consumer, type Said } from './simulator/consumer.ts'
import { lognormal } from './simulator/distributions.ts'
import { percentile } from './simulator/figures.ts'
import { type Delivery, queue } from './simulator/queue.ts'
import { type Instant, type Process, world } from './simulator/virtual-time.ts'

type Notice = { readonly saidAt: Instant; toldAt?: Instant; outdatedAt?: Instant }

const rate = 10
/** Two at a time, 80 ms each: 23 a second, a little more than twice what comes. */
const places = 2
const telling = lognormal(80, 1.5)
/** To look into the record and write a line of it. */
const settingAside: Millis = 8

const outage = { from: minutes(2), to: minutes(12) }
const worth = minutes(2)

/** Back pressure: after an outage what has lost its worth is set aside, or everything is worked off in its turn. */
export const backPressure = lab({
  name: 'back-pressure',
  concept: 'S4',
  title: 'A backlog after an outage',
  claim:
    'After an outage of ten minutes, setting aside on record what has lost its worth tells at least twice as much in time, and the backlog is gone in a third of the time, with nothing lost.',
  arms: { without: 'everything in its turn', with: 'set aside after its worth of 2 min' },
  figures: {
    inTime: { unit: '%', meaning: 'notices of the five minutes after the outage that were told within their worth' },
    drained: { unit: 's', meaning: 'from the end of the outage until nothing older than five seconds waited' },
    foretold: { unit: 's', meaning: 'the same, as computed from two looks at the queue after the outage' },
    p99: { unit: 's', meaning: '99th percentile of the age of what was told after the outage' },
    setAside: { unit: 'count', meaning: 'notices that were recorded as outdated' },
    lost: { unit: 'count', meaning: 'notices that were neither told nor set aside, nor are under way' },
  },
  run: (arm, { seed, scale }) => {
    const here = world(seed)
    const line = queue<Notice>(here, { visibility: minutes(30), receives: 5 })
    const all: Notice[] = []
    const terms = { worth: arm === 'with' ? worth : undefined }
    function* tell({ body }: Delivery<Notice>): Process<Said> {
      if (isOutdated(terms, { time: new Date(body.saidAt).toISOString() }, here.now())) {
        yield settingAside
        body.outdatedAt = here.now()
      } else {
        yield telling(here.random)
        body.toldAt = here.now()
      }
      return 'done'
    }
    const workers = consumer(here, line, { concurrency: places, handle: tell })
    here.after(outage.from, () => workers.setConcurrency(0))
    here.after(outage.to, () => workers.setConcurrency(places))
    const until = outage.to + (scale === 'small' ? minutes(15) : minutes(40))
    arrivals(here, { rate: steady(rate), most: rate, until }, () => {
      const notice: Notice = { saidAt: here.now() }
      all.push(notice)
      line.send(notice)
    })
    const look = (): Depth => ({ waiting: line.waiting(), at: here.now() })
    here.runTo(outage.to)
    const before = look()
    here.runTo(outage.to + seconds(10))
    const foretold = drain(before, look())
    let drainedAt: Instant = until
    const watch = () => {
      if (line.oldest() <= seconds(5)) drainedAt = Math.min(drainedAt, here.now())
      else here.after(seconds(1), watch)
    }
    watch()
    here.runTo(until)
    const after = all.filter(({ saidAt }) => saidAt >= outage.to && saidAt < outage.to + minutes(5))
    const ages = all
      .flatMap(({ saidAt, toldAt }) => (toldAt !== undefined && toldAt > outage.to ? [toldAt - saidAt] : []))
      .toSorted((a, b) => a - b)
    const inTime = after.filter(({ saidAt, toldAt }) => toldAt !== undefined && toldAt - saidAt <= worth).length
    const settled = all.filter(({ toldAt, outdatedAt }) => toldAt !== undefined || outdatedAt !== undefined).length
    return {
      inTime: Number(((100 * inTime) / after.length).toFixed(1)),
      drained: Math.round((drainedAt - outage.to) / 1_000),
      foretold: Math.round(foretold.is === 'draining' ? foretold.within / 1_000 + 10 : 0),
      p99: Math.round(percentile(ages, 0.99) / 1_000),
      setAside: all.filter(({ outdatedAt }) => outdatedAt !== undefined).length,
      lost: all.length - settled - line.waiting() - line.inFlight(),
    }
  },
  holds: (without, and) =>
    and.inTime >= 2 * without.inTime && 3 * and.drained <= without.drained && without.lost === 0 && and.lost === 0,
})
