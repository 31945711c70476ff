import { exitCodes, Failure } from '../../local/failure.ts'
import type { Definition } from '../../sagas/engine/definition.ts'
import { versionsOf } from '../../sagas/operators/documents.ts'
import type { HistoryStore } from '../../sagas/operators/history-store.ts'

/** Sagas that have not ended, as far as their version needs it. */
export type Unfinished = Awaited<ReturnType<HistoryStore['unfinished']>>

/**
 * Refuses a deployment that would take the definition away from sagas that still run: nobody could read their state, and
 * what they have charged, reserved and booked would wait for a definition that is gone.
 *
 * @param definitions those that the new code can run.
 * @param unfinished the sagas that have not ended in the stage as it is.
 * @returns the refusal, with how many instances of which version, or undefined when every one keeps its definition.
 */
export const strandedBy = (definitions: readonly Definition[], unfinished: Unfinished): Failure | undefined => {
  const stranded = versionsOf(definitions, unfinished).items.filter(({ deployed }) => !deployed)
  if (stranded.length === 0) return undefined
  const told = stranded.map(
    ({ definition, version, unfinished: count, oldestStartedAt }) =>
      `${count} of ${definition} version ${version}, the oldest since ${oldestStartedAt}`,
  )
  return new Failure(`sagas still run on definitions that this code has not: ${told.join('; ')}`, {
    exitCode: exitCodes.refused,
    remedy:
      "keep these versions in sagas/index.ts until './neverstop saga versions' says that they may go; with --orphan-sagas it is deployed all the same, and those sagas wait until their definition is deployed again",
  })
}
