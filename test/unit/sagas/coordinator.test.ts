import { describe, expect, test } from 'vitest'
import type { AnyContract, AnyDraft } from '../../../events/contract.ts'
import { answer, type Message, seal } from '../../../events/envelope.ts'
import { ReleaseStock, ReserveStock, StockRefused, StockReleased, StockReserved } from '../../../events/inventory.ts'
import { CancellationRequested, ConfirmationRecorded, OrderPlaced } from '../../../events/ordering.ts'
import { AuthorisePayment, PaymentAuthorised } from '../../../events/payments.ts'
import { WakeSaga } from '../../../events/saga.ts'
import { PermanentError, TransientError } from '../../../reactive/errors.ts'
import { days, iso, minutes } from '../../../reactive/time.ts'
import { timings } from '../../../reactive/timing.ts'
import { type CoordinatorPorts, coordinator, definitionOf, type Incoming } from '../../../sagas/engine/coordinator.ts'
import { fromItem, type SagaItem, toItem } from '../../../sagas/engine/item.ts'
import type { Wake } from '../../../sagas/engine/ports.ts'
import type { Running } from '../../../sagas/engine/state.ts'
import { fulfilOrderV1 as fulfilOrder } from '../../../sagas/retired/fulfil-order-v1.ts'

const orderId = 'ord_0123456789abcdef'
const sagaId = `fulfil-order:${orderId}`
const start = Date.UTC(2026, 0, 1)
const anOrder = {
  orderId,
  customerId: 'alice',
  lines: [{ sku: 'TEA-01', quantity: 2 }],
  total: { amount: 4_200, currency: 'EUR' },
  paymentToken: 'tok_ok',
  shipTo: { name: 'A. Reader', street: '1 High Street', city: 'York', postcode: 'YO1 7HH', country: 'GB' },
}

/** A coordinator on ports in memory, with what it did in the order in which it did it. */
const aStage = (over: Partial<CoordinatorPorts> = {}) => {
  const items = new Map<string, string>()
  const did: string[] = []
  const sent: Message[] = []
  const wakes: Wake[] = []
  const stage = {
    now: start,
    items,
    did,
    sent,
    wakes,
    failing: undefined as 'load' | 'save' | 'send' | 'wake' | undefined,
    refused: undefined as string | undefined,
    losing: false,
  }
  const ports: CoordinatorPorts = {
    definitions: [fulfilOrder],
    clock: () => stage.now,
    timing: timings.standard,
    congestion: async () => false,
    store: {
      load: async (id) => {
        if (stage.failing === 'load') throw new Error('the table does not answer')
        const text = items.get(id)
        return text ? fromItem(JSON.parse(text) as SagaItem) : undefined
      },
      save: async (next, before) => {
        if (stage.failing === 'save') throw new Error('the table does not answer')
        const text = items.get(next.id)
        const current = text ? (JSON.parse(text) as SagaItem).revision : undefined
        if (stage.losing || current !== before?.revision) return 'lost'
        items.set(next.id, JSON.stringify(toItem(next, stage.now, timings.standard)))
        did.push('saved')
        return 'saved'
      },
    },
    transport: {
      send: async (commands) => {
        const unsent = commands.filter(({ message }) => stage.failing === 'send' || stage.refused === message.subject)
        const accepted = commands.filter((its) => !unsent.includes(its))
        if (accepted.length > 0) did.push(`sent ${accepted.length}`)
        sent.push(...accepted.map(({ message }) => message))
        return new Map(unsent.map((its) => [its, new TransientError('the queue does not answer')]))
      },
      wake: async (more) => {
        if (stage.failing === 'wake') return new Map(more.map((its) => [its, new TransientError('no timers')]))
        wakes.push(...more)
        return new Map()
      },
    },
    ...over,
  }
  const coordinate = coordinator(ports)
  const running = () => fromItem(JSON.parse(items.get(sagaId)!) as SagaItem) as Running
  return { ...stage, stage, ports, coordinate, running, last: () => sent.at(-1)! }
}

const event = (draft: AnyDraft, at = start): Incoming => ({
  contract: draft.contract,
  message: seal(draft, {
    id: `${orderId}/1`,
    source: '/ordering',
    subject: orderId,
    time: iso(at),
    correlationid: orderId,
  }),
})
const reply = (draft: AnyDraft, to: Message, at = start): Incoming => ({
  contract: draft.contract,
  message: answer(draft, to, '/x', iso(at)),
})
const wake = (number?: number): Incoming => event(WakeSaga({ sagaId, ...(number ? { number } : {}) }))
const placed = event(OrderPlaced(anOrder))
const to = (contract: AnyContract, id: string): Message => ({ ...placed.message, id, type: contract.type })

describe('the coordinator', () => {
  test('commits before it sends', async () => {
    const { coordinate, did, sent } = aStage()
    expect(await coordinate([placed])).toEqual([undefined])
    expect(did).toEqual(['saved', 'sent 1'])
    expect(sent[0]).toMatchObject({
      id: `${sagaId}/reserve-stock/do/1`,
      source: '/saga/fulfil-order',
      correlationid: orderId,
    })
  })

  test('commits once for all messages of one saga in a batch', async () => {
    const { coordinate, did, running } = aStage()
    const [reserve] = [to(ReserveStock, `${sagaId}/reserve-stock/do/1`)]
    await coordinate([placed, reply(StockReserved({ orderId }), reserve)])
    expect(did).toEqual(['saved', 'sent 1'])
    expect(running()).toMatchObject({ revision: 1, steps: [{ status: 'done' }, { status: 'sent' }, {}, {}] })
  })

  test('sends again what is outstanding when it finds a message already applied', async () => {
    const { coordinate, did, sent, wakes } = aStage()
    await coordinate([placed])
    await coordinate([placed])
    expect(did).toEqual(['saved', 'sent 1', 'sent 1'])
    expect(wakes).toHaveLength(1)
    expect(sent[1]!.id).toBe(sent[0]!.id)
  })

  test('looks for nothing before it writes what starts, and looks once where that was there already', async () => {
    const looks: string[] = []
    const stage = aStage()
    const { store } = stage.ports
    const coordinate = coordinator({
      ...stage.ports,
      store: {
        ...store,
        load: (id) => {
          looks.push(id)
          return store.load(id)
        },
      },
    })
    await coordinate([placed])
    expect(looks).toEqual([])
    await coordinate([placed])
    expect(looks).toEqual([sagaId])
    expect(stage.did).toEqual(['saved', 'sent 1', 'sent 1'])
  })

  test('starts what a write that failed may or may not have written', async () => {
    const stage = aStage()
    const { store } = stage.ports
    let writes = 0
    const unsure: typeof store.save = async (next, before) => {
      const saved = await store.save(next, before)
      if (++writes === 1) throw new TransientError('written, and then the connection broke')
      return saved
    }
    const coordinate = coordinator({ ...stage.ports, store: { ...store, save: unsure } })
    expect(await coordinate([placed])).toEqual([undefined])
    expect(stage.did).toEqual(['saved', 'sent 1'])
  })

  test('acknowledges nobody when sending fails after the commit', async () => {
    const { coordinate, stage, sent } = aStage()
    stage.failing = 'send'
    expect(await coordinate([placed])).toEqual([expect.any(TransientError)])
    stage.failing = undefined
    expect(await coordinate([placed])).toEqual([undefined])
    expect(sent).toHaveLength(1)
  })

  test('acknowledges nobody when its timer is not set after the commit', async () => {
    const { coordinate, stage, wakes } = aStage()
    stage.failing = 'wake'
    expect(await coordinate([placed])).toEqual([expect.any(TransientError)])
    expect(wakes).toEqual([])
  })

  test.each(['send', 'wake'] as const)(
    'sends what a timer has moved, and sets the next, when it comes again because the %s had failed',
    async (failing) => {
      const { coordinate, stage, running, sent, wakes } = aStage()
      await coordinate([placed])
      stage.now = running().wake.at
      const timer = wake(running().wake.number)
      stage.failing = failing
      expect(await coordinate([timer])).toEqual([expect.any(TransientError)])
      expect(running().steps[0]).toMatchObject({ status: 'unknown', asks: 1 })

      stage.failing = undefined
      sent.length = 0
      wakes.length = 0
      expect(await coordinate([{ ...timer, receives: 2 }])).toEqual([undefined])
      expect(sent.map(({ id }) => id)).toEqual([`${sagaId}/reserve-stock/do/1`])
      expect(wakes).toMatchObject([{ sagaId, number: running().wake.number }])

      // One that was replaced by then and comes for the first time has nothing to make good.
      expect(await coordinate([timer])).toEqual([undefined])
      expect(sent).toHaveLength(1)
    },
  )

  test('asks for nothing that is held up, though a timer of before comes again beside the one that is due', async () => {
    const { coordinate, stage, running, sent } = aStage({ congestion: async () => true })
    await coordinate([placed])
    stage.now = running().wake.at
    sent.length = 0
    expect(await coordinate([wake(running().wake.number), { ...wake(7), receives: 2 }])).toEqual([undefined, undefined])
    expect(sent).toEqual([])
  })

  test('acknowledges the others when only what one saga asks for is refused', async () => {
    const { coordinate, stage, sent } = aStage()
    const other = event(OrderPlaced({ ...anOrder, orderId: 'ord_ffffffffffffffff' }))
    stage.refused = orderId
    expect(await coordinate([placed, other])).toEqual([expect.any(TransientError), undefined])
    expect(sent.map(({ subject }) => subject)).toEqual(['ord_ffffffffffffffff'])
    stage.refused = undefined
    expect(await coordinate([placed])).toEqual([undefined])
    expect(sent.map(({ subject }) => subject)).toEqual(['ord_ffffffffffffffff', orderId])
  })

  test('acknowledges what asks for nothing, though sending fails for its neighbour', async () => {
    const { coordinate, stage } = aStage()
    await coordinate([placed])
    stage.failing = 'send'
    const other = event(OrderPlaced({ ...anOrder, orderId: 'ord_ffffffffffffffff' }))
    expect(await coordinate([wake(7), other])).toEqual([undefined, expect.any(TransientError)])
  })

  test('sends nothing when it lost the race for the commit', async () => {
    const { coordinate, stage, sent } = aStage()
    stage.losing = true
    const [outcome] = await coordinate([placed])
    expect(outcome).toBeInstanceOf(TransientError)
    expect(outcome!.message).toContain(`${sagaId} was moved by somebody else`)
    expect(sent).toEqual([])
  })

  test('fails only the messages of the saga that failed', async () => {
    const { coordinate } = aStage()
    const other = event(OrderPlaced({ ...anOrder, orderId: 'ord_ffffffffffffffff' }))
    const stray = reply(StockReserved({ orderId }), to(ReserveStock, 'fulfil-order:ord_none/reserve-stock/do/1'))
    expect(await coordinate([placed, stray, other])).toEqual([undefined, expect.any(PermanentError), undefined])
  })

  test('sets one timer, for the earliest silence', async () => {
    const { coordinate, wakes, last } = aStage()
    await coordinate([placed])
    expect(wakes).toEqual([expect.objectContaining({ sagaId, number: 1, after: minutes(5) })])
    await coordinate([reply(StockReserved({ orderId }), last())])
    expect(wakes).toHaveLength(1)
  })

  test('leaves the index alone while it is early enough', async () => {
    const { coordinate, items, stage, last } = aStage()
    await coordinate([placed])
    const indexed = () => (JSON.parse(items.get(sagaId)!) as SagaItem).dueAt
    expect(indexed()).toBe(start + minutes(5))
    stage.now += minutes(1)
    await coordinate([reply(StockReserved({ orderId }), last(), stage.now)])
    expect(indexed()).toBe(start + minutes(5))
  })

  test('folds replies before timers, so that a timer cannot overtake the answer beside it', async () => {
    const { coordinate, stage, running, last } = aStage()
    await coordinate([placed])
    stage.now += minutes(6)
    await coordinate([wake(1), reply(StockReserved({ orderId }), last(), stage.now)])
    expect(running().steps[0]).toMatchObject({ status: 'done', asks: 0 })
  })

  test('ignores a timer that another has replaced, and a sweeper that read a stale index', async () => {
    const { coordinate, did, stage } = aStage()
    await coordinate([placed])
    await coordinate([wake()])
    expect(did).toEqual(['saved', 'sent 1'])
    stage.now += minutes(5)
    await coordinate([wake(1)])
    await coordinate([wake(1)])
    expect(did).toEqual(['saved', 'sent 1', 'saved', 'sent 1'])
  })

  test('keeps a cancellation that overtakes its order, and starts compensating at once', async () => {
    const { coordinate, sent } = aStage()
    await coordinate([event(CancellationRequested({ orderId, requestedBy: 'alice' }))])
    expect(sent).toEqual([])
    await coordinate([placed])
    expect(sent.map(({ id }) => id)).toEqual([`${sagaId}/end/reject`])
  })

  test('keeps only a marker of what has ended, and remembers it beyond the horizon', async () => {
    const { coordinate, items, stage, last } = aStage()
    await coordinate([event(CancellationRequested({ orderId, requestedBy: 'alice' })), placed])
    const { RejectionRecorded } = await import('../../../events/ordering.ts')
    await coordinate([reply(RejectionRecorded({ orderId }), last())])
    const item = JSON.parse(items.get(sagaId)!) as SagaItem
    expect(item).toMatchObject({ phase: 'ended', outcome: 'undone' })
    expect(item).not.toHaveProperty('input')
    expect(item).not.toHaveProperty('dueAt')
    expect(item.expiresAt! * 1_000).toBeGreaterThan(stage.now + timings.standard.horizon)
    expect(await coordinate([placed])).toEqual([undefined])
    expect(JSON.parse(items.get(sagaId)!)).toEqual(item)
  })
})

describe('a message that fits nothing', () => {
  const parked = async (incoming: Incoming, before: Incoming[] = [placed]) => {
    const { coordinate, did } = aStage()
    await coordinate(before)
    const saves = () => did.filter((it) => it === 'saved').length
    const saved = saves()
    const [outcome] = await coordinate([incoming])
    expect(saves()).toBe(saved)
    return (outcome as PermanentError | undefined)?.code
  }

  test('goes to the desk: a reply to a saga that never was', async () => {
    expect(
      await parked(reply(StockReserved({ orderId }), to(ReserveStock, 'fulfil-order:nobody/reserve-stock/do/1'))),
    ).toBe('unknown-saga')
  })
  test('goes to the desk: a reply to no question of ours', async () => {
    expect(await parked(reply(StockReserved({ orderId }), to(ReserveStock, 'what?')))).toBe('no-question')
  })
  test('goes to the desk: an answer of another step', async () => {
    expect(
      await parked(
        reply(PaymentAuthorised({ orderId, authorisationId: 'a' }), to(ReserveStock, `${sagaId}/reserve-stock/do/1`)),
      ),
    ).toBe('wrong-answer')
  })
  test('goes to the desk: a confirmation of a rejection', async () => {
    expect(await parked(reply(ConfirmationRecorded({ orderId }), to(ReserveStock, `${sagaId}/end/reject`)))).toBe(
      'wrong-answer',
    )
  })
  test('goes to the desk: a reply before the start, when only a cancellation is known', async () => {
    const cancelled = event(CancellationRequested({ orderId, requestedBy: 'alice' }))
    expect(
      await parked(reply(StockReserved({ orderId }), to(ReserveStock, `${sagaId}/reserve-stock/do/1`)), [cancelled]),
    ).toBe('reply-before-start')
  })
  test('goes to the desk: what was first sent before the horizon', async () => {
    expect(await parked(event(OrderPlaced({ ...anOrder, orderId: 'ord_ffffffffffffffff' }), start - days(31)))).toBe(
      'beyond-horizon',
    )
  })
  test('is ignored: an undo that was never asked, a second end, a refusal of an earlier attempt', async () => {
    expect(
      await parked(reply(StockReleased({ orderId }), to(ReleaseStock, `${sagaId}/reserve-stock/undo/1`))),
    ).toBeUndefined()
    expect(
      await parked(reply(ConfirmationRecorded({ orderId }), to(ReserveStock, `${sagaId}/end/confirm`))),
    ).toBeUndefined()
    expect(
      await parked(
        reply(
          StockRefused({ orderId, reason: { code: 'x', message: 'y' } }),
          to(AuthorisePayment, `${sagaId}/reserve-stock/do/7`),
        ),
      ),
    ).toBeUndefined()
  })
  test('waits: a saga of a version that this deployment does not have', async () => {
    const { coordinate, items } = aStage()
    await coordinate([placed])
    items.set(sagaId, JSON.stringify({ ...(JSON.parse(items.get(sagaId)!) as SagaItem), version: 2 }))
    expect(await coordinate([placed])).toEqual([expect.any(TransientError)])
  })
  test('goes to the desk: a saga whose version was changed under it', async () => {
    const { coordinate, items } = aStage()
    await coordinate([placed])
    items.set(sagaId, JSON.stringify({ ...(JSON.parse(items.get(sagaId)!) as SagaItem), hash: 'deadbeef' }))
    const [outcome] = await coordinate([placed])
    expect(outcome).toMatchObject({ code: 'definition-changed' })
  })
})

describe('the definition that a saga runs on', () => {
  const older = { ...fulfilOrder, version: 1 }
  const newer = { ...fulfilOrder, version: 2 }
  const state = fromItem({
    ...{ sagaId, version: 1, correlationId: orderId, revision: 1, phase: 'running', at: start, hash: older.hash },
    ...{ mode: 'forward', startedAt: start, deadlineAt: start, steps: [], wake: 1, dueAt: start },
  })

  test('is the newest for one that begins, in whatever order they are deployed', () => {
    expect(definitionOf([older, newer], 'fulfil-order', undefined).version).toBe(2)
    expect(definitionOf([newer, older], 'fulfil-order', undefined).version).toBe(2)
  })

  test('is the one that it was started on, as long as it is unfinished', () => {
    expect(definitionOf([newer, older], 'fulfil-order', state).version).toBe(1)
    expect(() => definitionOf([newer], 'fulfil-order', state)).toThrow(
      `${sagaId} needs fulfil-order v1, which this deployment does not have.`,
    )
  })

  test('is any for one that has ended', () => {
    const over = fromItem({
      ...{ sagaId, version: 1, correlationId: orderId, revision: 9, phase: 'ended', at: start, outcome: 'done' },
    })
    expect(definitionOf([newer], 'fulfil-order', over).version).toBe(2)
    expect(definitionOf([older], 'fulfil-order', { ...over, version: 2 }).version).toBe(1)
  })

  describe.each(['early-cancel', 'early-signal'] as const)('is, for one that is only an %s so far,', (phase) => {
    const markOf = (version: number) =>
      fromItem({ ...{ sagaId, version, correlationId: orderId, revision: 1, phase, at: start, heard: {} } })

    test('the one that heard it', () => expect(definitionOf([newer, older], 'fulfil-order', markOf(1)).version).toBe(1))
    test('the newest, when that has gone', () =>
      expect(definitionOf([newer], 'fulfil-order', markOf(1)).version).toBe(2))
    test('missing in a deployment that does not have it yet', () =>
      expect(() => definitionOf([older], 'fulfil-order', markOf(2))).toThrow('does not have'))
  })

  test('is missing where nobody has deployed any of its name', () =>
    expect(() => definitionOf([newer, older], 'lend-book', undefined)).toThrow('lend-book needs lend-book v?'))

  test('may not have changed its shape, and the error says what to do', () =>
    expect(() => definitionOf([{ ...older, hash: 'deadbeef' }], 'fulfil-order', state)).toThrow(
      /fulfil-order v1 with shape [0-9a-f]+, but that version now has shape deadbeef\. Restore it/,
    ))
})
