import { orderId } from '../../events/vocabulary.ts'

/**
 * A position in a list as a word that clients hand back. It needs no signature: it says only where to go on within the
 * orders that the asker may see anyway. It is checked, because whatever a client sends ends up in a key condition.
 *
 * @example
 * toCursor('2026-11-21T14:00:00.000Z/ord_…') // 'djEvMjAyNi0xMS0y…'
 */
export const toCursor = (position: string): string => Buffer.from(`${prefix}${position}`).toString('base64url')

/** The position that a cursor stands for; undefined when no server of ours wrote it. */
export const fromCursor = (cursor: string): string | undefined => {
  const text = Buffer.from(cursor, 'base64url').toString('utf8')
  if (!text.startsWith(prefix) || toCursor(text.slice(prefix.length)) !== cursor) return undefined
  const position = text.slice(prefix.length)
  const [at = '', id = '', ...rest] = position.split('/')
  const time = Date.parse(at)
  const wellFormed = rest.length === 0 && !Number.isNaN(time) && new Date(time).toISOString() === at
  return wellFormed && orderId.safeParse(id).success ? position : undefined
}

const prefix = 'v1/'
