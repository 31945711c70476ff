import { type Line, positionOf } from './note.ts'

export type Page = { readonly lines: readonly Line[]; readonly next?: string }

/** What was read of one key, the newest first. `readTo` is where reading stopped before its end. */
export type Part = { readonly found: readonly Line[]; readonly readTo?: string }

/**
 * The newest `limit` lines of several keys as one page. Where a key was not read to its end, nothing older than where it
 * stopped is shown: something newer may lie there. So a page may be short, and its next one goes on from there.
 */
export const mergePages = (parts: readonly Part[], limit: number): Page => {
  const stops = parts.flatMap(({ found, readTo }) => (readTo !== undefined && found.length <= limit ? [readTo] : []))
  const horizon = stops.toSorted().at(-1) ?? ''
  const known = parts
    .flatMap(({ found }) => found)
    .filter((line) => positionOf(line) >= horizon)
    .toSorted((a, b) => (positionOf(a) > positionOf(b) ? -1 : 1))
  const lines = known.slice(0, limit)
  if (known.length > limit) return { lines, next: positionOf(lines.at(-1)!) }
  return { lines, ...(horizon === '' ? {} : { next: horizon }) }
}

/**
 * A position as a word that clients hand back. It is checked, because whatever a client sends ends up in a key condition.
 *
 * @example
 * toCursor('2026-11-21T14:00:00.000Z/fulfil-order:ord_…') // 'djEvMjAyNi0xMS0y…'
 */
export const toCursor = (position: string): string => Buffer.from(`${prefix}${position}`).toString('base64url')

/** The position that a cursor stands for; undefined when no server of ours wrote it. */
export const fromCursor = (cursor: string): string | undefined => {
  const text = Buffer.from(cursor, 'base64url').toString('utf8')
  if (!text.startsWith(prefix) || toCursor(text.slice(prefix.length)) !== cursor) return undefined
  const position = text.slice(prefix.length)
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z\/[a-z][a-z0-9-]*:[^\s/]+$/.test(position) ? position : undefined
}

const prefix = 'v1/'
