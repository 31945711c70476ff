import { orderIdFor } from '../../functions/ordering/identity.ts'
import { days, hours, type Millis, minutes, seconds } from '../../reactive/time.ts'
import type { Actor } from './cast.ts'
import { dear } from './participants.ts'
import type { Random } from './random.ts'
import type { System } from './system.ts'
import type { World } from './world.ts'

export const products = ['SKU-A', 'SKU-B', dear]

type Scene = {
  readonly world: World
  readonly stage: System
  readonly random: Random
  /** Whether time is enough to bring a saga on. Where nothing wakes it, nobody may be waited for in vain. */
  readonly waking: boolean
}
/** What somebody says or does, and when. */
type Deed = { readonly what: string; readonly at: Millis; readonly do: () => void }

/**
 * Somebody who orders, and whoever has to do with it: changes of mind, an approval where the order is large, a refund, a
 * return with its parcel and its inspection; in time, too early, too late, twice, against each other, or never.
 */
export const customer = (scene: Scene, index: number): Actor => {
  const { world, stage, random } = scene
  const name = `customer-${index}`
  const orderId = orderIdFor(name, 'key')
  const lines = [...new Set([random.pick(products), random.pick(products)])].map((sku) => ({
    sku,
    quantity: 1 + random.upTo(2),
  }))
  const shipTo = { name: 'N', street: 'S', city: 'C', postcode: '10115', country: 'DE' }
  const body = { lines, payment: { token: 'tok_ok' }, shipTo }
  const at = random.upTo(seconds(20))
  const large = lines.some(({ sku, quantity }) => sku === dear && quantity > 1)
  const deeds: Deed[] = [
    { what: 'orders', at, do: () => stage.place({ customer: name, key: 'key', body }) },
    ...(large ? reviewed(scene, orderId, at) : []),
  ]
  // Some in the same instant, some while it runs, some too late.
  if (random.chance(0.4))
    deeds.push({
      what: 'cancels',
      at: at + random.upTo(random.pick([0, 100, 500, 1_000, 5_000, 60_000]) + 1),
      do: () => stage.cancel(name, orderId),
    })
  const returns = scene.waking && random.chance(0.3) ? at + seconds(15) + random.upTo(seconds(45)) : undefined
  if (returns !== undefined) deeds.push(...returned(scene, name, orderId, returns))
  if (random.chance(0.25)) {
    // Some while the order comes back, which gives the money back by itself.
    const when = returns !== undefined && random.chance(0.5) ? returns + random.upTo(500) : at + seconds(30)
    deeds.push({ what: 'wants the money back', at: when + random.upTo(seconds(60)), do: () => stage.refund(orderId) })
  }
  return {
    does: `${name} ${deeds.map(({ what, at: when }) => `${what} at ${when}`).join(', ')}`,
    begin: () => {
      for (const { at: when, do: it } of deeds) world.plan(when, it)
    },
  }
}

/** People who look at a large order. */
const reviewed = ({ stage, random, waking }: Scene, orderId: string, at: Millis): Deed[] => {
  if (waking && random.chance(0.15)) return []
  const yes = random.chance(0.8)
  const when = at + random.pick(waking ? [0, 500, 2_000, 20_000, hours(2), hours(25)] : [500, 20_000])
  const says = (approved: boolean, soon: Millis): Deed => ({
    what: approved ? 'is approved' : 'is not approved',
    at: when + random.upTo(soon),
    do: () => stage.review(orderId, approved),
  })
  // Where nothing wakes a saga somebody says it again, or an order that was placed late would wait for ever.
  const again = waking
    ? []
    : [minutes(1), minutes(2), minutes(9)].map((later) => ({ ...says(yes, 1), at: when + later }))
  return [says(yes, 1_000), ...again, ...(random.chance(0.15) ? [says(!yes, 2_000)] : [])]
}

/** A customer who sends the goods back, a carrier who brings them, people who look at them. */
const returned = ({ stage, random }: Scene, name: string, orderId: string, at: Millis): Deed[] => {
  const deeds: Deed[] = [{ what: 'sends it back', at, do: () => stage.sendBack(name, orderId) }]
  const arrives = at + random.pick([2_000, 5_000, 20_000, 60_000, days(13), days(15)]) + random.upTo(1_000)
  if (random.chance(0.9))
    deeds.push({ what: 'has its parcel received', at: arrives, do: () => stage.receiveParcel(orderId) })
  if (random.chance(0.2))
    deeds.push({ what: 'has it received again', at: arrives + seconds(20), do: () => stage.receiveParcel(orderId) })
  const condition = random.pick(['resellable', 'resellable', 'damaged'] as const)
  // Before it is waited for, when it is, or when nobody waits any more.
  const seen = Math.max(0, arrives + random.pick([-2_000, 500, 5_000, 20_000, hours(5), days(4)]) + random.upTo(1_000))
  const sees = (its: typeof condition, soon: Millis): Deed => ({
    what: `is found ${its}`,
    at: seen + random.upTo(soon),
    do: () => stage.inspect(orderId, its),
  })
  if (random.chance(0.85)) deeds.push(sees(condition, 1))
  if (random.chance(0.2)) deeds.push(sees(condition === 'damaged' ? 'resellable' : 'damaged', 1_000))
  return deeds
}
