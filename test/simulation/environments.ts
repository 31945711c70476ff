import type { Context } from 'aws-lambda'
import { type Millis, minutes } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import type { Process, World } from './world.ts'

/** A process that is kept warm: what its function keeps from one invocation to the next is there again. */
export type Environment<Handler> = {
  readonly process: Process
  readonly handle: Handler
  readonly deployment: number
}

/** The environments of one function, as Lambda keeps them. */
export type Environments<Handler> = {
  /** For one invocation: the one that rests for the shortest, or a new one. */
  readonly take: (onDeath: () => void) => Environment<Handler>
  /** It has answered, and rests until it is taken again. */
  readonly rest: (environment: Environment<Handler>) => void
  /** A deployment: what was started before serves nobody any more once it has answered. */
  readonly redeploy: () => void
}

/** For how long an environment that nobody needs is kept. */
const warmFor = minutes(5)

type Served<Handler> = {
  readonly name: string
  /** What a cold start makes. */
  readonly start: (process: Process) => Handler
  /** Told of every process that has answered. */
  readonly answered: (process: Process) => void
}

export const environments = <Handler>(
  world: World,
  { handlerTimeout }: Timing,
  { name, start, answered }: Served<Handler>,
): Environments<Handler> => {
  const resting: { readonly environment: Environment<Handler>; readonly since: number }[] = []
  let deployment = 0
  return {
    take: (onDeath) => {
      for (let last = resting.pop(); last; last = resting.pop()) {
        const { environment, since } = last
        if (environment.process.dead || since + warmFor <= world.now()) continue
        world.again(environment.process, handlerTimeout, onDeath)
        world.situations['used-again'] += 1
        return environment
      }
      const process = world.process(name, handlerTimeout, onDeath)
      return { process, handle: start(process), deployment }
    },
    rest: (environment) => {
      if (environment.process.dead) return
      answered(environment.process)
      if (environment.deployment === deployment) resting.push({ environment, since: world.now() })
    },
    redeploy: () => {
      deployment += 1
      resting.length = 0
    },
  }
}

/** What a function is told of the invocation that its process is in. */
export const contextOf = (world: World, { invocation: { diesAt } }: Process): Context =>
  ({ getRemainingTimeInMillis: () => diesAt - world.now() }) as Context

type Work<T> = {
  readonly name: string
  readonly lifetime: Millis
  readonly work: (process: Process) => Promise<T>
  readonly answered: (process: Process) => void
}

/** Work in a process of its own, which answers when that has ended, in whatever way. */
export const alone = <T>(world: World, { name, lifetime, work, answered }: Work<T>): Promise<T> => {
  const process = world.process(name, lifetime)
  return work(process).finally(() => answered(process))
}

/** The same again and again, as a schedule has it, whatever became of it the last time. */
export const every = (world: World, period: Millis, work: Work<unknown>): void => {
  const tick = () => {
    alone(world, work).catch(() => {})
    world.after(period, tick)
  }
  world.after(period, tick)
}
