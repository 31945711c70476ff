import type { Line } from '../../events/vocabulary.ts'
import { PermanentError } from '../../reactive/errors.ts'
import { readShelves } from './stock.ts'

/** A stock record that cannot be counted with. */
export const damaged = (sku: string, because: string): PermanentError =>
  new PermanentError(
    'damaged-stock-record',
    `The stock record of ${sku} is damaged (${because}). PUT /products/${sku} repairs it from the reservations; ` +
      'then put this message back.',
  )

/** Why stock did not give what a reservation says that it holds. */
export const disagreeing = (commandId: string, lines: readonly Line[], stock: ReadonlyMap<string, unknown>): Error => {
  for (const { sku, quantity } of lines) {
    const item = stock.get(sku)
    if (item === undefined) {
      return new PermanentError(
        'stock-record-lost',
        `${commandId} holds ${quantity} of ${sku}, of which there is no stock record. Restore it from the table's backup.`,
      )
    }
    const read = readShelves(item)
    if (!read.sound) return damaged(sku, read.because)
    if (read.value.committed < quantity) {
      return new PermanentError(
        'stock-disagrees',
        `${commandId} holds ${quantity} of ${sku}, but only ${read.value.committed} are committed in its stock record. ` +
          'Somebody changed the table by hand: compare it with the reservations before anything is put back.',
      )
    }
  }
  // Repaired between the two looks.
  return new Error(`The stock of ${commandId} has changed meanwhile; it will be tried again.`)
}
