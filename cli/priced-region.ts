import { knownRegion, type PricedRegion, pricedRegions } from '../infra/prices/prices.ts'
import { exitCodes, Failure } from '../local/failure.ts'
import { refusalOf } from '../local/nearest.ts'

/**
 * A region as the price list knows it, for what is of no use without prices.
 *
 * @throws Failure naming the regions that it knows.
 */
export const pricedRegion = (region: string): PricedRegion => {
  const known = knownRegion(region)
  if (known) return known
  throw new Failure(refusalOf('region with known prices', region, pricedRegions), {
    exitCode: exitCodes.usage,
    remedy: 'those of another are entered in infra/prices/list.json',
  })
}
