import { backoffSeconds } from '../reactive/backoff.ts'
import { type Millis, minutes, seconds } from '../reactive/time.ts'
import { timings } from '../reactive/timing.ts'
import { lab } from './lab.ts'
import { seeded } from './random.ts'
import { arrivals, steady } from './simulator/arrivals.ts'
import { consumer, type Said } from './simulator/consumer.ts'
import { type Dependency, dependency } from './simulator/dependency.ts'
import { lognormal } from './simulator/distributions.ts'
import { figures } from './simulator/figures.ts'
import { queue } from './simulator/queue.ts'
import { type Process, until, type World, world } from './simulator/virtual-time.ts'

const { partnerCall, visibility, receives } = timings.standard

/** What the account may run at the same time, and what one queue may keep busy of it. */
const account = 60
const share = 20
/** What an event source without a limit of its own grows to. */
const unlimited = 1_000
const slow = { from: minutes(1), to: minutes(4) } as const

/** Executions that all functions of an account share: who finds none waits for one. */
const pool = (places: number) => {
  let free = places
  const waiting: (() => void)[] = []
  return {
    *take(): Process {
      if (free > 0) free--
      else yield* until<void>((resume) => waiting.push(() => resume(undefined)))
    },
    give: () => {
      const next = waiting.shift()
      if (next) next()
      else free++
    },
  }
}

/** Bulkhead: a carrier that hardly answers, beside payments that have nothing to do with it. */
export const bulkheadLab = lab({
  name: 'bulkhead',
  concept: 'A4',
  title: 'A carrier drowns beside payments',
  claim:
    'With a limit for each queue, payments go on as ever while a carrier takes fifty times as long; without one, the carrier’s calls hold every execution that the account has.',
  arms: { without: 'no limit but the account’s', with: 'twenty for each queue' },
  figures: {
    payments: { unit: 'count', meaning: 'payments that came while the carrier was slow' },
    paymentP50: { unit: 'ms', meaning: 'half of them were through within' },
    paymentP99: { unit: 'ms', meaning: 'and ninety-nine in a hundred within' },
    calmP99: { unit: 'ms', meaning: 'the same before the carrier was slow' },
    parcelsWaiting: { unit: 'count', meaning: 'parcels that wait at the end of that time' },
  },
  run: (arm, { seed, scale }) => {
    const its = world(seed)
    const executions = pool(account)
    const limit = arm === 'with' ? share : unlimited
    const rate = scale === 'small' ? 30 : 40

    const serving = (of: Dependency, done: (sentAt: number) => void) => {
      const commands = queue<{ readonly sentAt: number; done?: true }>(its, { visibility, receives })
      consumer(its, commands, {
        concurrency: limit,
        *handle({ body, receives: received }): Process<Said> {
          yield* executions.take()
          const answer = yield* of.call(partnerCall)
          executions.give()
          if (answer !== 'ok') return backOff(its, received)
          // It may have been received again while it waited.
          if (!body.done) done(body.sentAt)
          body.done = true
          return 'done'
        },
      })
      // The same arrivals in both arms, whatever else is left to chance in them.
      arrivals({ ...its, random: seeded(seed + 1) }, { rate: steady(rate), most: rate, until: slow.to }, () =>
        commands.send({ sentAt: its.now() }),
      )
      return commands
    }
    const took = { calm: [] as number[], storm: [] as number[] }
    const acquirer = dependency(its, { latency: lognormal(60, 1.6) })
    const carrier = dependency(its, {
      latency: lognormal(60, 1.6),
      slow: (at) => (at >= slow.from && at < slow.to ? 50 : 1),
    })
    serving(acquirer, (sentAt) => (sentAt < slow.from ? took.calm : took.storm).push(its.now() - sentAt))
    const parcels = serving(carrier, () => undefined)
    let parcelsWaiting = 0
    its.after(slow.to - 1, () => {
      parcelsWaiting = parcels.waiting() + parcels.inFlight() + parcels.dead.length
    })
    its.runTo(slow.to + minutes(30))
    const { count, p50, p99 } = figures(took.storm)
    return {
      payments: count,
      paymentP50: Math.round(p50),
      paymentP99: Math.round(p99),
      calmP99: Math.round(figures(took.calm).p99),
      parcelsWaiting,
    }
  },
  holds: (without, and) =>
    and.paymentP99 < 1.5 * and.calmP99 && without.paymentP99 > 10 * and.paymentP99 && and.payments > 0,
})

const backOff = ({ random }: World, received: number): { back: Millis } => ({
  back: seconds(backoffSeconds(received, random.next())),
})
