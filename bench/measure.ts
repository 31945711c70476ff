import { cpus, totalmem } from 'node:os'

export type Spread = { readonly min: number; readonly median: number; readonly max: number }

export type Figure = Spread & {
  readonly name: string
  readonly unit: string
  readonly runs: number
  /** What the design allows: `atMost` or `atLeast` this; absent for what is only watched. */
  readonly budget?: { readonly atMost: number } | { readonly atLeast: number }
  /** Whether the median keeps the budget. */
  readonly kept?: boolean
}

export const spread = (samples: readonly number[]): Spread => {
  const sorted = [...samples].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
  return { min: rounded(sorted[0]!), median: rounded(median), max: rounded(sorted.at(-1)!) }
}

/** Three significant digits or whole numbers: what a noisy machine can honestly say. */
const rounded = (value: number): number => (Math.abs(value) >= 100 ? Math.round(value) : Number(value.toPrecision(3)))

export const figure = (name: string, unit: string, samples: readonly number[], budget?: Figure['budget']): Figure => {
  const its = spread(samples)
  const kept = budget && ('atMost' in budget ? its.median <= budget.atMost : its.median >= budget.atLeast)
  return { name, unit, runs: samples.length, ...its, ...(budget ? { budget, kept: kept === true } : {}) }
}

/** Runs `work` once to warm up and then `runs` times; each run answers its own figure. */
export const repeated = async (runs: number, work: () => Promise<number> | number): Promise<number[]> => {
  await work()
  const samples: number[] = []
  for (let run = 0; run < runs; run += 1) samples.push(await work())
  return samples
}

/** How long work took, by the clock and by the processor: of the two only the second is ours on a busy machine. */
export const timed = async (work: () => Promise<void> | void): Promise<{ seconds: number; cpuMs: number }> => {
  const [started, before] = [performance.now(), process.cpuUsage()]
  await work()
  const { user, system } = process.cpuUsage(before)
  return { seconds: (performance.now() - started) / 1_000, cpuMs: (user + system) / 1_000 }
}

/** Operations a second of a synchronous or asynchronous batch of `count`. */
export const rate = async (count: number, work: () => Promise<void> | void): Promise<number> => {
  const { seconds } = await timed(work)
  return count / seconds
}

export const machine = () => ({
  cpu: cpus()[0]?.model.trim() ?? 'unknown',
  cores: cpus().length,
  memoryGiB: Math.round(totalmem() / 2 ** 30),
  platform: `${process.platform} ${process.arch}`,
  node: process.version,
})
