import { createHash } from 'node:crypto'

/** An id that follows from the merchant's reference, so that what bears the reference is found by one read. */
export const idFor = (prefix: string, reference: string): string =>
  `${prefix}${createHash('sha256').update(`${prefix}\n${reference}`).digest('hex').slice(0, 20)}`

/** What makes two requests the same; a key that comes back with another is refused. */
export const fingerprintOf = (operation: string, request: unknown): string =>
  createHash('sha256')
    .update(`${operation}\n${canonical(request)}`)
    .digest('base64url')

/** JSON in which the order of an object's members makes no difference. */
const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value)
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`
}
