import type { PlaceOrderBody } from '../../events/http/ordering.ts'
import { shelf } from '../catalogue.ts'
import { bodyOf, type Kind, kinds } from '../demo/mix.ts'
import { type Random, randomOf } from '../demo/random.ts'

/** Kinds of order that can come without anybody standing by: nobody approves, repairs or races here. */
export type LoadKind = Exclude<Kind, 'large' | 'poison' | 'cancelled'>

/** What a request asks for: an order of a kind, or to look at something. */
export type Wish = LoadKind | 'own orders' | 'products'

type Mix = { readonly meaning: string; readonly shares: Readonly<Partial<Record<Wish, number>>> }

const unattended = (kind: string): kind is LoadKind => !['large', 'poison', 'cancelled'].includes(kind)

/** Which requests come, by share. */
export const mixes = {
  plain: { meaning: 'orders that go through', shares: { plain: 1 } },
  usual: {
    meaning: 'orders as the demonstration has them: three in ten meet a refusal or a fault',
    shares: Object.fromEntries(
      Object.entries(kinds).flatMap(([kind, { share }]) => (unattended(kind) ? [[kind, share]] : [])),
    ),
  },
  refused: {
    meaning: 'two orders in three are refused: declined cards, no funds, nothing in stock',
    shares: { plain: 4, 'card declined': 3, 'no funds': 2, 'sold out': 3 },
  },
  browsing: {
    meaning: 'an order for nine looks at products and own orders',
    shares: { plain: 1, products: 6, 'own orders': 3 },
  },
} as const satisfies Record<string, Mix>

export type MixName = keyof typeof mixes
export const mixNames = Object.keys(mixes) as readonly MixName[]

/** One request of a run. `at`: when it is meant to begin, in milliseconds from the start. */
export type Planned = { readonly index: number; readonly at: number; readonly customer: string } & (
  | { readonly wish: LoadKind; readonly body: PlaceOrderBody }
  | { readonly wish: 'own orders' | 'products'; readonly body?: undefined }
)

/** How many customers take turns; each has a token of its own, which the edge remembers for a while. */
export const customers: readonly string[] = Array.from(
  { length: 20 },
  (_, n) => `load-customer-${String(n + 1).padStart(2, '0')}`,
)

/**
 * What each arrival asks for, and who asks. The same seed gives the same requests.
 *
 * @example
 * planOf([0, 350], 'usual', 7) // [{ index: 0, at: 0, wish: 'plain', customer: 'load-customer-03', body: { lines: … } }, …]
 */
export const planOf = (arrivals: readonly number[], mix: MixName, seed: number): Planned[] => {
  // Arrivals have drawn from the seed itself: what is asked for must not follow from when it is.
  const random = randomOf(seed ^ 0x9e3779b9)
  const shares = Object.entries((mixes[mix] satisfies Mix).shares) as [Wish, number][]
  return arrivals.map((at, index) => {
    const wish = drawn(shares, random)
    const common = { index, at, customer: random.pick(customers) }
    return wish === 'own orders' || wish === 'products'
      ? { ...common, wish }
      : { ...common, wish, body: bodyOf(wish, shelf, random) }
  })
}

const drawn = (shares: readonly (readonly [Wish, number])[], random: Random): Wish => {
  let rest = random.next() * shares.reduce((sum, [, share]) => sum + share, 0)
  for (const [wish, share] of shares) {
    rest -= share
    if (rest < 0) return wish
  }
  return shares.at(-1)![0]
}
