import type { Guard } from './guard.ts'
import type { Asked } from './participation.ts'
import type { Clock } from './time.ts'

/** A question to a partner that changes nothing there: any answer to it is a sign of life. */
export type SignOfLife = () => Promise<Asked<unknown>>

/** A breaker wants several good probes in a row, and one that is not made says nothing. */
const most = 5

/**
 * Asks a dependency whose breaker is not closed whether it is back, with the breaker's leave, until it closes or says no.
 * Says whether it is closed in the end; one that was closed is not asked.
 *
 * @example
 * await probe(guard, () => ask({ method: 'GET', path: '/authorisations?reference=probe', within }, read), Date.now)
 */
export const probe = async (guard: Guard, ask: SignOfLife, clock: Clock): Promise<'was closed' | 'back' | 'away'> => {
  if (await guard.isClosed()) return 'was closed'
  for (let asked = 0; asked < most; asked++) {
    const pass = await guard.enter('first')
    if (pass.may === 'wait') return 'away'
    const began = clock()
    const answer = await ask()
    await pass.heard(
      !answer.known && answer.unasked
        ? 'unused'
        : { answered: answer.known, took: (answer.known ? answer.took : undefined) ?? clock() - began },
    )
    if (await guard.isClosed()) return 'back'
    if (!answer.known) return 'away'
  }
  return 'away'
}
