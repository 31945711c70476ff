import { setFlagsFromString } from 'node:v8'
import { runInThisContext } from 'node:vm'
import type { EpochMs, Millis } from '../../reactive/time.ts'
import type { Random } from './random.ts'

/** Everything that may go wrong, each counted: a search that never met one of them proves nothing about it. */
export const faultKinds = [
  'crash-before',
  'crash-after',
  'throttled',
  'ambiguous-write',
  'conflict',
  'slow',
  'duplicate',
  'delayed',
  'unseen-receive',
  'malformed-response',
  'entry-refused',
  'vanished',
  'damaged-stock',
  'lost-timer',
  'lost-stream',
  'stale-index',
  'partner-timeout-before',
  'partner-timeout-after',
  'partner-late-effect',
  'partner-error',
  'partner-guarded',
  'skewed-clock',
  'clock-jump',
  'congested',
  'old-process',
  'undo-refused',
  'signal-twice',
  'double-click',
  'poison',
] as const
export type Fault = (typeof faultKinds)[number]

/** No faults, but moments that the protocol has a rule for: a search that never met one proves nothing about its rule. */
export const situationKinds = [
  'cancelled-early',
  'signal-early',
  'signal-heard',
  'signal-silent',
  'retry-pause',
  'quorum-surplus',
  'condition-false',
  'called',
  'turned-away',
  'undo-failed',
  'postponed',
  'operator-act',
  'operators-at-once',
  'act-refused',
  'ended-operator',
  'ahead-of-process',
  'lost-race',
  'reordered',
  'double-redrive',
  'gathered',
  'folded',
  'partly-failed',
  'partly-refused',
  'used-again',
] as const
export type Situation = (typeof situationKinds)[number]

/**
 * A function instance, which serves one invocation after another. It may die at any line, and then nothing that it waits for
 * ever comes back to it.
 */
export type Process = {
  readonly name: string
  dead: boolean
  invocation: Invocation
  /** How far its clock is from the others'. */
  skew: Millis
  jumped: boolean
}

export type Invocation = {
  /** When its time is up. */
  readonly diesAt: EpochMs
  /** Told that its process has died, by whoever counts on its end. */
  readonly onDeath: () => void
  /** Its calls that have not come back. */
  readonly underWay: Set<Call>
}
type Call = { readonly what: string }

/** `false`: nothing was set in motion, so nobody has to be waited for. */
type Run = () => unknown
type Action = { readonly at: EpochMs; readonly order: number; readonly run: Run }

/**
 * Virtual time and chance. Exactly one thing happens at a time; which is next follows from the seed alone, so a seed
 * reproduces a run to the letter.
 */
export type World = {
  readonly random: Random
  readonly faults: Record<Fault, number>
  readonly situations: Record<Situation, number>
  readonly log: (line: string) => void
  now(): EpochMs
  /** Whether this fault strikes now; counted when it does. */
  /** `where` and `about` tell a script which place this is. */
  strikes(fault: Fault, where?: string, about?: string): boolean
  /** `run` answers false when it has set nothing in motion. */
  after(delay: Millis, run: Run): void
  /** What somebody is going to do in so long; the world does not sleep through it. */
  plan(delay: Millis, run: Run): void
  /** When the next of what is planned is to be done. */
  nextPlan(): EpochMs
  /** Nobody does anything until then. */
  sleep(until: EpochMs): void
  /** A new instance, with its first invocation. */
  process(name: string, lifetime: Millis, onDeath?: () => void): Process
  /** The next invocation of one that has answered; its clock was set right while it rested. */
  again(process: Process, lifetime: Millis, onDeath?: () => void): void
  /** One call of a process to the world outside it: the only places where it can be interrupted, raced or killed. */
  call<T>(process: Process, what: string, effect: () => T, kind?: 'read' | 'write'): Promise<T>
  /** Runs until nothing is left to happen before `until`. */
  run(until: EpochMs): Promise<void>
}

/** As the SDK reports it when nobody can say whether the write was made. */
export class Unanswered extends Error {
  override readonly name = 'TimeoutError'
}

/** Decides, at each place where a fault could strike, whether it does: by chance, or by a plan. */
export type Strike = (fault: Fault, where: string, about: string) => boolean

export const world = (random: Random, strike: Strike, start: EpochMs, log: (line: string) => void): World => {
  const faults = Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as Record<Fault, number>
  const situations = Object.fromEntries(situationKinds.map((kind) => [kind, 0])) as Record<Situation, number>
  const heap = new Heap()
  const plans = new Set<EpochMs>()
  let now = start
  let order = 0

  const strikes = (fault: Fault, where = '', about = '') => {
    const struck = strike(fault, where, about)
    if (struck) faults[fault] += 1
    return struck
  }
  const schedule = (delay: Millis, run: Run) => {
    heap.push({ at: now + delay, order: order++, run })
  }

  const invocation = (lifetime: Millis, onDeath = () => {}): Invocation => ({
    diesAt: now + lifetime,
    onDeath,
    underWay: new Set(),
  })
  const die = (process: Process, what: string) => {
    process.dead = true
    process.invocation.onDeath()
    log(`☠ ${process.name} dies at ${what}`)
  }

  return {
    random,
    faults,
    situations,
    log,
    now: () => now,
    strikes,
    after: schedule,
    plan: (delay, run) => {
      plans.add(now + delay)
      schedule(delay, run)
    },
    nextPlan: () => {
      let next = Number.POSITIVE_INFINITY
      for (const at of plans) if (at > now && at < next) next = at
      return next
    },
    sleep: (until) => {
      now = Math.max(now, until)
    },
    process: (name, lifetime, onDeath) => ({
      name,
      dead: false,
      invocation: invocation(lifetime, onDeath),
      skew: strikes('skewed-clock') ? random.upTo(4_000) - 2_000 : 0,
      jumped: false,
    }),
    again: (process, lifetime, onDeath) => {
      process.invocation = invocation(lifetime, onDeath)
      if (process.jumped) process.skew = 0
      process.jumped = false
    },
    call: (process, what, effect, kind = 'write') =>
      new Promise((resolve, reject) => {
        if (process.dead) return
        const { underWay, diesAt } = process.invocation
        const call = { what }
        underWay.add(call)
        const latency = strikes('slow', what) ? 200 + random.upTo(3_000) : 1 + random.upTo(20)
        schedule(latency, () => {
          if (process.dead) return
          underWay.delete(call)
          if (now >= diesAt) return die(process, `${what} (out of time)`)
          if (strikes('crash-before', what)) return die(process, `before ${what}`)
          if (strikes('throttled', what)) return reject(new Unanswered(`${what} was throttled`))
          let answer: ReturnType<typeof effect>
          try {
            answer = effect()
          } catch (error) {
            return reject(error)
          }
          if (strikes('clock-jump', what)) {
            process.skew += random.upTo(600_000) - 300_000
            process.jumped = true
          }
          if (strikes('crash-after', what)) return die(process, `after ${what}`)
          if (kind === 'write' && strikes('ambiguous-write', what))
            return reject(new Unanswered(`${what} was not answered`))
          resolve(answer)
        })
      }),
    run: (until) =>
      new Promise((resolve, reject) => {
        // Promises move in the midst of a turn only while no other promise is moving, so that this begins a turn.
        setImmediate(() => {
          try {
            settle()
            for (let action = heap.pop(until); action; action = heap.pop(until)) {
              now = Math.max(now, action.at)
              if (action.run() !== false) settle()
            }
            now = Math.max(now, until)
            resolve()
          } catch (error) {
            reject(error)
          }
        })
      }),
  }
}

setFlagsFromString('--allow-natives-syntax')
/**
 * Lets all promises move that can: whoever was waiting runs on to its next call before anything else happens. A round of
 * the event loop, or of its next ticks, would do the same and takes longer; nothing that is simulated asks for either.
 */
const settle: () => void = runInThisContext('() => %PerformMicrotaskCheckpoint()')

/** A binary heap by time, then by order of arrival. */
class Heap {
  readonly #items: Action[] = []

  push(action: Action) {
    const items = this.#items
    let at = items.push(action) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!before(action, items[parent]!)) break
      items[at] = items[parent]!
      at = parent
    }
    items[at] = action
  }

  pop(until: EpochMs): Action | undefined {
    const items = this.#items
    const first = items[0]
    if (!first || first.at > until) return undefined
    const last = items.pop()!
    if (items.length > 0) {
      let at = 0
      for (;;) {
        let child = 2 * at + 1
        if (child >= items.length) break
        if (child + 1 < items.length && before(items[child + 1]!, items[child]!)) child += 1
        if (!before(items[child]!, last)) break
        items[at] = items[child]!
        at = child
      }
      items[at] = last
    }
    return first
  }
}

const before = (a: Action, b: Action): boolean => a.at < b.at || (a.at === b.at && a.order < b.order)
