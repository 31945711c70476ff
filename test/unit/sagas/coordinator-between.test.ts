import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { type AnyDraft, command, reply } from '../../../events/contract.ts'
import { answer, type Message, seal } from '../../../events/envelope.ts'
import { DirectSaga, WakeSaga } from '../../../events/saga.ts'
import { reason } from '../../../events/vocabulary.ts'
import { PermanentError } from '../../../reactive/errors.ts'
import { iso, minutes } from '../../../reactive/time.ts'
import { timings } from '../../../reactive/timing.ts'
import type { Incoming } from '../../../sagas/engine/address.ts'
import { saga } from '../../../sagas/engine/builder.ts'
import { coordinator, type Movement } from '../../../sagas/engine/coordinator.ts'
import { fromItem, type SagaItem, toItem } from '../../../sagas/engine/item.ts'
import type { Outgoing } from '../../../sagas/engine/outstanding.ts'
import type { Wake } from '../../../sagas/engine/ports.ts'
import type { Running } from '../../../sagas/engine/state.ts'
import {
  Answered,
  Approved,
  Asked,
  Call,
  child,
  Declined,
  ends,
  Finished,
  it,
  last,
  little,
  one,
  pivot,
  step,
  two,
  Withdrawn,
  yes,
} from '../../support/little-saga.ts'

const parent = saga('parent', 1)
  .startedBy('input', Approved, { subject: ({ id }) => id })
  .step('one', step(one))
  .subsaga('child', child, { send: ({ input: { id } }) => ({ id, amount: 1 }) })
  .endsWith(ends)
const reviewed = little()
  .signal('approval', { on: Approved, within: minutes(30), otherwise: { proceed: undefined } })
  .pivot('last', pivot(last))
  .endsWith(ends)

const now = Date.UTC(2026, 0, 1)

/** Two definitions that know each other, on ports in memory. */
const aStage = (definitions = [parent, child]) => {
  const items = new Map<string, SagaItem>()
  const sent: Outgoing[] = []
  const wakes: Wake[] = []
  const moved: Movement[] = []
  const stage = { now, congested: [] as string[], asked: [] as (readonly string[])[] }
  const coordinate = coordinator({
    definitions,
    clock: () => stage.now,
    timing: timings.standard,
    store: {
      load: async (id) => (items.has(id) ? fromItem(structuredClone(items.get(id)!)) : undefined),
      save: async (next, over) => {
        if (items.get(next.id)?.revision !== over?.revision) return 'lost'
        items.set(next.id, toItem(next, stage.now, timings.standard))
        return 'saved'
      },
    },
    transport: {
      send: async (messages) => {
        sent.push(...messages)
        return new Map()
      },
      wake: async (more) => {
        wakes.push(...more)
        return new Map()
      },
    },
    congestion: async (places) => {
      stage.asked.push(places)
      return places.some((place) => stage.congested.includes(place))
    },
    watch: (movement) => moved.push(movement),
  })
  const hear = async (...incoming: Incoming[]) => {
    sent.length = 0
    return coordinate(incoming)
  }
  const stateOf = (id: string) => fromItem(items.get(id)!)
  return { stage, hear, sent, wakes, moved, stateOf, items }
}

const event = (draft: AnyDraft, id = 'e/1'): Incoming => ({
  contract: draft.contract,
  message: seal(draft, { id, source: '/x', subject: 'x', time: iso(now), correlationid: 'c', tenantid: 'acme' }),
})
const to = (message: Message, draft: AnyDraft): Incoming => ({
  contract: draft.contract,
  message: answer(draft, message, '/x', iso(now)),
})
const passed = ({ to: place, message }: Outgoing, contract: Incoming['contract']) => ({
  place,
  incoming: { message, contract },
})

describe('a saga that calls another through the coordinator', () => {
  test('reaches its inbox, and is reached by its answer', async () => {
    const { hear, sent, stateOf } = aStage()
    await hear(event(Approved({ id: 'x', yes: true, by: 'b' })))
    await hear(to(sent[0]!.message, one.Done(yes())))
    const call = passed(sent[0]!, Call)
    expect(call.place).toBe('saga-child')
    await hear(call.incoming)
    await hear(to(sent[0]!.message, last.Done(yes('m'))))
    await hear(to(sent[0]!.message, Finished(it)))
    expect(stateOf('child:x')).toMatchObject({ phase: 'ended', outcome: 'done' })
    const heard = passed(sent[0]!, Answered)
    expect(heard).toMatchObject({
      place: 'saga-parent',
      incoming: { message: { data: { mark: 'm' }, tenantid: 'acme' } },
    })
    // Asked again, it answers again, and what it says is the same.
    await hear(call.incoming)
    expect(sent).toMatchObject([{ to: 'saga-parent', message: { id: heard.incoming.message.id } }])
    await hear(heard.incoming)
    expect(stateOf('parent:x')).toMatchObject({ steps: [{}, { status: 'done' }], end: { command: 'confirm' } })
  })

  test('is told when the instance is somebody else’s', async () => {
    const { hear, sent, stateOf } = aStage()
    await hear(event(Asked({ id: 'x', amount: 1 })))
    await hear(event(Approved({ id: 'x', yes: true, by: 'b' })))
    await hear(to(sent[0]!.message, one.Done(yes())))
    const call = passed(sent[0]!, Call)
    expect(await hear(call.incoming)).toEqual([undefined])
    const turned = passed(sent.at(-1)!, Declined)
    expect(turned.place).toBe('saga-parent')
    await hear(turned.incoming)
    expect(stateOf('parent:x')).toMatchObject({ mode: 'compensating', because: { code: 'already-under-way' } })
  })

  test('is told so even by an instance of a version that could not be called yet', async () => {
    const before = saga('child', 0)
      .startedBy('input', Asked, { subject: ({ id }) => id })
      .pivot('last', pivot(last))
      .endsWith(ends)
    const older = aStage([before])
    await older.hear(event(Asked({ id: 'x', amount: 1 })))
    const { hear, sent, items } = aStage([parent, before, child])
    items.set('child:x', older.items.get('child:x')!)
    await hear(event(Approved({ id: 'x', yes: true, by: 'b' })))
    await hear(to(sent[0]!.message, one.Done(yes())))
    expect(await hear(passed(sent[0]!, Call).incoming)).toEqual([undefined])
    expect(sent).toMatchObject([{ to: 'saga-parent', message: { type: Declined.type } }])
  })

  test('is told so in the words of the newest version that can be called, whoever else can be', async () => {
    const callable = (name: string, version: number, refused: typeof Declined) =>
      saga(name, version)
        .startedBy('input', name === 'child' ? Asked : Withdrawn, {
          subject: ({ id }) => id,
          called: {
            by: name === 'child' ? Call : command('saga', 'CallCousin', 1, { id: z.string(), amount: z.int() }),
            subject: ({ id }) => id,
            keep: ({ id }) => ({ id }),
            done: Answered,
            refused,
          },
        })
        .pivot('last', pivot(last))
        .endsWith({
          done: { ...ends.done, answer: () => ({ mark: 'm' }) },
          undone: { ...ends.undone, answer: (_, because) => ({ reason: because }) },
        })
    const words = (name: string) => reply('saga', name, 1, { reason }) as unknown as typeof Declined
    const earlier = callable('child', 0, words('DeclinedEarlier'))
    const [older, younger] = [callable('cousin', 0, words('CousinDeclined')), callable('cousin', 9, words('No'))]
    for (const definitions of [
      [parent, older, earlier, child, younger],
      [younger, child, earlier, older, parent],
    ]) {
      const { hear, sent } = aStage(definitions)
      await hear(event(Asked({ id: 'x', amount: 1 })))
      await hear(event(Approved({ id: 'x', yes: true, by: 'b' })))
      await hear(to(sent[0]!.message, one.Done(yes())))
      await hear(passed(sent[0]!, Call).incoming)
      expect(sent.map(({ message }) => message.type)).toEqual([Declined.type])
    }
  })
})

describe('an operator through the coordinator', () => {
  const direct = (verb: 'compensate' | 'skip', id: string) =>
    event(
      DirectSaga({
        sagaId: 'parent:x',
        verb,
        by: 'ann',
        reason: 'because',
        ...(verb === 'skip' ? { step: 'one' } : {}),
      }),
      id,
    )

  test('is obeyed once, by the id of the message', async () => {
    const { hear, sent, stateOf } = aStage()
    await hear(event(Approved({ id: 'x', yes: true, by: 'b' })))
    expect(await hear(direct('compensate', 'op-1'))).toEqual([undefined])
    expect(sent.map(({ message }) => message.type)).toEqual([one.Undo.type])
    expect(await hear(direct('compensate', 'op-1'))).toEqual([undefined])
    expect(stateOf('parent:x')).toMatchObject({
      acts: [{ id: 'op-1', verb: 'compensate', by: 'ann', reason: 'because' }],
    })
  })

  test('is told by a permanent error, and so by the desk, when the act does not fit', async () => {
    const { hear, stateOf } = aStage()
    await hear(event(Approved({ id: 'x', yes: true, by: 'b' })))
    expect(await hear(direct('skip', 'op-1'))).toMatchObject([{ code: 'wrong-state' }])
    expect(await hear(direct('compensate', 'op-2'), event(WakeSaga({ sagaId: 'parent:x' })))).toEqual([
      undefined,
      undefined,
    ])
    expect(stateOf('parent:x')).toMatchObject({ acts: [{ id: 'op-2' }] })
    expect(
      (await hear(event(DirectSaga({ sagaId: 'parent:y', verb: 'retry', by: 'ann', reason: 'r' }))))[0],
    ).toBeInstanceOf(PermanentError)
  })
})

describe('a timer that is due', () => {
  const wakeUp = (number: number) => event(WakeSaga({ sagaId: 'parent:x', number }))

  test('looks at the saga’s inbox and at the queues that owe an answer before it takes silence for one', async () => {
    const { stage, hear, sent, wakes, stateOf } = aStage()
    await hear(event(Approved({ id: 'x', yes: true, by: 'b' })))
    stage.now += minutes(5)
    stage.congested = ['inventory']
    expect(await hear(wakeUp(wakes.at(-1)!.number!))).toEqual([undefined])
    expect(stage.asked).toEqual([['saga-parent', 'inventory']])
    expect(sent).toEqual([])
    expect(stateOf('parent:x')).toMatchObject({ steps: [{ status: 'sent', asks: 0 }, {}], wake: { number: 2 } })
    stage.congested = []
    stage.now += minutes(1)
    await hear(wakeUp(wakes.at(-1)!.number!))
    expect(sent).toHaveLength(1)
    expect(stateOf('parent:x')).toMatchObject({ steps: [{ status: 'unknown', asks: 1 }, {}] })
  })

  test('asks no queue, sends and writes nothing when it comes too early, and is set again', async () => {
    const { stage, hear, sent, wakes, items } = aStage()
    await hear(event(Approved({ id: 'x', yes: true, by: 'b' })))
    const before = structuredClone(items.get('parent:x'))
    stage.now += minutes(1)
    expect(await hear(wakeUp(1))).toEqual([undefined])
    expect(stage.asked).toEqual([])
    expect(sent).toEqual([])
    expect(items.get('parent:x')).toEqual(before)
    expect(wakes).toMatchObject([
      { number: 1, after: minutes(5) },
      { number: 1, after: minutes(4) },
    ])
  })

  test('is not set again by one that was handed out before, for that may have set it already', async () => {
    const { stage, hear, wakes } = aStage()
    await hear(event(Approved({ id: 'x', yes: true, by: 'b' })))
    stage.now += minutes(1)
    expect(await hear({ ...wakeUp(1), receives: 2 })).toEqual([undefined])
    expect(wakes).toHaveLength(1)
  })

  test('is set once where the batch that it comes in moves the saga to another time', async () => {
    const { stage, hear, sent, wakes } = aStage()
    await hear(event(Approved({ id: 'x', yes: true, by: 'b' })))
    stage.now += minutes(1)
    await hear(wakeUp(1), to(sent[0]!.message, one.Done(yes())))
    expect(wakes).toMatchObject([{ number: 1 }, { number: 1, after: minutes(4) }])
  })
})

describe('a queue is not asked whether it has fallen behind', () => {
  test('when a reply comes, however late', async () => {
    const { stage, hear, sent } = aStage()
    await hear(event(Approved({ id: 'x', yes: true, by: 'b' })))
    stage.now += minutes(6)
    expect(await hear(to(sent[0]!.message, one.Done(yes())))).toEqual([undefined])
    expect(stage.asked).toEqual([])
  })

  test('when a timer comes to a saga that has ended, or that never was', async () => {
    const { stage, hear, sent, stateOf } = aStage([child])
    const timer = event(WakeSaga({ sagaId: 'child:x', number: 1 }))
    expect(await hear(timer)).toEqual([undefined])
    await hear(event(Asked({ id: 'x', amount: 1 })))
    await hear(to(sent[0]!.message, last.Done(yes('m'))))
    await hear(to(sent[0]!.message, Finished(it)))
    expect(stateOf('child:x').phase).toBe('ended')
    stage.now += minutes(10)
    expect(await hear(timer)).toEqual([undefined])
    expect(stage.asked).toEqual([])
  })
})

describe('the saga’s own inbox is asked whether it has fallen behind', () => {
  test('at the very moment of the saga’s deadline, though no command is silent', async () => {
    const slow = little()
      .signal('approval', { on: Approved, within: minutes(120), otherwise: { proceed: undefined } })
      .pivot('last', pivot(last))
      .endsWith(ends)
    const { stage, hear, wakes } = aStage([slow])
    await hear(event(Asked({ id: 'x', amount: 1 })))
    stage.now += timings.standard.sagaDeadline
    await hear(event(WakeSaga({ sagaId: 'little:x', number: wakes.at(-1)!.number! })))
    expect(stage.asked).toEqual([['saga-little']])
  })

  test('at the very moment when a word is missing, which may be waiting there', async () => {
    const { stage, hear, wakes, stateOf } = aStage([reviewed])
    await hear(event(Asked({ id: 'x', amount: 1 })))
    const silentAt = (stateOf('little:x') as Running).steps.find(({ status }) => status === 'sent')!.dueAt!
    stage.now = silentAt
    stage.congested = ['saga-little']
    await hear(event(WakeSaga({ sagaId: 'little:x', number: wakes.at(-1)!.number! })))
    expect(stage.asked).toEqual([['saga-little']])
    expect(stateOf('little:x')).toMatchObject({ mode: 'forward' })
    expect((stateOf('little:x') as Running).steps.map(({ status }) => status)).toContain('sent')
  })

  test('at the very moment when the record of its end is missing', async () => {
    const { stage, hear, sent, wakes } = aStage([child])
    await hear(event(Asked({ id: 'x', amount: 1 })))
    stage.now += minutes(1)
    await hear(to(sent[0]!.message, last.Done(yes('m'))))
    // The timer of the first step comes first, and sets the one for the end.
    stage.now += minutes(4)
    await hear(event(WakeSaga({ sagaId: 'child:x', number: wakes.at(-1)!.number! })))
    expect(stage.asked).toEqual([])
    stage.now += minutes(1)
    await hear(event(WakeSaga({ sagaId: 'child:x', number: wakes.at(-1)!.number! })))
    expect(stage.asked).toEqual([['saga-child']])
  })
})

describe('the time under which the sweeper finds a saga', () => {
  const hasty = little()
    .step('one', step(one))
    .step('two', { ...step(two), within: minutes(1) })
    .pivot('last', pivot(last))
    .endsWith(ends)
  const wakeUp = (number: number) => event(WakeSaga({ sagaId: 'little:x', number }))

  test('moves when something earlier is due', async () => {
    const { stage, hear, sent, items } = aStage([hasty])
    await hear(event(Asked({ id: 'x', amount: 1 })))
    expect(items.get('little:x')!.dueAt).toBe(now + minutes(5))
    stage.now += minutes(1)
    await hear(to(sent[0]!.message, one.Done(yes())))
    expect(items.get('little:x')!.dueAt).toBe(now + minutes(2))
  })

  test('stays where a timer comes early and is set again, since moving it costs a write', async () => {
    const { stage, hear, sent, items, wakes } = aStage([child])
    await hear(event(Asked({ id: 'x', amount: 1 })))
    stage.now += minutes(1)
    await hear(to(sent[0]!.message, last.Done(yes('m'))))
    stage.now += minutes(3)
    await hear(event(WakeSaga({ sagaId: 'child:x', number: wakes.at(-1)!.number! })))
    expect(items.get('child:x')).toMatchObject({ revision: 2, dueAt: now + minutes(5), wake: 1 })
    expect(wakes.at(-1)).toMatchObject({ number: 1, after: minutes(1) })
  })

  test('moves once it is reached', async () => {
    const { stage, hear, sent, items, wakes } = aStage([child])
    await hear(event(Asked({ id: 'x', amount: 1 })))
    stage.now += minutes(1)
    await hear(to(sent[0]!.message, last.Done(yes('m'))))
    stage.now += minutes(4)
    await hear(event(WakeSaga({ sagaId: 'child:x', number: wakes.at(-1)!.number! })))
    expect(items.get('child:x')).toMatchObject({ dueAt: now + minutes(6), wake: 2 })
    await hear(wakeUp(1))
    expect(items.get('child:x')).toMatchObject({ revision: 3 })
  })
})

describe('a signal through the coordinator', () => {
  test('finds its saga by its subject, before the start as well', async () => {
    const { hear, sent, stateOf } = aStage([reviewed])
    await hear(event(Approved({ id: 'x', yes: true, by: 'b' })))
    expect(stateOf('little:x').phase).toBe('early-signal')
    await hear(event(Asked({ id: 'x', amount: 1 })))
    expect(sent.map(({ message }) => message.type)).toEqual([last.Do.type])
    expect(stateOf('little:x')).toMatchObject({ tenantId: 'acme', steps: [{ status: 'done' }, { status: 'sent' }] })
  })
})

test('what was done is told to whoever watches, after it was committed', async () => {
  const { hear, moved } = aStage()
  await hear(event(Approved({ id: 'x', yes: true, by: 'b' })), event(WakeSaga({ sagaId: 'parent:x' })))
  expect(moved.map(({ verdict, input }) => [verdict.is, input.kind])).toEqual([
    ['applied', 'start'],
    ['stale', 'wake'],
  ])
  const [started, woken] = moved
  expect(started).toMatchObject({ sagaId: 'parent:x', after: { phase: 'running' } })
  expect(started!.before).toBeUndefined()
  expect(woken!.before).toBe(started!.after)
  expect(woken!.after).toBe(started!.after)
})

test('a caller looks at the inbox of the saga that it called before it takes its silence for one', async () => {
  const { stage, hear, sent, wakes } = aStage()
  await hear(event(Approved({ id: 'x', yes: true, by: 'b' })))
  await hear(to(sent[0]!.message, one.Done(yes())))
  stage.now += minutes(5)
  await hear(event(WakeSaga({ sagaId: 'parent:x', number: wakes.at(-1)!.number! })))
  expect(stage.asked).toEqual([['saga-parent', 'saga-child']])
})
