import { createHash, randomBytes } from 'node:crypto'

const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'

/** 128 bits are enough that two orders never share an id. */
const idBytes = 16

const base32 = (bytes: Uint8Array): string => {
  let text = ''
  let bits = 0
  let held = 0
  for (const byte of bytes) {
    held = (held << 8) | byte
    bits += 8
    while (bits >= 5) {
      bits -= 5
      text += alphabet[(held >> bits) & 31]
    }
    held &= (1 << bits) - 1
  }
  return bits > 0 ? text + alphabet[(held << (5 - bits)) & 31] : text
}

/** The id of an order that nobody will ask for twice. */
export const newOrderId = (random: (bytes: number) => Uint8Array = randomBytes): string =>
  `ord_${base32(random(idBytes))}`

/**
 * The id of the order that a customer places under an Idempotency-Key: the same for the same two, so that one conditional
 * write decides who was first, and nobody can reach another customer's order by guessing a key.
 */
export const orderIdFor = (subject: string, key: string): string => {
  // The length keeps ('ab', 'c') and ('a', 'bc') apart.
  const hash = createHash('sha256').update(`${subject.length}:${subject}${key}`).digest()
  return `ord_${base32(hash.subarray(0, idBytes))}`
}

/** A hash of what was asked, blind to the order of members and to white space. */
export const fingerprintOf = (body: unknown): string => createHash('sha256').update(canonical(body)).digest('base64url')

const canonical = (value: unknown): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value) ?? 'null'
  const members = Object.entries(value).filter(([, member]) => member !== undefined)
  members.sort(([a], [b]) => (a < b ? -1 : 1))
  return `{${members.map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`).join(',')}}`
}
