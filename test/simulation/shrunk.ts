import { isDeepStrictEqual } from 'node:util'
import { run } from './run.ts'
import { shrink } from './shrink.ts'

/**
 * Shrinks the first failing seed from the given one on, with whatever bug is planted, and says whether what is left is what
 * it should be: it fails, it is the same to the letter when it is replayed, and nothing more can be left out of it.
 */
const size = { orders: 2, trips: 1, transcript: true }
process.on('unhandledRejection', () => {})

let seed = Number(process.argv[2] ?? 1)
while ((await run(seed, size)).violations.length === 0) seed += 1
const whole = await run(seed, size)
const { strokes, actors, violation, result } = (await shrink(seed, size))!

const without = async (stroke: number, actor: number) => {
  const only = {
    strokes: new Set(strokes.filter((_, index) => index !== stroke)),
    actors: new Set(actors.filter((_, index) => index !== actor)),
  }
  return (await run(seed, { ...size, ...only })).violations
}
const superfluous: string[] = []
for (const [index, stroke] of strokes.entries()) if ((await without(index, -1)).length > 0) superfluous.push(stroke)
for (const [index, actor] of actors.entries())
  if ((await without(-1, index)).length > 0) superfluous.push(`actor ${actor}`)

console.log(
  JSON.stringify({
    seed,
    violation,
    before: whole.strokes.length + whole.cast.length,
    after: strokes.length + actors.length,
    violations: result.violations,
    same: isDeepStrictEqual(await run(seed, { ...size, strokes: new Set(strokes), actors: new Set(actors) }), result),
    superfluous,
  }),
)
