import list from './list.json' with { type: 'json' }

/** What AWS charges for: `lambda.request`, `dynamodb.write` … as `list.json` names them. */
export type PriceName = keyof typeof list.prices

/** A region whose prices are known. */
export type PricedRegion = keyof (typeof list.prices)['lambda.request']['usd']

/** One list price: so many dollars for `per` units. */
export type Price = {
  readonly per: number
  readonly unit: string
  readonly usd: Readonly<Record<PricedRegion, number>>
  /** The day for which it was last compared with AWS's own list, or entered. */
  readonly asOf: string
  /** Where that list itself was not read: the dated page that quotes it, or `nobody`, who compared it since it was entered. */
  readonly by?: string
  readonly source: string
  /** Units that every account has free each month, for as long as it exists. */
  readonly freePerMonth?: number
}

export const prices: Readonly<Record<PriceName, Price>> = list.prices

export const pricedRegions: readonly PricedRegion[] = ['eu-central-1', 'us-east-1']

/** A region as the price list knows it; undefined when nobody has entered its prices. */
export const knownRegion = (region: string): PricedRegion | undefined => pricedRegions.find((name) => name === region)

/** How many units of each thing are used. */
export type Usage = Readonly<Partial<Record<PriceName, number>>>

/** One line of a bill, in US dollars. */
export type Charge = {
  readonly price: PriceName
  readonly units: number
  readonly usd: number
}

/**
 * The list price of one unit in US dollars, of the first tier and before anything that is free.
 *
 * @example
 * priceOf('sqs.request', 'eu-central-1') // 4e-7
 */
export const priceOf = (name: PriceName, region: PricedRegion): number => prices[name].usd[region] / prices[name].per

/**
 * What a use costs, a line for each thing that is used, the dearest first.
 *
 * @throws Error when a quantity is not a number from 0 on: it would make the sum look better than it is.
 *
 * @example
 * costOf({ 'sqs.request': 1_000_000 }, 'eu-central-1') // [{ price: 'sqs.request', units: 1_000_000, usd: 0.4 }]
 */
export const costOf = (usage: Usage, region: PricedRegion): Charge[] =>
  Object.entries(usage)
    .map(([name, units]) => {
      const price = name as PriceName
      if (!(price in prices))
        throw new Error(`Nothing is known of the price of ${name}: infra/prices/list.json has it not`)
      if (!(units >= 0 && Number.isFinite(units))) throw new Error(`${units} is no quantity of ${name}`)
      return { price, units, usd: units * priceOf(price, region) }
    })
    .sort((a, b) => b.usd - a.usd)

export const totalOf = (charges: readonly { readonly usd: number }[]): number =>
  charges.reduce((sum, { usd }) => sum + usd, 0)
