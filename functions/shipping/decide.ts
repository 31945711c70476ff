import type { DataOf } from '../../events/contract.ts'
import { type Carrier, testPostcodes } from '../../events/partners/carriers.ts'
import type { BookReturn, BookShipment, CloseReturn } from '../../events/shipping.ts'
import type { Address, Line, Reason } from '../../events/vocabulary.ts'
import type { Plan } from '../../reactive/participant.ts'

/** Which carrier is to be asked for what; recorded before it is, so that a repetition asks the same carrier. */
export type ShipmentIntent = {
  readonly carrier: Carrier
  readonly lines: readonly Line[]
  readonly shipTo: Address
}
/** A parcel that one carrier is to fetch from the customer. */
export type ReturnIntent = {
  readonly kind: 'return'
  readonly carrier: Carrier
  readonly lines: readonly Line[]
  readonly from: Address
}
/** A return that is over. */
export type ClosingIntent = { readonly kind: 'closing'; readonly carrier: Carrier; readonly trackingNumber: string }
/** A shipment's intent bears no kind: it was there before there were others. */
export type ShippingIntent = ShipmentIntent | ReturnIntent | ClosingIntent
export type ShipmentResult = { readonly carrier: Carrier; readonly trackingNumber: string }

type Terms = { readonly carrier: Carrier; readonly countries: readonly string[]; readonly mostUnits: number }

/** What the carriers take on, the preferred first: `swift` is quick and takes small parcels nearby, `steady` the rest. */
export const carrierTerms: readonly Terms[] = [
  { carrier: 'swift', countries: ['AT', 'BE', 'CH', 'DE', 'DK', 'FR', 'LU', 'NL'], mostUnits: 20 },
  {
    carrier: 'steady',
    countries: [
      ...['AT', 'BE', 'CH', 'CZ', 'DE', 'DK', 'ES', 'FI', 'FR', 'GB', 'IE', 'IT', 'LU', 'NL', 'NO', 'PL', 'PT', 'SE'],
      ...['CA', 'US'],
    ],
    mostUnits: 50_000,
  },
]

/** Places that only `steady` serves although they lie in a country that `swift` serves: islands, and test addresses. */
const steadyOnly: readonly { readonly country?: string; readonly prefix: string }[] = [
  { country: 'DE', prefix: '27498' },
  { country: 'FR', prefix: '20' },
  { prefix: testPostcodes.failsFirst },
]

/**
 * Chooses the carrier for a shipment by country, postcode and size: the first whose terms cover all three.
 *
 * @example
 * decideShipment({ orderId, lines: [{ sku: 'TEA-01', quantity: 2 }], shipTo }).plan // 'call'
 */
export const decideShipment = ({ lines, shipTo }: DataOf<typeof BookShipment>): Plan<ShipmentIntent> => {
  const { country, postcode } = shipTo
  const units = lines.reduce((sum, { quantity }) => sum + quantity, 0)
  const serving = carrierTerms.filter(({ countries }) => countries.includes(country))
  if (serving.length === 0) {
    return refuse('country-not-served', `We do not ship to ${country}.`)
  }
  const chosen = serving.find(
    ({ carrier, mostUnits }) => units <= mostUnits && (carrier === 'steady' || !isSteadyOnly(country, postcode)),
  )
  return chosen
    ? { plan: 'call', intent: { carrier: chosen.carrier, lines, shipTo } }
    : refuse('too-large', `${units} units are more than we can ship to ${country} ${postcode} in one parcel.`)
}

const isSteadyOnly = (country: string, postcode: string): boolean =>
  steadyOnly.some((place) => (place.country ?? country) === country && postcode.startsWith(place.prefix))

/**
 * Whether the carrier that is asked can fetch a parcel. There is no choice to make here: whoever wants either of them asks
 * both, and calls one off.
 */
export const decideReturn = ({ carrier, lines, fetchFrom: from }: DataOf<typeof BookReturn>): Plan<ReturnIntent> => {
  const { countries, mostUnits } = carrierTerms.find((terms) => terms.carrier === carrier)!
  const units = lines.reduce((sum, { quantity }) => sum + quantity, 0)
  if (!countries.includes(from.country))
    return refuse('country-not-served', `${carrier} fetches nothing in ${from.country}.`)
  if (units > mostUnits) return refuse('too-large', `${units} units are more than ${carrier} fetches in one parcel.`)
  return { plan: 'call', intent: { kind: 'return', carrier, lines, from } }
}

export const decideClosing = ({ carrier, trackingNumber }: DataOf<typeof CloseReturn>): Plan<ClosingIntent> => ({
  plan: 'call',
  intent: { kind: 'closing', carrier, trackingNumber },
})

/** The carrier's refusal in words for a customer; what has none of its own is told as it came. */
export const refusalOf = ({ code, message }: Reason): Reason => ({
  code,
  message: code === 'undeliverable' ? 'The carrier does not deliver to this address.' : message,
})

const refuse = (code: string, message: string): Plan<never> => ({ plan: 'refuse', reason: { code, message } })
