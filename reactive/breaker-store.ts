import { type Breaker, closed } from './breaker.ts'

/** A breaker as it was read, and by which version the next write is conditional on that. */
export type Kept = { readonly breaker: Breaker; readonly version: number }

/**
 * Where the instances of a service share their breakers. What is not there is closed: a breaker may be forgotten at any
 * time, and is learnt again.
 */
export type BreakerStore = {
  /** The latest one, as of this moment. */
  readonly load: (dependency: string) => Promise<Kept>
  /** Writes it over `version`; false when somebody else was faster, and then nothing is written. */
  readonly save: (dependency: string, breaker: Breaker, version: number) => Promise<boolean>
}

/** The version of what is not there. */
export const absent: Kept = { breaker: closed, version: 0 }

/** A store of one process: for the simulation, labs and tests, and for whoever runs a single instance. */
export const memoryBreakerStore = (): BreakerStore => {
  const kept = new Map<string, Kept>()
  return {
    load: async (dependency) => kept.get(dependency) ?? absent,
    save: async (dependency, breaker, version) => {
      if ((kept.get(dependency) ?? absent).version !== version) return false
      kept.set(dependency, { breaker, version: version + 1 })
      return true
    },
  }
}
