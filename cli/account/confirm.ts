import { createInterface } from 'node:readline/promises'
import { exitCodes, Failure } from '../../local/failure.ts'

/** Asks a person on a terminal; undefined where nobody is there to answer. */
export type Ask = (question: string) => Promise<string | undefined>

export const askOnTerminal: Ask = async (question) => {
  if (!process.stdin.isTTY) return undefined
  const line = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return (await line.question(question)).trim()
  } finally {
    line.close()
  }
}

/**
 * Goes on only when somebody wants it: who types the word that was asked for, or who said so before.
 *
 * @throws Failure when the answer is another one, or when nobody is there to give one.
 */
export const confirm = async (
  ask: Ask,
  { what, word, already }: { readonly what: string; readonly word: string; readonly already: string | undefined },
): Promise<void> => {
  const answer = already ?? (await ask(`${what}\nType '${word}' to go on: `))
  if (answer === word) return
  if (answer === undefined)
    throw new Failure(`nobody is there to agree. ${what}`, {
      exitCode: exitCodes.usage,
      remedy:
        word === 'yes' ? 'pass --yes where no person can answer' : `pass --confirm ${word} where no person can answer`,
    })
  throw new Failure('nothing was changed', { exitCode: exitCodes.refused, remedy: `'${word}' was not what came` })
}
