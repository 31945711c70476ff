import { describe, expect, test } from 'vitest'
import { seal } from '../../events/envelope.ts'
import { OrderPlaced } from '../../events/ordering.ts'
import { inventoryCommands } from '../../functions/inventory/service.ts'
import { paymentCommands } from '../../functions/payments/service.ts'
import { shippingCommands } from '../../functions/shipping/service.ts'
import { days, minutes, seconds } from '../../reactive/time.ts'
import { isCommand } from '../../sagas/engine/definition.ts'
import { definitions } from '../../sagas/index.ts'
import { everybodySays } from './beginnings.ts'
import { TripWithdrawn } from './journey.ts'
import { theatre } from './theatre.ts'
import type { Fault } from './world.ts'

/** Strikes once, at the first place of this kind whose description fits. */
const once = (fault: Fault, where: RegExp) => {
  let left = 1
  return (its: Fault, at: string) => its === fault && where.test(at) && left-- > 0
}

describe('the published failures of other designs do not happen here', () => {
  // AWS Step Functions: the TimeoutSeconds of a state machine ends the execution, and no Catch of it runs, so what was
  // reserved stays reserved ("Handling errors in Step Functions workflows", States.Timeout). Here a saga's deadline is
  // an input like any other, and turns it back.
  test('a timeout of the whole strands nothing: what was reserved is released', async () => {
    const play = theatre({ strike: (fault, where) => fault === 'vanished' && where === 'shipping-commands' && deaf })
    let deaf = true
    const orderId = play.order()
    await play.until('the saga turns back', () => play.saga(`fulfil-order:${orderId}`)?.mode === 'compensating')
    expect(play.status(`fulfil-order:${orderId}`, 'authorise-payment')).toBe('done')
    deaf = false
    expect(await play.rest()).toEqual([])
    expect(play.saga(`fulfil-order:${orderId}`)).toMatchObject({ outcome: 'undone', because: { code: 'timed-out' } })
    expect(play.stage.participants.stock.stock.get('SKU-A')).toMatchObject({ committed: 0, available: 10_000 })
  })

  // Sample outboxes publish with PutEvents or SendMessageBatch and look at the exception only; both answer 200 with
  // FailedEntryCount or Failed (AWS SDK reference of either call), and what was refused is marked as sent.
  test('a relay that meets refused entries sends them again', async () => {
    let refused = 0
    const play = theatre({ strike: (fault) => fault === 'entry-refused' && ++refused <= 12 })
    const orderId = play.order()
    expect(await play.rest()).toEqual([])
    expect(refused).toBeGreaterThan(12)
    expect(play.saga(`fulfil-order:${orderId}`)?.outcome).toBe('done')
  })

  // Choreographies compensate by an event in the hope that somebody subscribes (Richardson, "Microservices Patterns",
  // ch. 4, on the drawbacks of choreography). Here every undo is a command with one owner, and it is answered.
  test('no compensation is without a consumer', async () => {
    const consumed = [...inventoryCommands, ...paymentCommands, ...shippingCommands].map(({ type }) => type as string)
    for (const { steps, input } of definitions)
      for (const step of steps)
        if (isCommand(step) && step.undo) {
          const undo = step.undo({ [input]: {} }, undefined)
          expect(consumed, step.name).toContain(undo.contract.type)
        }
    const play = theatre({ refuses: (key) => key.includes('/capture-payment/') })
    const orderId = play.order()
    await play.until('it has ended', () => play.saga(`fulfil-order:${orderId}`)?.phase === 'ended')
    expect(play.stage.parked()).toEqual([])
    expect(await play.rest()).toEqual([])
  })

  // eventuate-tram-sagas and hand-written coordinators throw when a reply comes for an instance that is gone, and the
  // message is retried until it is poison. Here an ended saga knows itself for as long as anything may come.
  test('a reply that comes again after the end changes nothing and harms nothing', async () => {
    const play = theatre({ strike: (fault, where) => fault === 'duplicate' && where === 'saga-fulfil-order' })
    const orderId = play.order()
    await play.until('it has ended', () => play.saga(`fulfil-order:${orderId}`)?.phase === 'ended')
    const ended = play.stage.sagas.items.get(`fulfil-order:${orderId}`)
    await play.passes(minutes(5))
    expect(play.stage.sagas.items.get(`fulfil-order:${orderId}`)).toBe(ended)
    expect(play.stage.parked()).toEqual([])
    expect(await play.rest()).toEqual([])
  })

  // A console's retry button that restarts the step does it twice when two people press it. Here an act is a message
  // through the machine, and asking again is the same question.
  test('two operators who retry at once do nothing twice', async () => {
    let silent = true
    const play = theatre({
      strike: (fault, where) => fault === 'partner-timeout-after' && where.includes('/authorise-payment/') && silent,
    })
    const orderId = play.order()
    const sagaId = `fulfil-order:${orderId}`
    await play.until('the answer is missing', () => play.status(sagaId, 'authorise-payment') === 'sent')
    for (const by of ['ada', 'bob'])
      play.stage.direct(
        { sagaId, verb: 'retry', step: 'authorise-payment', by, reason: 'It hangs.' },
        `${sagaId}/act/${by}`,
      )
    await play.passes(seconds(2))
    expect(
      play
        .saga(sagaId)
        ?.acts?.map(({ by }) => by)
        .sort(),
    ).toEqual(['ada', 'bob'])
    silent = false
    expect(await play.rest()).toEqual([])
    expect(play.saga(sagaId)?.outcome).toBe('done')
  })

  // Evidence that is true of what somebody looked at, and not of what it is applied to: a retry went by in between.
  test('what an operator says of one attempt is not taken for the next', async () => {
    const play = theatre({
      refuses: (key) => key.endsWith('/flight/do/1/busy'),
      strike: (fault, where) => fault === 'slow' && where.includes('/flight/do/2') && slow,
    })
    let slow = true
    play.trip('trip')
    const sagaId = 'journey:trip'
    await play.until(
      'it is tried again',
      () => play.status(sagaId, 'flight') === 'sent' && play.saga(sagaId)!.steps!.some(([, attempt]) => attempt === 2),
    )
    play.stage.direct(
      { sagaId, verb: 'resolve', step: 'flight', as: 'refused', attempt: 1, by: 'ada', reason: 'The airline said so.' },
      `${sagaId}/act/ada`,
    )
    await play.passes(seconds(1))
    slow = false
    expect(await play.rest()).toEqual([])
    expect(play.saga(sagaId)?.outcome).toBe('done')
  })

  // Temporal, Durable Functions and their kin replay history through today's code and fail as non-deterministic after a
  // deployment ("Versioning" in each one's documentation). Here an instance is pinned to its version, and both run.
  test('a deployment in the middle of a thousand running sagas', { timeout: 300_000 }, async () => {
    let older = 0
    const play = theatre({ strike: (fault) => fault === 'old-process' && older++ % 2 === 0 })
    play.stage.deployed = 'old'
    for (let index = 0; index < 1_000; index += 1) play.sim.after(index * 20, () => play.trip(`trip-${index}`))
    await play.passes(seconds(8))
    play.stage.deployed = 'both'
    await play.passes(seconds(8))
    play.stage.deployed = 'new'
    expect(await play.rest()).toEqual([])
    const ended = [...play.stage.sagas.items.keys()]
      .filter((id) => id.startsWith('journey:'))
      .map((id) => play.saga(id)!)
    expect(ended.length).toBe(1_000)
    expect(ended.every(({ outcome }) => outcome === 'done')).toBe(true)
    const ofVersion = (wanted: number) => ended.filter(({ version }) => version === wanted).length
    expect(Math.min(ofVersion(1), ofVersion(2))).toBeGreaterThan(200)
  })

  // "Commit, then clear the outbox on the next transition": a second coordinator commits in between, and what the first
  // had not sent yet is cleared with it.
  test('one coordinator dies between commit and dispatch while another commits the next transition', async () => {
    const play = theatre({ strike: once('crash-after', /^save fulfil-order:/) })
    const orderId = play.order()
    const sagaId = `fulfil-order:${orderId}`
    await play.until('it has begun', () => play.saga(sagaId) !== undefined)
    play.stage.cancel('alice', orderId)
    expect(await play.rest()).toEqual([])
    expect(play.saga(sagaId)).toMatchObject({ outcome: 'undone', because: { code: 'cancelled' } })
  })

  // A compensation that looks the effect up, finds nothing yet and says done; then the slow request lands (the race that
  // every "if exists, cancel" has). Here the undo closes the record and asks the partner until it is sure.
  test('an undo while the partner’s call is under way', async () => {
    const play = theatre({ strike: once('partner-late-effect', /book-shipment/) })
    const orderId = play.order()
    const sagaId = `fulfil-order:${orderId}`
    await play.until('the carrier is asked', () => play.status(sagaId, 'book-shipment') === 'sent')
    await play.passes(100)
    play.stage.cancel('alice', orderId)
    expect(await play.rest()).toEqual([])
    expect(play.saga(sagaId)?.outcome).toBe('undone')
  })

  // Idempotency stores that keep whatever the first call answered keep its 500 as well, for as long as they keep keys
  // (Stripe's API documents exactly this: a 500 is saved under the key). Here only final outcomes are recorded.
  test('a transient failure is never recorded as the answer', async () => {
    let errors = 0
    const play = theatre({
      strike: (fault, where) => fault === 'partner-error' && where.includes('/authorise-payment/') && ++errors <= 3,
    })
    const orderId = play.order()
    expect(await play.rest()).toEqual([])
    expect(errors).toBeGreaterThan(3)
    expect(play.saga(`fulfil-order:${orderId}`)?.outcome).toBe('done')
  })

  // A breaker that only fails fast burns the receives of what comes while it is open, and fills the dead-letter queue with
  // what would have succeeded a minute later. Here it is put back under its id, and its receives begin anew.
  test('a command that its guard turns away more often than it may be received is not given up', async () => {
    let refused = 0
    const play = theatre({
      strike: (fault, where) => fault === 'partner-guarded' && where === 'acquirer' && refused < 6 && ++refused > 0,
    })
    const orderId = play.order()
    await play.until('it was put back six times', () => refused === 6)
    expect(play.stage.parked()).toEqual([])
    expect(await play.rest()).toEqual([])
    expect(play.saga(`fulfil-order:${orderId}`)?.outcome).toMatch(/^(done|undone)$/)
  })

  test('a command that waits for its partner is done when that is let in, and expires when it never is', async () => {
    const refusals = async (most: number) => {
      let refused = 0
      const play = theatre({
        strike: (fault, where) =>
          fault === 'partner-guarded' && where === 'acquirer' && refused < most && ++refused > 0,
      })
      const orderId = play.order()
      expect(await play.rest()).toEqual([])
      return { outcome: play.saga(`fulfil-order:${orderId}`)?.outcome, asked: play.stage.participants.acquirer.size }
    }
    expect(await refusals(2)).toMatchObject({ outcome: 'done' })
    // Nothing was begun with the acquirer, so that there is nothing to undo with it either.
    expect(await refusals(Number.POSITIVE_INFINITY)).toEqual({ outcome: 'undone', asked: 0 })
  })

  // Consumers that look at the deadline first answer "expired" to a duplicate, and the caller undoes nothing because it
  // was told that nothing was done. Here the record comes before the deadline, and an open call never expires.
  test('a duplicate cannot answer expired while its twin does the work', async () => {
    const play = theatre({
      strike: (fault, where) =>
        (fault === 'duplicate' && where === 'payments-commands') ||
        (fault === 'partner-late-effect' && where.includes('/authorise-payment/') && hanging),
    })
    let hanging = true
    const orderId = play.order()
    const sagaId = `fulfil-order:${orderId}`
    await play.until('it is given up', () => play.saga(sagaId)?.mode === 'compensating')
    const record = play.stage.participants.payments.get(`${sagaId}/authorise-payment/do/1`)
    expect(record).toMatch(/"state":"(undo-)?intent"/)
    hanging = false
    expect(await play.rest()).toEqual([])
  })

  // A store of processed ids with a time to live decides by forgetting: redrive an old message after it, and it counts
  // as new. Here what was first sent before the horizon goes to the desk.
  test('a start that is redriven after its saga was forgotten starts nothing', async () => {
    const play = theatre({ sleepless: true })
    const orderId = play.order()
    const sagaId = `fulfil-order:${orderId}`
    expect(await play.rest()).toEqual([])
    const [placed] = play.stage.orders.streams.get(orderId)!
    await play.passes(days(60))
    play.stage.sagas.items.delete(sagaId)
    const { at: time } = placed!.cause
    const lines = [{ sku: 'SKU-A', quantity: 2 }]
    const shipTo = { name: 'N', street: 'S', city: 'C', postcode: '10115', country: 'DE' }
    const total = { amount: 2_000, currency: 'EUR' }
    const again = seal(OrderPlaced({ orderId, customerId: 'alice', lines, total, paymentToken: 'tok_ok', shipTo }), {
      id: `${orderId}/1`,
      source: '/ordering',
      subject: orderId,
      time,
      correlationid: orderId,
    })
    play.stage.poison('saga-fulfil-order', JSON.stringify(again))
    await play.passes(minutes(5))
    expect(play.saga(sagaId)).toBeUndefined()
    // It is not lost either: it waits at the desk.
    expect(play.stage.swallowed()).toEqual([])
  })

  // Where a message's age counts from its saga's start, a participant refuses for ever whatever an old saga asks for the
  // first time. Here it counts from when the message itself was first asked for.
  test('a saga that has waited for longer than anybody remembers goes on where it was', async () => {
    let deaf = false
    const play = theatre({
      strike: (fault, where) => deaf && (fault === 'lost-timer' || (fault === 'vanished' && where === 'saga-journey')),
    })
    everybodySays(play, play.stage.definitions)
    play.trip('trip')
    await play.until('it waits for the lounge', () => play.status('journey:trip', 'lounge') === 'sent')
    deaf = true
    await play.passes(minutes(5))
    play.sim.sleep(play.sim.now() + days(40))

    deaf = false
    expect(await play.rest()).toEqual([])
    expect(play.saga('journey:trip')?.outcome).toBe('done')
    expect(play.redriven()).toBe(0)
  })

  // With queues that keep no order a cancellation may be first; a coordinator that knows no such saga drops it, and the
  // start then goes through.
  test('a cancellation that overtakes the start is not forgotten', async () => {
    const play = theatre()
    play.stage.tell(TripWithdrawn({ tripId: 'trip' }), 'trip', 'trip/withdrawn')
    await play.passes(seconds(2))
    expect(play.saga('journey:trip')?.phase).toBe('early-cancel')
    play.trip('trip')
    expect(await play.rest()).toEqual([])
    expect(play.saga('journey:trip')?.outcome).toBe('undone')
    expect(play.stage.participants.travel.records.size).toBe(0)
  })

  // The other race: the customer is told "cancelled" while the card is charged.
  test.each(Array.from({ length: 25 }, (_, index) => index * 40))(
    'a cancellation %d ms after the order wins or is told that it came too late',
    async (after) => {
      const play = theatre()
      const orderId = play.order()
      play.sim.after(after, () => play.stage.cancel('alice', orderId))
      expect(await play.rest()).toEqual([])
      expect(['done', 'undone']).toContain(play.saga(`fulfil-order:${orderId}`)?.outcome)
    },
  )

  // Timeouts fire on time while the answers wait in a queue that has fallen behind, so the work is undone that was done.
  test('timers do not overtake the replies that wait under a backlog', async () => {
    let backlog = true
    let asked = 0
    const play = theatre({
      strike: (fault, where) => {
        if (fault === 'vanished' && where === 'inventory-commands') asked += 1
        return backlog && (fault === 'congested' || (fault === 'unseen-receive' && where === 'inventory-commands'))
      },
    })
    const orderId = play.order()
    const sagaId = `fulfil-order:${orderId}`
    await play.passes(minutes(4))
    expect(play.status(sagaId, 'reserve-stock')).toBe('sent')
    expect(asked).toBe(1)
    backlog = false
    expect(await play.rest()).toEqual([])
    expect(play.saga(sagaId)?.outcome).toBe('done')
  })

  // A sweeper that wakes everything overdue each minute adds a message a saga and minute to what cannot keep up
  // (metastable failures; Bronson et al., HotOS 2021).
  test('a sweeper adds nothing to an overloaded system, and one wake-up a lease to a healthy one', async () => {
    let backlog = true
    let woken = 0
    const play = theatre({
      strike: (fault, where) => {
        if (fault === 'vanished' && where === 'saga-wakeups') woken += 1
        if (fault === 'vanished' && where === 'payments-commands') return true
        return fault === 'lost-timer' || (fault === 'congested' && backlog)
      },
    })
    for (let index = 0; index < 20; index += 1) play.order(`customer-${index}`)
    await play.passes(minutes(4))
    expect(woken).toBe(0)
    backlog = false
    await play.passes(minutes(2))
    expect(woken).toBeGreaterThan(0)
    expect(woken).toBeLessThanOrEqual(40)
  })
})
