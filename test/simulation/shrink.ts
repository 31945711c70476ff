import { type Options, type Result, run } from './run.ts'

/** What is left of a failing schedule when nothing more can be left out, and what it fails with. */
export type Shrunk = {
  readonly strokes: readonly string[]
  readonly actors: readonly number[]
  readonly violation: string
  readonly runs: number
  readonly result: Result
}

/** Shrinking stops after so many runs, or so long, with what it has. */
const most: Bounds = { runs: 600, milliseconds: 600_000 }
export type Bounds = { readonly runs: number; readonly milliseconds: number }

/**
 * The smallest part of a failing schedule that still fails: delta debugging, first over the faults that struck, then
 * over the actors, until neither gives (Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input",
 * 2002). Any violation counts. `undefined` when the seed does not fail.
 */
export const shrink = async (
  seed: number,
  options: Options = {},
  { runs: mostRuns, milliseconds }: Bounds = most,
): Promise<Shrunk | undefined> => {
  const until = performance.now() + milliseconds
  const isOver = () => runs >= mostRuns || performance.now() >= until
  const whole = await run(seed, options)
  if (whole.violations.length === 0) return undefined
  let runs = 0
  let best = whole
  let strokes: readonly string[] = whole.strokes
  let actors: readonly number[] = options.actors ? [...options.actors] : whole.cast.map((_, index) => index)

  const fails = async (fewerStrokes: readonly string[], fewerActors: readonly number[]): Promise<boolean> => {
    if (isOver()) return false
    runs += 1
    const result = await run(seed, { ...options, strokes: new Set(fewerStrokes), actors: new Set(fewerActors) })
    if (result.violations.length === 0) return false
    best = result
    // Strokes that did not strike this time are not part of it.
    strokes = fewerStrokes.filter((stroke) => result.strokes.some((struck) => struck === stroke))
    actors = fewerActors
    return true
  }

  for (let before = ''; before !== `${strokes} ${actors}` && !isOver(); ) {
    before = `${strokes} ${actors}`
    for (let part = actors.length; part >= 1; part = Math.floor(part / 2))
      for (let from = 0; from < actors.length; ) {
        const fewer = [...actors.slice(0, from), ...actors.slice(from + part)]
        if (!(await fails(strokes, fewer))) from += part
      }
    for (let part = strokes.length; part >= 1; part = Math.floor(part / 2))
      for (let from = 0; from < strokes.length; ) {
        const fewer = [...strokes.slice(0, from), ...strokes.slice(from + part)]
        if (!(await fails(fewer, actors))) from += part
      }
  }
  return { strokes, actors, violation: best.violations[0]!, runs, result: best }
}

/** A failing schedule as it is told: the messages of its run, what it fails with, its actors and faults, and how to see it again. `words`: the size of it, where it is not the usual one. */
export const schedule = (
  seed: number,
  { strokes, actors, violation, runs, result }: Shrunk,
  words: readonly string[] = [],
): string[] => [
  ...result.transcript,
  '',
  `seed ${seed} still fails with ${strokes.length} faults and ${actors.length} actors (${runs} runs): ${violation}`,
  ...actors.map((index) => `  ${index}: ${result.cast[index]}`),
  ...strokes.map((stroke) => `  ${stroke}`),
  ['npm run simulate --', ...words, `--seed ${seed} --actors ${actors.join(',')} --strokes ${strokes.join(',')}`].join(
    ' ',
  ),
]
