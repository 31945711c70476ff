import { randomUUID } from 'node:crypto'
import { sigV4 } from '../../../reactive/signing.ts'
import { outputOf } from '../../outputs.ts'
import { signIn } from '../../sign-in.ts'
import { atMost } from '../../wait.ts'
import type { Drill } from '../scenarios.ts'
import type { Tools } from '../tools.ts'

/** A release that says what nobody understands. */
export const poison = ({
  throwNonsense,
  isNonsenseOpen,
  discardNonsense,
  invoke,
}: Pick<Tools, 'throwNonsense' | 'isNonsenseOpen' | 'discardNonsense' | 'invoke'>): Drill => {
  // What is open is counted once a minute by the clock, and here minutes are shorter.
  const count = () => invoke('recovery-sweeper')
  let isCounted = false
  return {
    alarms: ['desk-poison-open-failures', 'ordering-commands-message-failures'],
    means: 'messages of a type that nobody knows come to ordering-commands',
    strike: async () => {
      await throwNonsense('ordering-commands-queue', 12)
      // Once is enough, and whoever runs it again and again would keep the alarm on its silence from coming on.
      if (isCounted) return
      const isOpen = await isNonsenseOpen()
      await count()
      isCounted = isOpen
    },
    mend: async () => {
      await discardNonsense()
      await count()
    },
  }
}

/** Longer than 80 % of a partner's own timeout, and less than all of it. */
const slowness = 6_000

export const slowPartner = ({ system, turn }: Tools): Drill => {
  const sign = sigV4({
    credentials: system.clientConfig.credentials,
    region: system.region,
    service: 'execute-api',
    clock: Date.now,
  })
  const ask = async () => {
    const url = new URL('acquirer/authorisations/auth_gameday/void', outputOf(system, 'PartnersUrl'))
    const request = {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'idempotency-key': `gameday-${randomUUID()}` },
      body: '{}',
    }
    const headers = await sign({ ...request, url })
    // Nobody needs its answer, which may be cut off: what it took is measured where it was given.
    await fetch(url, { ...request, headers, signal: AbortSignal.timeout(2 * slowness) }).catch(() => undefined)
  }
  const asked: Promise<unknown>[] = []
  return {
    alarms: ['partners-api-errors', 'partners-api-latency', 'partners-acquirer-function-duration'],
    means: `the acquirer takes ${slowness / 1_000} s to say that it cannot`,
    strike: async (minute) => {
      if (minute === 0) await turn('acquirer', { down: true, latencyMs: slowness })
      // The next ones are asked while it takes its time.
      asked.push(ask())
    },
    mend: async () => {
      await turn('acquirer', {})
      await Promise.all(asked)
    },
  }
}

/** A function meets what it was not made for. */
export const misused = ({ invoke }: Tools): Drill => ({
  alarms: ['ordering-relay-function-errors'],
  means: 'ordering-relay is called with what is no stream',
  strike: () => invoke('ordering-relay', {}),
  mend: async () => {},
})

/** A function may not run at all, as if others had used up the concurrency of the account. */
export const heldBack = ({ limitConcurrency, isLetIn }: Tools): Drill => {
  let release = async () => {}
  return {
    alarms: ['edge-openapi-function-throttles'],
    means: 'no concurrency is left for edge-openapi',
    strike: async (minute) => {
      if (minute === 0) release = await limitConcurrency('edge-openapi', 0)
      await isLetIn('edge-openapi')
    },
    mend: () => release(),
  }
}

/** Something is given up, and the desk does not take it in. */
export const deafDesk = (tools: Tools): Drill => ({
  alarms: ['notifications-events-dead-letters'],
  means: 'the desk does not listen to the dead letters of notifications-events',
  ...deafTo('notifications-events', tools),
})

/** The desk does not take in what comes to the dead letters of a queue, and one message does. */
export const deafTo = (
  queue: string,
  { listen, throwNonsense, discardNonsense }: Pick<Tools, 'listen' | 'throwNonsense' | 'discardNonsense'>,
): Pick<Drill, 'strike' | 'mend'> => ({
  strike: async (minute) => {
    if (minute > 0) return
    await listen('recovery-intake', `${queue}-dead`, false)
    await throwNonsense(`${queue}-dead-letter-queue`, 1)
  },
  mend: async () => {
    await listen('recovery-intake', `${queue}-dead`, true)
    await discardNonsense()
  },
})

/** Customers look at their orders and place none. */
export const onlookers = ({ system }: Tools): Drill => {
  const customer = signIn(system, { role: 'customer', subject: 'onlooker' })
  return {
    alarms: ['orders-no-orders'],
    means: 'customers ask for their orders and place none',
    strike: async () => {
      await atMost(8, Array.from({ length: 40 }), () => customer.orders({ limit: 1 }))
    },
    mend: async () => {},
  }
}

/** A schedule is switched off. What it does by the clock is done in its place, so that its silence is the switch's. */
export const silentSchedule = ({ invoke, schedules }: Pick<Tools, 'invoke' | 'schedules'>): Drill => ({
  alarms: ['shipping-intents-schedule-silent'],
  means: 'the rule that runs shipping-intents is disabled',
  calm: () => invoke('shipping-intents'),
  strike: async (minute) => {
    if (minute === 0) await schedules('shipping-intents', false)
  },
  mend: () => schedules('shipping-intents', true),
})

/** Whoever lets orders in may not read how much waits, and lets everything in; customers come all the time. */
export const blindDoor = ({ forbid }: Pick<Tools, 'forbid'>): Drill => {
  let allow = async () => {}
  return {
    alarms: ['ordering-api-admission-blind'],
    means: 'the role of ordering-api may not touch the table of controls, while customers come',
    strike: async (minute) => {
      if (minute === 0) allow = await forbid('ordering-api', 'ControlsTable')
    },
    mend: () => allow(),
  }
}
