import { type Message, seal } from '../../events/envelope.ts'
import { ProductListed } from '../../events/inventory.ts'
import { PermanentError } from '../../reactive/errors.ts'
import type { Change } from '../../reactive/stream-relay.ts'
import { readEntry } from './stock.ts'

/**
 * What a change of a stock item tells the others: a new revision of its catalogue entry. Units that move tell nothing,
 * and neither does damage elsewhere in the item.
 *
 * @throws PermanentError when the revision has changed and the entry cannot be read.
 *
 * @example
 * listingOf({ after: { sku: 'TEA-01', revision: 2, … }, before: { revision: 1, … } }) // [ProductListed with id 'TEA-01/2']
 */
export const listingOf = ({ before, after }: Change): readonly Message[] => {
  if (!after || after.revision === before?.revision) return []
  const entry = readEntry(after)
  if (!entry.sound) {
    throw new PermanentError(
      'damaged-stock-record',
      `The catalogue entry of ${String(after.sku)} is damaged (${entry.because}) and was not published. ` +
        `PUT /products/${String(after.sku)} repairs it.`,
    )
  }
  const { sku, name, price, revision, listedAt } = entry.value
  const earlier = before?.revision
  if (typeof earlier === 'number' && earlier > revision) return []
  return [
    seal(ProductListed({ sku, name, price, revision }), {
      id: `${sku}/${revision}`,
      source: '/inventory',
      subject: sku,
      time: listedAt,
      firstsent: listedAt,
      correlationid: sku,
    }),
  ]
}
