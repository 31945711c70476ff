import { seconds } from '../../reactive/time.ts'
import { sagaStoreSuite } from '../support/saga-store-suite.ts'
import { start, timing } from '../support/sagas.ts'
import { seeded } from './random.ts'
import { sagaTable, simulatedStore, simulatedSweeperStore } from './saga-store.ts'
import { world } from './world.ts'

/** The simulated table on a day without faults. What is asked of it is answered in virtual time, which passes meanwhile. */
const stores = () => {
  const sim = world(
    seeded(1),
    () => false,
    start,
    () => {},
  )
  const table = sagaTable()
  const process = sim.process('suite', seconds(1e6))
  const meanwhile = async <T>(answer: Promise<T>): Promise<T> => {
    await sim.run(sim.now() + seconds(1))
    return answer
  }
  const store = simulatedStore(sim, table, process, () => start, timing)
  const sweeps = simulatedSweeperStore(sim, table, process)
  return {
    store: {
      load: (id: string) => meanwhile(store.load(id)),
      save: (...its: Parameters<typeof store.save>) => meanwhile(store.save(...its)),
    },
    sweeps: {
      lease: (...its: Parameters<typeof sweeps.lease>) => meanwhile(sweeps.lease(...its)),
      overdue: async function* (...its: Parameters<typeof sweeps.overdue>) {
        const pages = sweeps.overdue(...its)[Symbol.asyncIterator]()
        for (;;) {
          const page = await meanwhile(pages.next())
          if (page.done) return
          yield page.value
        }
      },
    },
  }
}

sagaStoreSuite('the simulated table', stores)
