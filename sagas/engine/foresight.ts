import { DirectSaga, WakeSaga } from '../../events/saga.ts'
import { type Foresight, foretell, rehearsal, wouldDo } from '../../reactive/rehearsal.ts'
import type { Clock } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import { coordinator } from './coordinator.ts'
import { type Definition, inboxContracts } from './definition.ts'
import type { SagaStore } from './ports.ts'
import type { Verdict } from './transition.ts'

type Reach = {
  readonly definitions: readonly Definition[]
  readonly store: Pick<SagaStore, 'load'>
  readonly clock: Clock
  readonly timing: Timing
}

/** What a verdict that writes nothing comes to; the others end at the commit, or as an error. */
const without: Readonly<Record<Verdict['is'], Foresight | undefined>> = {
  known: { says: 'repeats', because: 'its saga knows it already, and would ask again for what is outstanding' },
  stale: { says: 'repeats', because: 'its saga has another timer by now, and would drop it' },
  early: { says: 'passes', because: 'it is not due yet, and its timer would be set again' },
  'turned-away': {
    says: 'refuses',
    because: 'its saga is under way for somebody else, and the caller would be told so',
  },
  applied: undefined,
  postponed: undefined,
  parked: undefined,
}

/** What the coordinator would make of messages to sagas if they came now, each by itself, with the sagas as they are. */
export const sagaForesight = ({ definitions, store, clock, timing }: Reach) => {
  const contracts = [...new Set([...definitions.flatMap(inboxContracts), WakeSaga, DirectSaga])]
  return rehearsal({
    contracts,
    serve: async (message) => {
      let verdict: Verdict | undefined
      const contract = contracts.find(({ type }) => type === (message as { type: string }).type)!
      const [error] = await coordinator({
        definitions,
        store: {
          load: store.load,
          save: async ({ id, phase }) => wouldDo(`its saga would go on: ${id} is ${phase}`),
        },
        transport: { send: async () => new Map(), wake: async () => new Map() },
        congestion: async () => false,
        clock,
        timing,
        watch: (movement) => {
          verdict = movement.verdict
        },
      })([{ message, contract }])
      if (error) throw error
      return foretell((verdict && without[verdict.is]) ?? { says: 'not-asked', because: 'its saga says nothing of it' })
    },
  })
}
