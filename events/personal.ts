import type { AnyContract } from './contract.ts'

/** What stands where a personal value was. */
export const masked = '***'

/** Shorter texts would mask half of every sentence. */
const shortestMasked = 3

/**
 * A text that somebody may have made of a message, with every personal value of that message masked. Which fields are
 * personal is said by the contract (`personal`).
 *
 * @example
 * maskPersonal('no parcel for Ada Lovelace', OrderPlaced, { shipTo: { name: 'Ada Lovelace' } }) // 'no parcel for ***'
 */
export const maskPersonal = (text: string, { personal }: AnyContract, data: unknown): string =>
  personal
    .flatMap((path) => textsIn(at(data, path.split('.'))))
    .filter((value) => value.length >= shortestMasked)
    // The longest first: a name may be part of an address.
    .toSorted((a, b) => b.length - a.length)
    .reduce((result, value) => result.replaceAll(value, masked), text)

const at = (value: unknown, [key, ...rest]: readonly string[]): unknown => {
  if (key === undefined) return value
  if (Array.isArray(value)) return value.map((item) => at(item, [key, ...rest]))
  return typeof value === 'object' && value !== null ? at((value as Record<string, unknown>)[key], rest) : undefined
}

const textsIn = (value: unknown): string[] => {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}
