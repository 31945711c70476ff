import { type Options, type Result, run } from './run.ts'

/** What is left of a failing schedule when nothing more can be left out, and what it fails with. */
export type Shrunk = {
  readonly strokes: readonly string[]
  readonly actors: readonly number[]
  readonly violation: string
  readonly runs: number
  readonly result: Result
}

/** Shrinking stops after so many runs with what it has. */
const mostRuns = 600

/**
 * The smallest part of a failing schedule that still fails: delta debugging, first over the faults that struck, then
 * over the actors, until neither gives (Zeller and Hildebrandt, "Simplifying and isolating failure-inducing input",
 * 2002). Any violation counts. `undefined` when the seed does not fail.
 */
export const shrink = async (seed: number, options: Options = {}): Promise<Shrunk | undefined> => {
  const whole = await run(seed, options)
  if (whole.violations.length === 0) return undefined
  let runs = 0
  let best = whole
  let strokes: readonly string[] = whole.strokes
  let actors: readonly number[] = options.actors ? [...options.actors] : whole.cast.map((_, index) => index)

  const fails = async (fewerStrokes: readonly string[], fewerActors: readonly number[]): Promise<boolean> => {
    if (runs >= mostRuns) return false
    runs += 1
    const result = await run(seed, { ...options, strokes: new Set(fewerStrokes), actors: new Set(fewerActors) })
    if (result.violations.length === 0) return false
    best = result
    // Strokes that did not strike this time are not part of it.
    strokes = fewerStrokes.filter((stroke) => result.strokes.some((struck) => struck === stroke))
    actors = fewerActors
    return true
  }

  for (let before = ''; before !== `${strokes} ${actors}` && runs < mostRuns; ) {
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
