import { digest } from './digest.ts'
import { withoutQuoted } from './mask.ts'
import type { Failure, Payload } from './record.ts'

/**
 * Groups failures with the same cause: class, contract, consumer, code and message without what differs from order to
 * order: what looks like an id or an amount, and whatever the consumer quoted of the failed message itself.
 *
 * @example
 * fingerprintOf({ class: 'permanent', code: 'damaged-stock-record', message: "stock of 'TEA-01' …" }, type, '/inventory')
 * // equal for every SKU and order
 */
export const fingerprintOf = (
  failure: Failure,
  type: string | null,
  consumer: string | null,
  payload: Payload = { kind: 'erased' },
): string => {
  const message = normalise('text' in payload ? withoutQuoted(failure.message, payload.text) : failure.message)
  return digest([failure.class, type ?? '', consumer ?? '', failure.code, message].join('\n')).slice(0, 12)
}

/** A message without ids, amounts, times and quoted values. */
export const normalise = (message: string): string =>
  message
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z?/g, '<time>')
    .replace(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/gi, '<id>')
    .replace(/\bord_[0-9a-z]+/g, '<order>')
    .replace(/'[^']*'|"[^"]*"|`[^`]*`/g, '<value>')
    .replace(/\b(?=[0-9a-f]*\d)[0-9a-f]{8,}\b/gi, '<id>')
    .replace(/\d+/g, '<n>')
    .replace(/\s+/g, ' ')
    .trim()
