import { describe, expect, test } from 'vitest'
import type { Message } from '../../../events/envelope.ts'
import type { OrderEvent } from '../../../functions/ordering/events.ts'
import { published } from '../../../functions/ordering/published.ts'
import { reconcile } from '../../../functions/ordering/reconcile.ts'
import type { EventStore } from '../../../functions/ordering/store.ts'
import { PermanentError } from '../../../reactive/errors.ts'
import type { Log } from '../../../reactive/log.ts'
import { fromIso, iso, minutes, seconds } from '../../../reactive/time.ts'
import {
  at,
  cancelled,
  confirmed,
  memoryStore,
  memoryViews,
  orderId,
  placed,
  refundRequested,
  rejected,
  requested,
} from '../../support/ordering.ts'

const patience = minutes(5)
const otherId = 'ord_bbbbbbbbbbbbbbbbbbbbbbbbbb'
const start = `${orderId}/1`

const open = async (orders: Readonly<Record<string, readonly OrderEvent[]>>) => {
  const store = memoryStore()
  for (const [id, events] of Object.entries(orders)) await store.append(id, 0, events, { at, correlationid: id })
  const views = memoryViews()
  const said: Message[] = []
  const lines: string[] = []
  let now = fromIso(at)
  const ports = {
    store,
    views,
    publish: async (messages: readonly Message[]) => void said.push(...messages),
    clock: () => now,
    log: { error: (line: unknown) => void lines.push(String(line)) } as Pick<Log, 'error'>,
  }
  const setAge = (ms: number) => {
    now = fromIso(at) + ms
  }
  return {
    ...ports,
    said,
    lines,
    setAge,
    run: (over: object = {}) => reconcile({ ...ports, ...over }, patience)(),
  }
}

describe('looking after requests to refund', () => {
  test('says one again, under its own id, until the bus brings it back', async () => {
    const { run, said, setAge, store } = await open({ [orderId]: [placed, confirmed, refundRequested] })
    const request = { orderId, sequence: 3 }
    for (const sequence of [1, 2]) await store.markHeard({ orderId, sequence })
    setAge(patience + 1)
    expect(await run()).toEqual({ republished: [`${orderId}/3`], settled: [] })
    expect(said).toEqual([published((await store.load(orderId))[2]!)])
    setAge(3 * patience)
    expect((await run()).republished).toEqual([`${orderId}/3`])
    await store.markHeard(request)
    setAge(5 * patience)
    expect((await run()).republished).toEqual([])
  })
})

describe('looking after orders without a saga', () => {
  test('says again what the relay said, under the same id', async () => {
    const { run, said, setAge, store } = await open({ [orderId]: [placed] })
    setAge(patience + 1)
    expect(await run()).toEqual({ republished: [start], settled: [] })
    expect(said).toEqual((await store.load(orderId)).map(published))
  })

  test('says a cancellation again with its order', async () => {
    const { run, said, setAge } = await open({ [orderId]: [placed, requested] })
    setAge(patience + 1)
    await run()
    expect(said.map(({ id }) => id)).toEqual([`${orderId}/1`, `${orderId}/2`])
  })

  test('leaves an order alone that is young', async () => {
    const { run, said, setAge } = await open({ [orderId]: [placed] })
    setAge(patience)
    expect(await run()).toEqual({ republished: [], settled: [] })
    expect(said).toEqual([])
  })

  test('leaves an order alone whose saga has started', async () => {
    const { run, said, setAge, store } = await open({ [orderId]: [placed] })
    await store.markHeard({ orderId, sequence: 1 })
    setAge(patience * 10)
    await run()
    expect(said).toEqual([])
  })

  test('waits again before it says the same once more', async () => {
    const { run, said, setAge } = await open({ [orderId]: [placed] })
    setAge(patience + 1)
    await run()
    setAge(patience + seconds(30))
    await run()
    expect(said).toHaveLength(1)
    setAge(patience * 2 + 2)
    await run()
    expect(said).toHaveLength(2)
  })

  test('says nothing of the start of an ended order: it must have had a saga', async () => {
    const { run, said, setAge, store } = await open({ [orderId]: [placed, confirmed] })
    await store.markHeard({ orderId, sequence: 2 })
    setAge(patience + 1)
    expect(await run()).toEqual({ republished: [], settled: [start] })
    expect(said).toEqual([])
    expect(await store.unheard(fromIso(at) + patience * 10)).toEqual([])
  })
})

describe('looking after ends that nobody heard', () => {
  test.each([confirmed, rejected, cancelled])('says again that an order is $type, under the same id', async (end) => {
    const { run, said, setAge, store } = await open({ [orderId]: [placed, requested, end] })
    for (const sequence of [1, 2]) await store.markHeard({ orderId, sequence })
    setAge(patience + 1)
    expect(await run()).toEqual({ republished: [`${orderId}/3`], settled: [] })
    expect(said).toEqual((await store.load(orderId)).slice(2).map(published))
  })

  test('says again that a customer wants to cancel, however long ago the saga has started', async () => {
    const { run, said, setAge, store } = await open({ [orderId]: [placed, requested] })
    await store.markHeard({ orderId, sequence: 1 })
    setAge(patience + 1)
    expect(await run()).toEqual({ republished: [`${orderId}/2`], settled: [] })
    expect(said).toEqual([published((await store.load(orderId))[1]!)])
    await store.markHeard({ orderId, sequence: 2 })
    setAge(patience * 9)
    expect(await run()).toEqual({ republished: [], settled: [] })
  })

  test('leaves an end alone that was heard, and one that is young', async () => {
    const { run, said, setAge, store } = await open({ [orderId]: [placed, confirmed], [otherId]: [placed] })
    for (const sequence of [1, 2]) await store.markHeard({ orderId, sequence })
    await store.markHeard({ orderId: otherId, sequence: 1 })
    await store.append(otherId, 1, [rejected], { at: iso(fromIso(at) + seconds(1)), correlationid: otherId })
    setAge(patience + 1)
    expect(await run()).toEqual({ republished: [], settled: [] })
    expect(said).toEqual([])
  })

  test('says it again until it is heard, with patience in between', async () => {
    const { run, said, setAge, store } = await open({ [orderId]: [placed, confirmed] })
    setAge(patience + 1)
    await run()
    setAge(patience + seconds(30))
    await run()
    expect(said).toHaveLength(1)
    setAge(patience * 2 + 2)
    await run()
    expect(said).toHaveLength(2)
    await store.markHeard({ orderId, sequence: 2 })
    setAge(patience * 9)
    await run()
    expect(said).toHaveLength(2)
  })

  test('settles the start and says the end when neither was heard', async () => {
    const { run, said, setAge, store } = await open({ [orderId]: [placed, requested, cancelled] })
    await store.markHeard({ orderId, sequence: 2 })
    setAge(patience + 1)
    expect(await run()).toEqual({ republished: [`${orderId}/3`], settled: [start] })
    expect(said.map(({ id }) => id)).toEqual([`${orderId}/3`])
  })

  test('lets it go when it is heard while it is being said', async () => {
    const { run, setAge, store } = await open({ [orderId]: [placed, confirmed] })
    setAge(patience + 1)
    await run({ publish: async () => store.markHeard({ orderId, sequence: 2 }) })
    expect(await store.unheard(fromIso(at) + patience * 10)).toEqual([])
  })

  test('brings the view up to date that the lost stream left behind', async () => {
    const { run, views, setAge } = await open({ [orderId]: [placed, confirmed] })
    setAge(patience + 1)
    await run()
    expect(views.views.get(orderId)).toMatchObject({ status: 'confirmed', customerId: 'alice', placedAt: at })
  })
})

describe('when an event cannot be looked after', () => {
  test('the others are all the same, and the run fails', async () => {
    const { run, said, setAge, publish, store } = await open({ [orderId]: [placed], [otherId]: [placed] })
    setAge(patience + 1)
    const failing = async (messages: readonly Message[]) => {
      if (messages[0]?.subject === orderId) throw new Error('bus is throttled')
      return publish(messages)
    }
    await expect(run({ publish: failing })).rejects.toThrow('1 events could not be republished')
    expect(said.map(({ subject }) => subject)).toEqual([otherId])
    expect(await store.unheard(fromIso(at) + patience)).toEqual([{ orderId, sequence: 1 }])
  })

  test('one whose stream cannot be read is named, put behind the others, and fails nobody', async () => {
    const { run, said, lines, setAge, store } = await open({ [orderId]: [placed], [otherId]: [placed] })
    setAge(patience + 1)
    const broken: EventStore = {
      ...store,
      load: async (id) => {
        if (id === orderId) throw new PermanentError('unreadable-event', 'event 1 cannot be read')
        return store.load(id)
      },
    }
    expect(await run({ store: broken })).toEqual({ republished: [`${otherId}/1`], settled: [] })
    expect(said.map(({ subject }) => subject)).toEqual([otherId])
    expect(lines).toEqual([`${start} cannot be republished: event 1 cannot be read`])
    expect(await store.unheard(fromIso(at) + patience)).toEqual([])
  })
})
