import type { AnyContract } from '../../events/contract.ts'
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
  const contract = contractOf(type)
  if (!contract) return masked
  return contract.personal.reduce((value, path) => maskAt(value, path.split('.')), data)
}

/** A whole envelope with the personal fields of its data masked. */
export const maskEnvelope = (text: string): string => {
  const envelope = JSON.parse(text) as { type: string; data: unknown }
  return JSON.stringify({ ...envelope, data: maskPersonal(envelope.type, envelope.data) })
}

/** Whether a JSON Pointer into an envelope leads to something personal, into it, or above it. */
export const isPersonalPath = (type: string, pointer: string): boolean => {
  const contract = contractOf(type)
  const [top, ...path] = pointer.split('/').slice(1)
  if (top === undefined || (top === 'data' && !contract)) return true
  if (top !== 'data') return false
  const at = path.filter((part) => !/^(\d+|-)$/.test(part))
  return contract!.personal.some((personal) => {
    const marked = personal.split('.')
    const shared = Math.min(marked.length, at.length)
    return marked.slice(0, shared).join('/') === at.slice(0, shared).join('/')
  })
}

/** A text about a message without the personal values of that message: consumers quote what they cannot read. */
export const maskQuoted = (text: string, envelope: string): string => {
  const { type, data } = JSON.parse(envelope) as { type: string; data: unknown }
  const contract = contractOf(type)
  const secrets = contract ? contract.personal.flatMap((path) => wordsAt(data, path.split('.'))) : wordsAt(data, [])
  return without(text, secrets)
}

/** A text without any part of a value. */
export const maskValue = (text: string, value: unknown): string => without(text, wordsAt(value, []))

/** A text with one stand-in for each of these words, the longest first. */
const without = (text: string, words: readonly string[], standIn = masked): string =>
  [...new Set(words)].sort((a, b) => b.length - a.length).reduce((seen, word) => seen.replaceAll(word, standIn), text)

/** A text about a message with every value of that message's data as `<value>`. */
export const withoutQuoted = (text: string, envelope: string): string => {
  const { data } = JSON.parse(envelope) as { data: unknown }
  return without(text, wordsAt(data, []), placeholder).replaceAll(placeholder, '<value>')
}

/** Shorter than any word: a message that says what stands for a value would be found in it again and again. */
const placeholder = '\u0000'

/** Shorter ones are found in every text, and tell nothing. */
const shortest = 3

const wordsAt = (value: unknown, path: readonly string[]): string[] => {
  if (typeof value === 'string' || typeof value === 'number')
    return path.length === 0 && String(value).length >= shortest ? [String(value)] : []
  if (Array.isArray(value)) return value.flatMap((item) => wordsAt(item, path))
  if (typeof value !== 'object' || value === null) return []
  const [key, ...rest] = path
  if (key === undefined) return Object.values(value).flatMap((item) => wordsAt(item, []))
  return Object.hasOwn(value, key) ? wordsAt((value as Record<string, unknown>)[key], rest) : []
}

const contractOf = (type: string): AnyContract | undefined => contracts.find((candidate) => candidate.type === type)

const maskAt = (value: unknown, [key, ...rest]: readonly string[]): unknown => {
  if (key === undefined) return masked
  if (Array.isArray(value)) return value.map((item) => maskAt(item, [key, ...rest]))
  if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return value
  return { ...value, [key]: maskAt((value as Record<string, unknown>)[key], rest) }
}
