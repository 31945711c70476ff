import type { Distribution } from './distributions.ts'
import { type Instant, type Process, until, type World } from './virtual-time.ts'

/** `late`: the caller did not wait any longer; the dependency works on, and nobody hears of it. */
export type Answer = 'ok' | 'failed' | 'late'

export type DependencyOptions = {
  /** How long one call takes once it is being served. */
  readonly latency: Distribution
  /** How many calls it serves at the same time; the others wait in its own line. */
  readonly places?: number
  /** The share of calls that fail, from 0 to 1. */
  readonly errors?: (at: Instant) => number
  /** Nobody answers at all: calls end when their callers give up. */
  readonly down?: (at: Instant) => boolean
  /** By how much the latency is multiplied. */
  readonly slow?: (at: Instant) => number
}

export type Dependency = {
  /** Asks, and waits for the answer at most so many milliseconds. */
  readonly call: (within: number) => Process<Answer>
  /** Calls that arrived, whatever came of them. */
  readonly calls: () => number
  /** Calls that were worked on although their callers had gone. */
  readonly wasted: () => number
}

/**
 * What a service depends on: it answers in its time, fails now and then, and may be slow or down for a while. With
 * `places` it has a line of its own, in which calls wait whose callers have long given up: what makes a retry storm.
 */
export const dependency = (world: World, options: DependencyOptions): Dependency => {
  const { latency, places = Number.POSITIVE_INFINITY, errors, down, slow } = options
  type Call = { answer: (answer: Answer) => void; gone: boolean }
  const line: Call[] = []
  let head = 0
  let busy = 0
  let calls = 0
  let wasted = 0

  const serve = (call: Call) => {
    busy++
    const ms = latency(world.random) * (slow?.(world.now()) ?? 1)
    world.after(ms, () => {
      busy--
      if (call.gone) wasted++
      else call.answer(world.random.chance(errors?.(world.now()) ?? 0) ? 'failed' : 'ok')
      next()
    })
  }
  const next = () => {
    while (busy < places && head < line.length) serve(line[head++]!)
    if (head > 1_024 && head * 2 > line.length) {
      line.splice(0, head)
      head = 0
    }
  }

  return {
    calls: () => calls,
    wasted: () => wasted,
    *call(within) {
      calls++
      return yield* until<Answer>((resume) => {
        const call: Call = {
          gone: false,
          answer: (answer) => {
            if (call.gone) return
            call.gone = true
            resume(answer)
          },
        }
        world.after(within, () => call.answer('late'))
        if (down?.(world.now())) return
        line.push(call)
        next()
      })
    },
  }
}
