import { contracts } from '../../events/index.ts'

/** What stands where a personal value was. */
export const masked = '***'

/**
 * The data of a message with everything that its contract marks as personal masked. Of a message whose contract is not
 * known nothing is shown: nobody has said what in it is personal.
 *
 * @example
 * maskPersonal('payments.AuthorisePayment.v1', { orderId, amount, token: 'tok_ok' }) // { orderId, amount, token: '***' }
 */
export const maskPersonal = (type: string, data: unknown): unknown => {
  const contract = contracts.find((candidate) => candidate.type === type)
  if (!contract) return masked
  return contract.personal.reduce((value, path) => maskAt(value, path.split('.')), data)
}

const maskAt = (value: unknown, [key, ...rest]: readonly string[]): unknown => {
  if (key === undefined) return masked
  if (Array.isArray(value)) return value.map((item) => maskAt(item, [key, ...rest]))
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return value
  return { ...value, [key]: maskAt((value as Record<string, unknown>)[key], rest) }
}
