import { orderIdFor } from '../../functions/ordering/identity.ts'
import { type EpochMs, hours, type Millis, seconds } from '../../reactive/time.ts'
import { timings } from '../../reactive/timing.ts'
import type { SagaItem } from '../../sagas/engine/item.ts'
import { TripAsked } from './journey.ts'
import type { Refuses } from './participants.ts'
import { seeded } from './random.ts'
import { brokenAtRest, quietUntil, restless } from './rest.ts'
import { stockUp } from './run.ts'
import { system } from './system.ts'
import { type Strike, world } from './world.ts'

const start: EpochMs = Date.UTC(2026, 0, 1)
const shipTo = { name: 'N', street: 'S', city: 'C', postcode: '10115', country: 'DE' }

type Play = {
  /** What goes wrong, and where; nothing without it. */
  readonly strike?: Strike
  readonly refuses?: Refuses
  readonly sleepless?: boolean
  readonly stock?: number
}

/** The simulated platform with every fault in the hands of the test that plays on it. */
export const theatre = ({
  strike = () => false,
  refuses = () => false,
  sleepless = false,
  stock = 10_000,
}: Play = {}) => {
  const sim = world(seeded(1), strike, start, () => {})
  const stage = system(sim, timings.brief, { sleepless, refuses })
  stockUp(stage, 'SKU-A', stock, start)
  let redriven = 0
  const redrive = () => {
    redriven += stage.redrive()
  }
  const saga = (sagaId: string): SagaItem | undefined => {
    const text = stage.sagas.items.get(sagaId)
    return text === undefined ? undefined : (JSON.parse(text) as SagaItem)
  }
  return {
    sim,
    stage,
    saga,
    order: (customer = 'alice', quantity = 2): string => {
      const body = { lines: [{ sku: 'SKU-A', quantity }], payment: { token: 'tok_ok' }, shipTo }
      stage.place({ customer, key: 'key', body })
      return orderIdFor(customer, 'key')
    },
    trip: (tripId: string) => stage.tell(TripAsked({ tripId, price: 900, insured: true }), tripId, `${tripId}/asked`),
    /** The person at the desk sends back every dead letter. */
    redrive,
    /** How many dead letters the person at the desk has sent back. */
    redriven: () => redriven,
    passes: (span: Millis) => sim.run(sim.now() + span),
    /** Time passes until it is so; fails when it does not become so within an hour. */
    until: async (what: string, isSo: () => boolean) => {
      const limit = sim.now() + hours(1)
      while (!isSo()) {
        if (sim.now() >= limit) throw new Error(`It never came to: ${what}.`)
        await sim.run(sim.now() + 10)
      }
    },
    /** What became of a step so far. */
    status: (sagaId: string, step: string) => {
      const item = saga(sagaId)
      const definition = stage.definitions.find(
        (it) => sagaId.startsWith(`${it.name}:`) && it.version === item?.version,
      )
      return item?.steps?.[definition?.steps.findIndex(({ name }) => name === step) ?? -1]?.[0]
    },
    /** Everything comes to rest, with a person at the desk; what is wrong then, in words. */
    rest: async (): Promise<readonly string[]> => {
      for (let awake = 0; restless(stage) > 0 && awake < hours(8); awake += seconds(30)) {
        await sim.run(sim.now() + seconds(30))
        redrive()
        sim.sleep(quietUntil(stage, sim))
      }
      if (stage.witness.violations.length > 0) return stage.witness.violations
      return restless(stage) > 0 ? ['not at rest after eight hours'] : brokenAtRest(stage)
    },
  }
}
