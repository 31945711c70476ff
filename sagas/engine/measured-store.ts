import type { Measure } from '../../reactive/metering.ts'
import type { SagaStore } from './ports.ts'
import type { SagaState } from './state.ts'

/**
 * A store that counts what its commits mean: sagas that start, turn back and end, how long they took, undos that failed
 * for good, and commits that somebody else had overtaken. A commit whose answer was lost is not counted.
 *
 * @example
 * measuredStore(dynamoStore(db, table, clock, timing), measure)
 */
export const measuredStore = (store: SagaStore, measure: Measure): SagaStore => ({
  load: store.load,
  save: async (next, over) => {
    const saved = await store.save(next, over)
    if (saved === 'lost') measure('SagaConflicts', 1, { saga: next.definition })
    else measureCommit(next, over, measure)
    return saved
  },
})

const measureCommit = (next: SagaState, over: SagaState | undefined, measure: Measure): void => {
  const saga = next.definition
  if (next.phase === 'ended') {
    measure('SagasEnded', 1, { saga, outcome: next.outcome })
    if (over?.phase === 'running') measure('SagaTime', next.endedAt - over.startedAt, { saga, outcome: next.outcome })
    return
  }
  if (next.phase !== 'running') return
  const before = over?.phase === 'running' ? over : undefined
  if (!before) measure('SagasStarted', 1, { saga })
  if (next.mode === 'compensating' && before?.mode !== 'compensating') measure('SagasTurnedBack', 1, { saga })
  const failed = undosFailed(next) - undosFailed(before)
  if (failed > 0) measure('UndosFailed', failed, { saga })
}

const undosFailed = (state: SagaState | undefined): number =>
  state?.phase === 'running' ? state.steps.filter(({ status }) => status === 'undo-failed').length : 0
