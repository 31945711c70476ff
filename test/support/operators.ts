import type { Message } from '../../events/envelope.ts'
import type { Change } from '../../reactive/stream-relay.ts'
import type { Definition } from '../../sagas/engine/definition.ts'
import type { SagaState } from '../../sagas/engine/state.ts'
import { noteOf } from '../../sagas/operators/note.ts'
import { operators } from '../../sagas/operators/service.ts'
import { memoryHistory } from './memory-history.ts'
import { timing } from './sagas.ts'

type Life = {
  readonly sagaId: string
  readonly changes: readonly Change[]
  readonly state: SagaState
  readonly now: number
}
type Sent = { readonly message: Message; readonly delaySeconds?: number }

/** What operators see of some sagas that have lived, and what they sent to them. */
export const operatorsOf = async (definitions: readonly Definition[], lives: readonly Life[], now?: number) => {
  const history = memoryHistory()
  for (const { changes } of lives) await history.note(changes.flatMap((change) => noteOf(definitions, change) ?? []))
  const states = new Map(lives.map(({ sagaId, state }) => [sagaId, state]))
  const sent: Sent[] = []
  const service = operators({
    definitions,
    history,
    sagas: {
      load: async (sagaId) => states.get(sagaId),
    },
    send: async (acts) => {
      sent.push(...acts)
    },
    clock: () => now ?? Math.max(...lives.map((life) => life.now)),
    timing,
  })
  return { service, history, states, sent }
}
