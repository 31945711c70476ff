import { describe, expect, test } from 'vitest'
import { CheckReturn } from '../../events/ordering.ts'
import { AuthorisePayment } from '../../events/payments.ts'
import { BookReturn, BookShipment } from '../../events/shipping.ts'
import { inventory } from '../../functions/inventory/service.ts'
import { orderingCommands } from '../../functions/ordering/commands.ts'
import { httpAcquirer } from '../../functions/payments/acquirer.ts'
import type { PaymentIntent, PaymentResult } from '../../functions/payments/decide.ts'
import { payments } from '../../functions/payments/service.ts'
import { httpCarriers } from '../../functions/shipping/carriers.ts'
import type { ShipmentResult, ShippingIntent } from '../../functions/shipping/decide.ts'
import { shipping } from '../../functions/shipping/service.ts'
import { unmeasured } from '../../reactive/metering.ts'
import { type AskPartner, partnerCall } from '../../reactive/partner-call.ts'
import { days, iso, seconds } from '../../reactive/time.ts'
import type { CommandStep } from '../../sagas/engine/definition.ts'
import { definitions } from '../../sagas/index.ts'
import { commandOf, handClock, orderId, replies } from '../support/deliveries.ts'
import { aProduct, at, memoryInventory, reserving } from '../support/inventory.ts'
import { memoryCommandRecords } from '../support/memory-command-records.ts'
import { memoryPartners } from '../support/memory-partners.ts'
import { memoryStore, at as orderedAt, placed, stream } from '../support/ordering.ts'

const address = { name: 'Alice', street: 'Hauptstraße 1', city: 'Berlin', postcode: '10115', country: 'DE' }
const lines = [{ sku: 'A1', quantity: 2 }]
const horizon = { horizon: days(30) }

/** A partner that says whether anybody has called it. */
const aPartner = (name: 'acquirer' | 'carriers') => {
  const time = handClock()
  const partners = memoryPartners({ clock: time.clock })
  let calls = 0
  const through = partnerCall({
    baseUrl: `http://partners.test/${name}`,
    sign: async ({ headers }) => ({ ...headers }),
    exchange: partners.exchange,
  })
  const ask: AskPartner = (request, read) => {
    calls += 1
    return through(request, read)
  }
  return { time, ask, calls: () => calls }
}
const late = (time: { clock: () => number }) => ({ deadline: iso(time.clock() - 1) })

/** What each context makes of work that comes after its deadline: what it answers, and how much it has done. */
const hops = {
  inventory: async () => {
    const house = memoryInventory([aProduct('A1')])
    const heard = replies()
    const serve = inventory({ store: house.store, reply: heard.reply, clock: () => at, timing: horizon })
    await serve(reserving(lines, { deadline: at - seconds(1) }))
    return { said: heard.said(), done: house.item('A1')?.committed }
  },

  payments: async () => {
    const { time, ask, calls } = aPartner('acquirer')
    const heard = replies()
    const serve = payments({
      store: memoryCommandRecords<PaymentIntent, PaymentResult>(),
      acquirer: httpAcquirer(ask, 200),
      reply: heard.reply,
      clock: time.clock,
      timing: horizon,
    })
    const amount = { amount: 2_500, currency: 'EUR' }
    await serve(commandOf(AuthorisePayment({ orderId, amount, token: 'tok_ok' }), time.clock(), late(time)))
    return { said: heard.said(), done: calls() }
  },

  shipping: async () => {
    const { time, ask, calls } = aPartner('carriers')
    const heard = replies()
    const serve = shipping({
      store: memoryCommandRecords<ShippingIntent, ShipmentResult>(),
      carriers: httpCarriers(ask, 200),
      reply: heard.reply,
      clock: time.clock,
      timing: horizon,
    })
    const outward = BookShipment({ orderId, lines, shipTo: address })
    const back = BookReturn({ orderId, carrier: 'swift', lines, fetchFrom: address })
    await serve(commandOf(outward, time.clock(), late(time)))
    await serve(commandOf(back, time.clock(), { ...late(time), id: `return-order:${orderId}/pick-up/do/1` }))
    return { said: heard.said(), done: calls() }
  },
} as const

/** Steps whose command carries a deadline: what cannot be taken back never expires. */
const expiring = definitions.flatMap(({ name, steps }) =>
  steps
    .filter((step): step is CommandStep => step.kind === 'compensable' || step.kind === 'check')
    .map((step) => ({ saga: name, step })),
)

describe('work whose deadline has passed', () => {
  test.each(Object.entries(hops))('is answered by %s as expired, and not done', async (_, hop) => {
    const { said, done } = await hop()
    expect(said.length).toBeGreaterThan(0)
    for (const [, data] of said) expect(data).toMatchObject({ reason: { code: 'expired' } })
    expect(done).toBe(0)
  })

  test('goes to those contexts only; elsewhere it is a question, or a saga that nobody calls with a deadline', () => {
    const owners = expiring
      .filter(({ step }) => step.kind === 'compensable' && !step.calls)
      .map(({ step }) => step.done.owner)
    expect([...new Set(owners)].filter((owner) => !Object.hasOwn(hops, owner))).toEqual([])
    expect(expiring.filter(({ step }) => step.calls).map(({ saga, step }) => `${saga}: ${step.name}`)).toEqual([])
  })

  test('is answered by ordering when it is a question: an answer does nothing, and whoever asked may ignore it', async () => {
    const heard = replies()
    const answerIt = orderingCommands({
      store: memoryStore(stream(placed)),
      reply: heard.reply,
      clock: () => Date.parse(orderedAt),
      measure: unmeasured,
    })
    const asked = commandOf(CheckReturn({ orderId }), Date.parse(orderedAt), {
      deadline: iso(Date.parse(orderedAt) - 1),
    })
    await answerIt(asked)
    expect(heard.said()).toMatchObject([['ReturnDisallowed', { orderId }]])
    expect(expiring.filter(({ step }) => step.kind === 'check').map(({ step }) => step.done.owner)).toEqual([
      'ordering',
    ])
  })
})
