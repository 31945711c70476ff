import type { Difference, Dossier } from './dossier.ts'
import type { OrderReading, Readings } from './readings.ts'

/** A refund may wait this long for its saga before it counts as forgotten: as an order may. Milliseconds. */
const refundGrace = 180_000

/**
 * What is wrong with the money that a confirmed order gives back: what was refunded must stand in the books exactly once
 * and in full, what was refused or never asked for not at all. A request alone may or may not have reached the books.
 *
 * That a refund was recorded is written after everything it implies, so these rules hold while the system moves; the
 * books of an order that nobody asked to refund when it was read are judged only when nothing moves.
 */
export const refundDifferences = (
  order: OrderReading,
  { books, refunds, payments, sagas }: Dossier,
  { settled, at }: Pick<Readings, 'settled' | 'at'>,
  wrong: (code: string, detail: string) => Difference,
): Difference[] => {
  const listed = refunds.map(({ key, amount }) => `${key} of ${amount}`).join(', ') || 'none'
  const state = order.refund?.state
  const twice = refunds.length > 1 ? [wrong('refunded-twice', `refunds in the acquirer's books: ${listed}`)] : []
  switch (state) {
    case undefined:
      return settled && refunds.length > 0
        ? [wrong('refunded-without-request', `nobody asked for what the acquirer gave back: ${listed}`)]
        : []
    case 'refused':
      return refunds.length > 0
        ? [wrong('refunded-though-refused', `the refund counts as refused, the acquirer's books have ${listed}`)]
        : []
    case 'refunded': {
      const back = books.reduce((sum, { refunded }) => sum + refunded, 0)
      const inFull = refunds.length === 1 && refunds[0]!.amount === order.total && back === order.total
      const believed = payments.some((payment) => payment.state === 'refunded')
      return [
        ...twice,
        ...(inFull || twice.length > 0
          ? []
          : [
              wrong(
                'refund-differs',
                `${order.total} ${order.currency} should have gone back; in the books: ${listed}`,
              ),
            ]),
        ...(believed
          ? []
          : [wrong('payments-differ-from-books', 'the order is refunded, payments knows of no refund')]),
      ]
    }
    case 'requested': {
      const atWork = sagas.some(({ phase }) => phase === 'running')
      const age = at - order.refund!.askedAt
      return [
        ...twice,
        ...(!atWork && age > refundGrace
          ? [wrong('refund-never-ended', `asked for ${Math.round(age / 1_000)} s ago and no saga works on it`)]
          : []),
      ]
    }
  }
}
