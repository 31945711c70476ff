import { randomUUID } from 'node:crypto'
import { availableParallelism } from 'node:os'
import { setTimeout as wait } from 'node:timers/promises'
import { Failure } from '../../local/failure.ts'
import { settle } from '../audit.ts'
import { arrivalsOf } from '../load/arrivals.ts'
import { generate } from '../load/generate.ts'
import { customers, planOf } from '../load/mix.ts'
import { loggedFunctions, readLines } from '../logs.ts'
import { pricedRegion } from '../priced-region.ts'
import { seed as seedCatalogue } from '../seed.ts'
import { signIn } from '../sign-in.ts'
import type { System } from '../system.ts'
import { billOf } from './bill.ts'
import { type CostResult, priced } from './describe.ts'
import { endedQuietly } from './ended.ts'
import { describeFunctions, letCount } from './functions.ts'
import { withLinesInTurn } from './lines-in-turn.ts'
import { type ProcessorTimes, processorTimes, usedBetween } from './processors.ts'
import { seenIn } from './seen.ts'

export type CostOptions = {
  readonly orders: number
  /** Placements a second. */
  readonly rate: number
  readonly seed: number
  readonly signal: AbortSignal
  readonly note: (line: string) => void
}

/** How long everything may take to come to rest. Milliseconds. */
const settling = 180_000
/** What logs and streams need to carry the last things on. Milliseconds. */
const pause = 3_000
/** How long the machine is looked at before the orders come. Milliseconds. */
const resting = 5_000

/**
 * Counts what an order uses: every function counts its calls while plain orders go through and nobody else asks for
 * anything. Whether they have ended is seen in queues and tables, so that looking is no part of it.
 *
 * @throws Failure on a stage in an account, and when the orders do not come to rest: a sum over half of them would be
 * too low.
 */
export const cost = async (system: System, { orders, rate, seed, signal, note }: CostOptions): Promise<CostResult> => {
  if (system.stage !== 'local')
    throw new Failure(
      `stage '${system.stage}' runs published versions of its functions, which cannot be told to count`,
      {
        remedy: 'count on a local cloud: an order uses the same units there',
      },
    )
  const region = pricedRegion(system.region)
  await seedCatalogue(system)
  const functions = await describeFunctions(system)
  note('every function counts its calls')
  await letCount(system, true)
  try {
    const terms = { profile: 'steady', rate, millis: (orders * 1_000) / rate, spacing: 'even', seed } as const
    const apis = new Map(customers.map((subject) => [subject, signIn(system, { role: 'customer', subject })]))
    /** Places and waits for everybody. Resolves to what the processors had done when the last order came. */
    const place = async (plan: ReturnType<typeof planOf>): Promise<ProcessorTimes> => {
      const run = randomUUID()
      const { outcomes } = await generate(
        plan,
        {
          send: async ({ customer, index, body }) => {
            // A busy system is asked again under the same key: what that costs is part of the sum.
            const { orderId } = await apis.get(customer)!.placeOrder(body!, `cost-${run}-${index}`)
            return { is: 'admitted', orderId }
          },
          clock: () => performance.now(),
          sleep: (millis, until) => wait(millis, undefined, { signal: until }).catch(() => undefined),
        },
        { mostUnderWay: 1_000, signal },
      )
      const placed = processorTimes()
      if (outcomes.length < plan.length) throw new Failure('somebody ended the counting before all orders were placed')
      const orderIds = outcomes.flatMap(({ orderId }) => orderId ?? [])
      if (!(await endedQuietly(system, orderIds, settling)) || !(await settle(system, settling)))
        throw new Failure(`the orders have not ended within ${settling / 1_000} s`, { remedy: 'choose a lower --rate' })
      await wait(pause)
      return placed
    }
    // The first calls of a process are cold starts and wrong connections, which no order pays for.
    await place(planOf([0, 100], 'plain', seed))
    const quiet = processorTimes()
    await wait(resting)
    note(`placing ${orders} plain orders`)
    const since = Date.now()
    const plan = withLinesInTurn(planOf(arrivalsOf(terms), 'plain', seed))
    const before = processorTimes()
    const placed = await place(plan)
    const host = {
      processors: availableParallelism(),
      rate,
      atRest: usedBetween(quiet, before),
      busy: usedBetween(before, placed),
    }
    const lines = await readLines(system.clientConfig, await loggedFunctions(system.clientConfig, system.stage), since)
    return priced(billOf(seenIn(lines), functions, plan.length), region, host)
  } finally {
    await letCount(system, false)
  }
}
