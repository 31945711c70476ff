import { readFile } from 'node:fs/promises'
import * as z from 'zod'
import { exitCodes, Failure } from '../../local/failure.ts'
import type { Point } from './usl.ts'

const step = z.object({ from: z.number(), to: z.number(), ended: z.number(), underWay: z.number() })
const loadResult = z.object({ steps: z.array(step) })

/**
 * The points of a load run with steps: how many orders were under way on average, and how many ended a second. Both are
 * of the step's own time, so that they hold also where more came than could be done.
 *
 * @example
 * pointsOf([{ from: 0, to: 10, ended: 20, underWay: 1 }]) // [{ load: 1, throughput: 2 }]
 */
export const pointsOf = (steps: readonly z.infer<typeof step>[]): Point[] =>
  steps
    .filter(({ ended, underWay, from, to }) => ended > 0 && underWay > 0 && to > from)
    .map(({ from, to, ended, underWay }) => ({ load: underWay, throughput: ended / (to - from) }))

/**
 * Reads the points of a kept result of `./neverstop load --profile stress --json`.
 *
 * @throws Failure when the file is not one, or has fewer than three steps with orders.
 */
export const measuredPoints = async (path: string): Promise<Point[]> => {
  const refuse = (why: string) =>
    new Failure(`${path} is no result of a load run with steps: ${why}`, {
      remedy: "keep one with './neverstop load --profile stress --json > result.json'",
      exitCode: exitCodes.usage,
    })
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw refuse(error.message)
  })
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch {
    throw refuse('it is not JSON')
  }
  const read = loadResult.safeParse(document)
  if (!read.success) throw refuse(read.error.issues[0]?.message ?? 'it has no steps')
  const points = pointsOf(read.data.steps)
  if (new Set(points.map(({ load }) => load)).size < 3)
    throw refuse(`${points.length} steps had orders that ended, it takes three`)
  return points
}
