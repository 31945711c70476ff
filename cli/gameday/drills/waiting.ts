import { timings } from '../../../reactive/timing.ts'
import type { Drill } from '../scenarios.ts'
import type { Tools } from '../tools.ts'
import { deafTo } from './at-rest.ts'

/**
 * What waits by the clock, whatever the watch makes of its minutes: these drills take minutes, and are made together.
 * They know the constants of the stage that watches itself.
 */
const { ledgerGrace, stepDeadline, visibility } = timings.brief
const scene = 'things wait'
/** What reads of a state and says what it found takes so long on a busy machine. Milliseconds. */
const leeway = 15_000

/** Nobody takes what comes for notifications, and one message vanishes on its way. */
export const lostMessage = (
  tools: Pick<Tools, 'listen' | 'order' | 'steal' | 'resend' | 'invoke'>,
  clock: () => number = Date.now,
): Drill => {
  const { listen, order, steal, resend, invoke } = tools
  let stolen: { readonly id: string; readonly at: number } | undefined
  return {
    alarms: ['notifications-events-queue-age', 'ledger-ledger-drift'],
    means: 'notifications does not listen to its queue, and one of the messages in it is deleted',
    scene,
    takes: ledgerGrace + leeway,
    strike: async (minute) => {
      if (minute === 0) {
        await listen('notifications-events', 'notifications-events', false)
        // What is rejected says so, too, and needs nobody but payments.
        await order(2, 'tok_declined')
        stolen = { id: await steal('notifications-events'), at: clock() }
      }
      // It reconciles once a minute by the clock, and here minutes are shorter.
      if (stolen && clock() > stolen.at + ledgerGrace) await invoke('recovery-ledger')
    },
    mend: async () => {
      await listen('notifications-events', 'notifications-events', true)
      if (stolen) await resend('notifications-events', stolen.id)
      await invoke('recovery-ledger')
    },
  }
}

/** The desk does not take in what was given up, for so long that somebody has to come. */
export const deafDeskForLong = (tools: Pick<Tools, 'listen' | 'throwNonsense' | 'discardNonsense'>): Drill => ({
  alarms: ['inventory-events-dead-letter-age'],
  means: 'the desk does not listen to the dead letters of inventory-events for five minutes',
  scene,
  takes: 300_000 + leeway,
  ...deafTo('inventory-events', tools),
})

/** So many orders are placed, one a minute: each is said again once, a deadline after it was placed. */
const unheardOrders = 12

/** Ordering never hears that its events have come anywhere, and says them again. */
export const deafOrdering = (
  { listen, order, invoke }: Pick<Tools, 'listen' | 'order' | 'invoke'>,
  clock: () => number = Date.now,
): Drill => {
  let begun = 0
  return {
    alarms: ['ordering-events-republished'],
    means: 'ordering does not hear its own events come back from the bus',
    scene,
    takes: stepDeadline + leeway,
    strike: async (minute) => {
      if (minute === 0) {
        await listen('ordering-events', 'ordering-events', false)
        begun = clock()
      }
      if (minute < unheardOrders) await order(1)
      if (clock() > begun + stepDeadline) await invoke('ordering-reconciler')
    },
    mend: () => listen('ordering-events', 'ordering-events', true),
  }
}

/** Timers come and nobody reads them, while a saga waits for an answer that does not come. */
export const lostTimers = (
  { listen, order, invoke }: Pick<Tools, 'listen' | 'order' | 'invoke'>,
  clock: () => number = Date.now,
): Drill => {
  const due = stepDeadline + visibility
  let begun = 0
  return {
    alarms: ['sagas-sagas-overdue'],
    means: 'nobody reads the timers of sagas, and shipping does not take its commands',
    scene,
    takes: due + leeway,
    strike: async (minute) => {
      if (minute === 0) {
        await listen('saga-coordinator', 'saga-wakeups', false)
        await listen('shipping-commands', 'shipping-commands', false)
        await order(1)
        begun = clock()
      }
      if (clock() > begun + due) await invoke('saga-sweeper')
    },
    mend: async () => {
      await listen('shipping-commands', 'shipping-commands', true)
      await listen('saga-coordinator', 'saga-wakeups', true)
    },
  }
}
