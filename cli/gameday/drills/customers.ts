import type { Drill } from '../scenarios.ts'
import type { Tools } from '../tools.ts'

/** The cards of nearly all customers are declined. */
export const declinedCards = ({ order }: Pick<Tools, 'order'>): Drill => ({
  alarms: ['orders-confirm-ratio'],
  means: 'customers order with cards that are declined',
  scene: 'customers order',
  // Their orders are placed, tried and rejected before they count.
  takes: 10_000,
  strike: async () => {
    await order(4, 'tok_declined')
  },
  mend: async () => {},
})

/** Whoever has bought something gets the money back. */
export const refunds = ({ order, refund }: Pick<Tools, 'order' | 'refund'>): Drill => ({
  alarms: ['orders-refund-ratio'],
  means: 'an operator refunds six orders, and hardly any other is confirmed',
  scene: 'customers order',
  takes: 90_000,
  strike: async (minute) => {
    if (minute > 0) return
    for (const orderId of await order(6)) await refund(orderId)
  },
  mend: async () => {},
})

/** An operator lets everything in, whatever waits. */
export const openDoor = ({ admission }: Pick<Tools, 'admission'>): Drill => ({
  alarms: ['ordering-api-admission-off'],
  means: 'an operator switches admission off while customers order',
  scene: 'customers order',
  takes: 10_000,
  strike: async (minute) => {
    if (minute === 0) await admission('off')
  },
  mend: () => admission('on'),
})

/** More come than can be served, as far as whoever lets them in can tell. */
export const crowd = ({ admission, askAround }: Pick<Tools, 'admission' | 'askAround'>): Drill => ({
  alarms: [
    'ordering-api-work-shed',
    'edge-api-errors',
    'api-availability-fast-short-objective-burn',
    'api-availability-fast-long-objective-burn',
  ],
  means: 'the regulator of new orders is told that a minute of work waits, and customers come',
  scene: 'too many come',
  takes: 15_000,
  strike: async () => {
    // It looks again once a second, and would let more and more in.
    await admission('pressed')
    await askAround(6)
  },
  mend: () => admission('calm'),
})

/** No carrier answers, and whoever would notice may not say so to the others. */
export const deadCarriers = ({ turn, order, forbid }: Pick<Tools, 'turn' | 'order' | 'forbid'>): Drill => {
  let allow = async () => {}
  return {
    alarms: ['carriers-partner-unanswered', 'swift-breaker-unreachable', 'steady-breaker-unreachable'],
    means: 'both carriers are gone, and the role of shipping-commands may not touch the table of controls',
    scene: 'the carriers are gone',
    takes: 30_000,
    strike: async (minute) => {
      if (minute === 0) {
        allow = await forbid('shipping-commands', 'ControlsTable')
        for (const carrier of ['swift', 'steady']) await turn(carrier, { down: true })
      }
      await order(4)
    },
    mend: async () => {
      for (const carrier of ['swift', 'steady']) await turn(carrier, {})
      await allow()
    },
  }
}
