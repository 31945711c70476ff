import type { Drill } from '../scenarios.ts'
import type { Tools } from '../tools.ts'

/** The card acquirer is gone while customers order. */
export const deadPartner = ({ turn, order, openValve }: Pick<Tools, 'turn' | 'order' | 'openValve'>): Drill => ({
  alarms: ['acquirer-breaker-open'],
  means: 'the acquirer is gone while customers order',
  scene: 'the acquirer is gone',
  // Orders have to come as far as payments, and calls to fail, before anything is put back.
  takes: 30_000,
  strike: async (minute) => {
    if (minute === 0) await turn('acquirer', { down: true })
    // Enough calls to open the breaker; then that somebody comes is enough.
    await order(minute < 4 ? 4 : 1)
  },
  mend: async () => {
    await turn('acquirer', {})
    await openValve('payments-commands')
  },
})
