import { quick } from './configurations.ts'
import { explore } from './search.ts'

/** Searches one configuration, with whatever bug is planted, and prints what it found first. */
const configuration = quick.find(({ name }) => name === process.argv[2])
if (!configuration) throw new Error(`There is no configuration called ${process.argv[2]}.`)
try {
  const { states, unsafe, dead } = explore(configuration, 400_000)
  console.log(JSON.stringify({ states, found: unsafe[0] ?? dead[0] ?? null }))
} catch (error) {
  // A machine that comes to a state which it cannot go on from has found its bug as well.
  console.log(JSON.stringify({ states: 0, found: { what: (error as Error).message, path: [] } }))
}
