import { cpus } from 'node:os'

/** What the processors of this machine have done since it started. Milliseconds of all of them together. */
export type ProcessorTimes = { readonly used: number; readonly idle: number }

export const processorTimes = (): ProcessorTimes => {
  const times = cpus().map(({ times: { idle, ...used } }) => ({ idle, used: sum(Object.values(used)) }))
  return { used: sum(times.map(({ used }) => used)), idle: sum(times.map(({ idle }) => idle)) }
}

/** The share of the processors that was in use between two moments, from 0 to 1. */
export const usedBetween = (before: ProcessorTimes, after: ProcessorTimes): number => {
  const used = after.used - before.used
  const all = used + after.idle - before.idle
  return all > 0 ? used / all : 0
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, one) => all + one, 0)
