import type { ConsumerWord } from '../../events/http/recovery.ts'
import { allEnded } from '../../reactive/all-ended.ts'
import { type Question, wouldAnswer } from '../../reactive/evidence.ts'
import { portionsOf } from '../../reactive/portions.ts'

/** Asks whoever consumes a queue what it would make of messages if they came now; answers in their order. */
export type Foresee = (queue: string, bodies: readonly string[]) => Promise<readonly ConsumerWord[]>

type Ports = {
  /** Who can be asked: queue → the function that answers for it, without what stands before every name. */
  readonly witnesses: Readonly<Record<string, string>>
  readonly prefix: string
  readonly invoke: (name: string, question: Question) => Promise<string>
}

/** Messages weigh up to 256 KB each, and an invocation takes 6 MB. */
const perQuestion = 10

/**
 * Foresight by asking the evidence of the context that consumes a queue, so that its deciders and its tables stay its own.
 * Who cannot be asked makes it `not-asked`, with the reason, and stops nothing.
 */
export const foreseeing = ({ witnesses, prefix, invoke }: Ports): Foresee => {
  // A record may name any queue, `constructor` too.
  const witnessOf = new Map(Object.entries(witnesses))
  const ask = async (witness: string, bodies: readonly string[]): Promise<readonly ConsumerWord[]> => {
    try {
      const { would } = wouldAnswer.parse(JSON.parse(await invoke(`${prefix}${witness}`, { ask: 'would', bodies })))
      if (would.length === bodies.length) return would
      throw new Error(`${witness} was asked about ${bodies.length} messages and told of ${would.length}`)
    } catch (error) {
      const because = `its consumer could not be asked: ${(error as Error).message}`
      return bodies.map(() => ({ says: 'not-asked', because }))
    }
  }
  return async (queue, bodies) => {
    const witness = witnessOf.get(queue.startsWith(prefix) ? queue.slice(prefix.length) : queue)
    if (witness === undefined)
      return bodies.map(() => ({
        says: 'not-asked',
        because: `nobody can tell what the consumer of ${queue} would do`,
      }))
    const questions = portionsOf(bodies, perQuestion)
    return (await allEnded(questions.map((portion) => ask(witness, portion)))).flat()
  }
}
