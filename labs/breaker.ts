import { backoffSeconds } from '../reactive/backoff.ts'
import { type Breaker, closed, conclude, enter, isWatching, witness } from '../reactive/breaker.ts'
import { type Millis, minutes, seconds } from '../reactive/time.ts'
import { timings } from '../reactive/timing.ts'
import { lab } from './lab.ts'
import { seeded } from './random.ts'
import { arrivals, steady } from './simulator/arrivals.ts'
import { consumer, type Said } from './simulator/consumer.ts'
import { type Dependency, dependency } from './simulator/dependency.ts'
import { lognormal } from './simulator/distributions.ts'
import { type Delivery, type Queue, queue } from './simulator/queue.ts'
import { type Process, type World, world } from './simulator/virtual-time.ts'

type Command = { readonly placedAt: number; done?: number }

const { breaker: terms, partnerCall, visibility, receives } = timings.standard

/** Twenty instances with three calls each, as they are deployed. */
const concurrency = 60
const outage = { from: minutes(1), to: minutes(3) } as const
/** The alarm that has the desk put parked messages back is over after so long. */
const alarmClears: Millis = minutes(3)

/** Handles a command as a participant does: a call, and the backoff of its queue when that has no answer. */
function* asks(
  { random }: World,
  acquirer: Dependency,
  { body, receives: received }: Delivery<Command>,
  done: (command: Command) => void,
): Process<Said> {
  if ((yield* acquirer.call(partnerCall)) !== 'ok') return { back: seconds(backoffSeconds(received, random.next())) }
  done(body)
  return 'done'
}

/** The same behind a breaker: while it lets nobody through, the command is put back at the end of its queue. */
const behindBreaker = (its: World, commands: Queue<Command>) => {
  let breaker: Breaker = closed
  let asked = 0
  return function* (
    acquirer: Dependency,
    delivery: Delivery<Command>,
    done: (command: Command) => void,
  ): Process<Said> {
    const by = String(asked++)
    const entry = enter(breaker, by, its.now(), terms)
    if (entry.may === 'wait') {
      commands.send(delivery.body, { delay: Math.max(seconds(1), entry.until - its.now()) })
      return 'done'
    }
    if (entry.may === 'probe') breaker = entry.next
    const said = yield* asks(its, acquirer, delivery, done)
    const told = { now: its.now(), terms, chance: its.random.next() }
    const unanswered = said === 'done' ? 0 : 1
    if (entry.may === 'probe') breaker = conclude(breaker, by, unanswered ? 'unanswered' : 'answered', told)
    // As the guard does it: what goes well counts only once somebody has seen trouble.
    else if (unanswered || isWatching(breaker, its.now(), terms))
      breaker = witness(breaker, { calls: 1, unanswered, slow: 0 }, told)
    return said
  }
}

/** Circuit breaker: the acquirer is down for two minutes under load. */
export const breakerLab = lab({
  name: 'breaker',
  concept: 'A3',
  title: 'The acquirer is down for two minutes',
  claim:
    'With a breaker a dead partner is hardly called, no command is parked for want of receives, and all is well again sooner; no order is lost with it or without it.',
  arms: { without: 'every receive calls', with: 'commands are put back' },
  figures: {
    orders: { unit: 'count', meaning: 'orders that came' },
    attempts: { unit: 'count', meaning: 'calls to the dead partner' },
    receivesBurnt: { unit: 'count', meaning: 'receives that were used up without an answer' },
    deadLetters: { unit: 'count', meaning: 'commands that were parked, for the desk to put back' },
    recovered: { unit: 's', meaning: 'from the end of the outage until every order from before is through' },
    lost: { unit: 'count', meaning: 'orders that nobody has' },
  },
  run: (arm, { seed, scale }) => {
    const its = world(seed)
    const acquirer = dependency(its, {
      latency: lognormal(60, 1.6),
      down: (at) => at >= outage.from && at < outage.to,
    })
    const commands = queue<Command>(its, { visibility, receives })
    const orders: Command[] = []
    let [attempts, burnt, parked] = [0, 0, 0]
    const done = (command: Command) => {
      command.done ??= its.now()
    }
    const guarded = behindBreaker(its, commands)
    consumer(its, commands, {
      concurrency,
      *handle(delivery) {
        const before = acquirer.calls()
        const began = its.now()
        const said = yield* arm === 'with' ? guarded(acquirer, delivery, done) : asks(its, acquirer, delivery, done)
        if (said !== 'done') burnt += 1
        if (before !== acquirer.calls() && began >= outage.from && began < outage.to && said !== 'done') attempts += 1
        return said
      },
    })
    // The same arrivals in both arms, whatever else is left to chance in them.
    arrivals(
      { ...its, random: seeded(seed + 1) },
      { rate: steady(scale === 'small' ? 5 : 20), most: 20, until: minutes(4) },
      () => {
        const order: Command = { placedAt: its.now() }
        orders.push(order)
        commands.send(order)
      },
    )
    its.after(outage.to + alarmClears, () => {
      parked = commands.dead.length
      for (const command of commands.dead) commands.send(command)
    })
    its.runTo(minutes(20))
    const before = orders.filter(({ placedAt }) => placedAt < outage.to)
    return {
      orders: orders.length,
      attempts,
      receivesBurnt: burnt,
      deadLetters: parked,
      recovered: Math.round(Math.max(...before.map(({ done = minutes(20) }) => done - outage.to)) / 1_000),
      lost: orders.filter(({ done }) => done === undefined).length,
    }
  },
  holds: (without, and) =>
    and.attempts < without.attempts / 10 &&
    and.receivesBurnt < without.receivesBurnt &&
    and.deadLetters === 0 &&
    without.deadLetters > 0 &&
    and.recovered < without.recovered &&
    without.lost === 0 &&
    and.lost === 0,
})
