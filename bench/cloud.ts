import { setTimeout as sleep } from 'node:timers/promises'
import { signIn } from '../cli/sign-in.ts'
import { openSystem } from '../cli/system.ts'
import type { OrderDocument } from '../events/http/ordering.ts'
import { exitCodes, Failure } from '../local/failure.ts'
import { type Figure, figure } from './measure.ts'
import { neverstop, port, state } from './own-cloud.ts'

const timed = async (work: () => Promise<unknown> | unknown): Promise<number> => {
  const began = performance.now()
  await work()
  return (performance.now() - began) / 1_000
}

const quietOrders = 25
const sustainedFor = 20
const sustainedRate = 15

/** The deployed platform on the embedded cloud, through its public API. */
export const cloudFigures = async (): Promise<Figure[]> => {
  neverstop('down', '--purge')
  try {
    const cold = await timed(() => neverstop('up'))
    neverstop('seed')
    const { customer, place, ended } = await client()
    await ended(await place('first'))

    const latencies: number[] = []
    for (let index = 0; index < quietOrders; index += 1)
      latencies.push(millisOf(await ended(await place(`quiet-${index}`))))

    // It is the capacity that is measured, not the door before it.
    neverstop('admission', 'off', '--for', '5', '--reason', 'a benchmark')
    const sustained = await sustain(place, ended)
    const { ok, differences } = JSON.parse(neverstop('audit', '--json')) as { ok: boolean; differences: unknown[] }
    if (!ok) throw new Error(`The audit after the load disagrees: ${JSON.stringify(differences)}`)

    const warm: number[] = []
    for (let run = 0; run < 3; run += 1) {
      neverstop('down')
      warm.push(
        await timed(async () => {
          neverstop('up')
          const again = await client()
          await again.ended(await again.place(`warm-${run}`))
        }),
      )
    }
    void customer
    return [
      figure('up with nothing there, dependencies installed', 's', [cold]),
      figure('warm start to the first confirmed order', 's', warm, { atMost: 20 }),
      figure('placed to confirmed, one order at a time', 'ms', latencies, { atMost: 400 }),
      figure(`placed to confirmed at ${sustainedRate} orders/s`, 'ms', sustained.latencies),
      figure('orders confirmed a second, none lost', '/s', [sustained.perSecond], { atLeast: 15 }),
    ]
  } finally {
    neverstop('down', '--purge')
  }
}

const client = async () => {
  const system = await openSystem({ port: Number(port), state })
  const customer = signIn(system, { role: 'customer', subject: 'bench' })
  const body = {
    lines: [{ sku: 'TEA-ASSAM', quantity: 1 }],
    payment: { token: 'tok_ok' },
    shipTo: { name: 'A. Reader', street: '1 High Street', city: 'Leipzig', postcode: '04109', country: 'DE' },
  }
  /** Whoever hears nothing asks again under the same key, as long as a system that is full may take. */
  const place = async (key: string, tries = 12): Promise<string> => {
    try {
      return (await customer.placeOrder(body, `${key}-${began}`)).orderId
    } catch (error) {
      if (tries === 1 || !(error instanceof Failure && error.exitCode === exitCodes.unavailable)) throw error
      return place(key, tries - 1)
    }
  }
  const ended = async (orderId: string): Promise<OrderDocument> => {
    for (let look = 0; look < 240; look += 1) {
      const order = await customer.order(orderId)
      if (order.status === 'confirmed') return order
      if (order.status !== 'placed') throw new Error(`${orderId} was ${order.status}: ${order.reason?.message}`)
      await sleep(500)
    }
    throw new Error(`${orderId} has not ended within two minutes.`)
  }
  return { customer, place, ended }
}
const began = Date.now()

/** By the system's own record, so that how often we look does not count. */
const millisOf = ({ placedAt, endedAt }: OrderDocument): number => Date.parse(endedAt!) - Date.parse(placedAt)

/** Arrivals at a fixed rate, whatever the system's pace: an open loop does not hide slowness. */
const sustain = async (place: (key: string) => Promise<string>, ended: (orderId: string) => Promise<OrderDocument>) => {
  const start = performance.now()
  const orders = Array.from({ length: sustainedFor * sustainedRate }, async (_, index) => {
    await sleep(Math.max(0, start + (index * 1_000) / sustainedRate - performance.now()))
    return place(`load-${index}`)
  })
  const documents: OrderDocument[] = []
  for (const order of await Promise.all(orders)) documents.push(await ended(order))
  const times = documents.map(({ placedAt, endedAt }) => [Date.parse(placedAt), Date.parse(endedAt!)] as const)
  const span = Math.max(...times.map(([, to]) => to)) - Math.min(...times.map(([from]) => from))
  return { latencies: documents.map(millisOf), perSecond: documents.length / (span / 1_000) }
}
