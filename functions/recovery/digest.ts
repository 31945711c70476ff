import { createHash } from 'node:crypto'

/** A SHA-256 in lower-case base 32 without padding: ids are read aloud and double-clicked. */
export const digest = (text: string): string => {
  const alphabet = 'abcdefghijklmnopqrstuvwxyz234567'
  const bits = [...createHash('sha256').update(text).digest()].map((byte) => byte.toString(2).padStart(8, '0')).join('')
  return (bits.match(/.{5}/g) ?? []).map((five) => alphabet[Number.parseInt(five, 2)]).join('')
}
