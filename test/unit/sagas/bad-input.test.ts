import type { Context, SQSEvent } from 'aws-lambda'
import { describe, expect, test } from 'vitest'
import type { AnyContract, AnyDraft } from '../../../events/contract.ts'
import { type Message, seal } from '../../../events/envelope.ts'
import { DirectSaga, type Verb, verbs, WakeSaga } from '../../../events/saga.ts'
import { consumer } from '../../../reactive/consume.ts'
import { days, iso, minutes } from '../../../reactive/time.ts'
import { timings } from '../../../reactive/timing.ts'
import { saga } from '../../../sagas/engine/builder.ts'
import { coordinator } from '../../../sagas/engine/coordinator.ts'
import { type Definition, inboxContracts } from '../../../sagas/engine/definition.ts'
import { fromItem, type SagaItem, written } from '../../../sagas/engine/item.ts'
import {
  Answered,
  Approved,
  Asked,
  ends,
  last,
  little,
  one,
  pivot,
  step,
  two,
  Withdrawn,
} from '../../support/little-saga.ts'
import { observedInMemory } from '../../support/observation.ts'

/**
 * Everything that a saga may be told and should not: each has one outcome of its own, which a person finds, on the desk
 * under its class and code or in a metric; nothing throws for ever, and nothing disappears.
 */
const now = Date.UTC(2026, 0, 1)
const timing = timings.standard
const receives = 4

const shop = little()
  .step('one', step(one))
  .signal('approval', { on: Approved, within: minutes(30), otherwise: { proceed: undefined } })
  .pivot('last', pivot(last))
  .endsWith(ends)
/** The next version of it waits for nobody. */
const unasked = saga('little', 2)
  .startedBy('input', Asked, { subject: ({ id }) => id, cancelledBy: Withdrawn })
  .step('one', step(one))
  .pivot('last', pivot(last))
  .endsWith(ends)

type Told = {
  readonly outcome: string
  readonly class?: string
  readonly code?: string
  readonly because?: string
}

/** The production consumer and coordinator over ports in memory, with what they measured and what is parked. */
const aStage = (definitions: readonly Definition[] = [shop], items = new Map<string, string>()) => {
  const { observation, lines, taken } = observedInMemory('/saga', 'saga-coordinator')
  const sent: string[] = []
  const parked: string[] = []
  const stage = { now }
  const coordinate = coordinator({
    definitions,
    clock: () => stage.now,
    timing,
    store: {
      load: async (id) => (items.has(id) ? fromItem(JSON.parse(items.get(id)!) as SagaItem) : undefined),
      save: async (next, before) => {
        if (items.has(next.id) !== (before !== undefined)) return 'lost'
        items.set(next.id, written(next, stage.now, timing, before).text)
        return 'saved'
      },
    },
    transport: {
      send: async (messages) => {
        sent.push(...messages.map(({ message }) => message.id))
        return new Map()
      },
      wake: async () => new Map(),
    },
    congestion: async () => false,
    watch: ({ verdict }) => observation.measure('SagaMessages', 1, { saga: 'little', verdict: verdict.is }),
  })
  const consume = consumer(
    {
      service: '/saga',
      contracts: [...new Set([...definitions.flatMap(inboxContracts), WakeSaga, DirectSaga])] as AnyContract[],
      handleBatch: (deliveries) => coordinate(deliveries),
    },
    {
      sqs: {
        send: async (command: { readonly input: { readonly MessageBody?: string } }) => {
          if (command.input.MessageBody) parked.push(command.input.MessageBody)
          return {}
        },
      } as never,
      urlOf: (queue) => queue,
      deadLetterUrlOf: (queue) => `${queue}-dead`,
      desk: 'recovery-commands',
      receives,
      observed: observation,
      clock: () => stage.now,
      random: () => 0.5,
    },
  )
  /** Delivers a batch for the n-th time; what the consumer says of each, in its log line. */
  const tell = async (messages: readonly (Message | string)[], received = 1): Promise<Told[]> => {
    const event = {
      Records: messages.map((message, index) => ({
        messageId: `m${index}`,
        receiptHandle: `r${index}`,
        body: typeof message === 'string' ? message : JSON.stringify(message),
        attributes: { ApproximateReceiveCount: String(received), SentTimestamp: String(stage.now) },
        eventSourceARN: 'arn:aws:sqs:eu-central-1:000000000000:neverstop-test-saga-little',
      })),
    } as unknown as SQSEvent
    await consume(event, { getRemainingTimeInMillis: () => 5_000 } as Context)
    const { entry } = lines.at(-1)!
    return (entry.messages as Told[] | undefined) ?? [entry as unknown as Told]
  }
  /** The outcome of one message, and what it left behind: whether the saga has moved, and how it was counted. */
  const outcomeOf = async (message: Message | string, received = 1) => {
    const before = JSON.stringify([...items])
    const counted = taken.length
    const [told] = await tell([message], received)
    const measured = taken.slice(counted)
    const dimensionOf = (name: string, dimension: string) =>
      measured.find((it) => it.name === name)?.dimensions[dimension]
    const { outcome, code } = told!
    return {
      outcome,
      ...(code ? { code } : {}),
      because: told!.because,
      verdict: dimensionOf('SagaMessages', 'verdict'),
      failed: dimensionOf('MessagesFailed', 'class'),
      moved: JSON.stringify([...items]) !== before,
      parked: parked.length > 0,
    }
  }
  const stateOf = (id = 'little:x') => fromItem(JSON.parse(items.get(id)!) as SagaItem)
  return { stage, tell, outcomeOf, stateOf, sent, parked, taken }
}

const said = (draft: AnyDraft, over: Partial<Message> = {}): Message => ({
  ...seal(draft, { id: 'e/1', source: '/x', subject: 'x', time: iso(now), correlationid: 'c' }),
  ...over,
})
const started = said(Asked({ id: 'x', amount: 1 }))
const reply = (to: string, draft: AnyDraft) => said(draft, { id: `${to}/reply`, causationid: to })
const done = reply('little:x/one/do/1', one.Done({ id: 'x', mark: 'm' }))
const approved = said(Approved({ id: 'x', yes: true, by: 'ann' }), { id: 'e/2' })
const finished = reply('little:x/end/confirm', ends.done.recorded({ id: 'x' }))
const captured = reply('little:x/last/do/1', last.Done({ id: 'x', mark: 'm' }))

/** Parked at once, with its class and code. */
const desk = (failed: string, code: string) => ({ outcome: 'parked', failed, code, moved: false, parked: true })
/** Acknowledged, counted, and nothing else. */
const ignored = (verdict: string) => ({ outcome: 'handled', verdict, moved: false, parked: false })

describe('a reply goes to the desk', () => {
  test.each<[string, Message | string, ReturnType<typeof desk>, RegExp]>([
    [
      'for a saga that never was',
      reply('little:stranger/one/do/1', one.Done({ id: 'x', mark: 'm' })),
      desk('permanent', 'unknown-saga'),
      /little:stranger, which was never started/,
    ],
    [
      'for a kind of saga that does not run here',
      reply('big:x/one/do/1', one.Done({ id: 'x', mark: 'm' })),
      desk('permanent', 'unknown-saga'),
      /\(little\) none is called big/,
    ],
    [
      'for a step that the saga has not',
      reply('little:x/nine/do/1', one.Done({ id: 'x', mark: 'm' })),
      desk('permanent', 'wrong-answer'),
      /no answer to little:x\/nine/,
    ],
    [
      'for a step that waits for a word and asks nobody',
      reply('little:x/approval/do/1', one.Done({ id: 'x', mark: 'm' })),
      desk('permanent', 'wrong-answer'),
      /no answer to little:x\/approval/,
    ],
    [
      'from a participant that this step does not ask',
      reply('little:x/one/do/1', last.Done({ id: 'x', mark: 'm' })),
      desk('permanent', 'wrong-answer'),
      /DoneLast.* is no answer to little:x\/one/,
    ],
    [
      'that answers an undo to a command',
      reply('little:x/one/do/1', one.Undone({ id: 'x' })),
      desk('permanent', 'wrong-answer'),
      /UndoneOne.* is no answer/,
    ],
    [
      'that says to what it replies in nobody’s words',
      reply('what?', one.Done({ id: 'x', mark: 'm' })),
      desk('permanent', 'no-question'),
      /answers what\?, which no saga has asked/,
    ],
    [
      'that does not say to what it replies',
      said(one.Done({ id: 'x', mark: 'm' })),
      desk('permanent', 'no-question'),
      /answers nothing/,
    ],
    [
      'of a contract that no saga reads',
      reply('little:x/one/do/1', two.Done({ id: 'x', mark: 'm' })),
      desk('poison', 'unknown-type'),
      /DoneTwo.v1 is not handled here/,
    ],
    [
      'whose data its contract does not allow',
      reply('little:x/one/do/1', { contract: one.Done, data: { id: 'x', mark: 7 } }),
      desk('poison', 'contract-violation'),
      /mark/,
    ],
    ['that is no envelope', '{"hello":"world"}', desk('poison', 'not-an-envelope'), /id/],
    ['that is no JSON', '{', desk('poison', 'not-json'), /JSON/],
    [
      'from beyond the horizon, where nobody knows any more whether it counted',
      { ...done, time: iso(now - days(60)) },
      desk('permanent', 'beyond-horizon'),
      /Stamp it anew/,
    ],
  ])('%s', async (_, message, expected, because) => {
    const { tell, outcomeOf } = aStage()
    await tell([started])
    const outcome = await outcomeOf(message)
    expect(outcome).toMatchObject(expected)
    expect(outcome.because).toMatch(because)
  })

  test('in a version that is not known yet, but only when waiting for the deployment did not help', async () => {
    const { tell, outcomeOf } = aStage()
    await tell([started])
    const later: Message = { ...done, type: 'inventory.DoneOne.v2' }
    expect(await outcomeOf(later)).toMatchObject({ outcome: 'retried', failed: 'transient', parked: false })
    expect(await outcomeOf(later, receives)).toMatchObject(desk('transient', 'receives-exhausted'))
  })

  test('for a step that another version has, when the instance is not of that', async () => {
    const { tell, outcomeOf } = aStage([unasked])
    await tell([started])
    const stage = aStage([shop, unasked])
    await stage.tell([started])
    expect(stage.stateOf()).toMatchObject({ version: 2 })
    expect(await stage.outcomeOf(approved)).toMatchObject({ ...desk('permanent', 'unknown-step'), verdict: 'parked' })
    // And where no version waits for it at all, nobody reads it.
    expect(await outcomeOf(approved)).toMatchObject(desk('poison', 'unknown-type'))
  })
})

test('a word is heard by the step that waits for it, whatever another version calls that step', async () => {
  const renamed = saga('little', 2)
    .startedBy('input', Asked, { subject: ({ id }) => id, cancelledBy: Withdrawn })
    .signal('review', { on: Approved, within: minutes(30), otherwise: { proceed: undefined } })
    .pivot('last', pivot(last))
    .endsWith(ends)
  const items = new Map<string, string>()
  await aStage([shop], items).tell([started])
  const { outcomeOf, stateOf } = aStage([shop, renamed], items)
  expect(await outcomeOf(approved)).toMatchObject({ outcome: 'handled', verdict: 'applied', parked: false })
  expect(stateOf()).toMatchObject({ version: 1, steps: [{}, { status: 'pending', heard: {} }, {}] })
})

describe('a reply that is larger than what a saga may keep', () => {
  const oversized = reply('little:x/one/do/1', one.Done({ id: 'x', mark: 'm'.repeat(310 * 1_024) }))

  test('goes to the desk, and the saga stays as it was', async () => {
    const { tell, outcomeOf, stateOf } = aStage()
    await tell([started])
    const outcome = await outcomeOf(oversized)
    expect(outcome).toMatchObject(desk('permanent', 'saga-too-large'))
    expect(outcome.because).toMatch(/let its definition keep less/)
    expect(stateOf()).toMatchObject({ steps: [{ status: 'sent' }, { status: 'pending' }, { status: 'pending' }] })
  })

  test('takes no other message for the same saga with it', async () => {
    const { tell, stateOf, parked, sent } = aStage()
    const outcomes = await tell([started, oversized, approved])
    // A log line names what failed first.
    expect(outcomes.map(({ outcome, code }) => [outcome, code])).toEqual([
      ['parked', 'saga-too-large'],
      ['handled', undefined],
      ['handled', undefined],
    ])
    expect(parked).toHaveLength(1)
    expect(stateOf()).toMatchObject({ phase: 'running', steps: [{ status: 'sent' }, { heard: {} }, {}] })
    expect(new Set(sent)).toEqual(new Set(['little:x/one/do/1']))
  })
})

test('what did not fit only because of a reply that is too large is done when that is left aside', async () => {
  const { tell, stateOf } = aStage()
  const oversized = reply('little:x/one/do/1', one.Done({ id: 'x', mark: 'm'.repeat(310 * 1_024) }))
  const given = said(
    DirectSaga({ sagaId: 'little:x', verb: 'resolve', step: 'one', as: 'refused', by: 'ann', reason: 'It said no.' }),
    { id: 'act/resolve' },
  )
  await tell([started])
  const outcomes = await tell([oversized, given])
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(['parked', 'handled'])
  expect(stateOf()).toMatchObject({ mode: 'compensating', because: { code: 'operator' } })
})

describe('a reply is counted, and changes nothing,', () => {
  test.each<[string, readonly Message[], Message]>([
    ['when its participant was not asked yet', [started], captured],
    ['when its step has its answer', [started, done], done],
    [
      'when it is about an attempt that was never made',
      [started],
      reply('little:x/one/do/7', one.Done({ id: 'x', mark: 'm' })),
    ],
    ['when it says undone, and nobody undoes', [started, done], reply('little:x/one/undo/1', one.Undone({ id: 'x' }))],
    ['when it records an end that nobody asked for', [started], finished],
    ['when its saga has ended', [started, done, approved, captured, finished], done],
  ])('%s', async (_, before, message) => {
    const { tell, outcomeOf } = aStage()
    for (const earlier of before) await tell([earlier])
    expect(await outcomeOf(message)).toMatchObject(ignored('known'))
  })
})

describe('a word that nobody waits for', () => {
  test.each<[string, readonly Message[]]>([
    ['was said before', [started, done, approved]],
    ['was said early, and waits for its step', [started, approved]],
    ['comes to a saga that turned back', [started, said(Withdrawn({ id: 'x' }), { id: 'e/3' })]],
    ['comes to a saga that has ended', [started, done, approved, captured, finished]],
  ])('is counted, and changes nothing, when it %s', async (_, before) => {
    const { tell, outcomeOf } = aStage()
    for (const earlier of before) await tell([earlier])
    expect(await outcomeOf({ ...approved, id: 'e/9' })).toMatchObject(ignored('known'))
  })

  test('is kept when its saga has not started, and heard when it does', async () => {
    const { tell, outcomeOf, stateOf } = aStage()
    expect(await outcomeOf(approved)).toMatchObject({ outcome: 'handled', verdict: 'applied', moved: true })
    await tell([started])
    await tell([done])
    expect(stateOf()).toMatchObject({ steps: [{ status: 'done' }, { status: 'done' }, { status: 'sent' }] })
  })

  test('goes to the desk when it is no word at all', async () => {
    const { outcomeOf } = aStage()
    const mumbled = said({ contract: Approved, data: { id: 'x', yes: 'perhaps', by: 'ann' } })
    expect(await outcomeOf(mumbled)).toMatchObject(desk('poison', 'contract-violation'))
  })
})

describe('a timer', () => {
  test.each([
    ['of a saga that never was', 'little:stranger', undefined],
    ['that was replaced', 'little:x', 99],
    ['of the sweeper, for a saga that is not due', 'little:x', undefined],
  ])('%s is counted as stale', async (_, sagaId, number) => {
    const { tell, outcomeOf } = aStage()
    await tell([started])
    const wake = said(WakeSaga({ sagaId, ...(number ? { number } : {}) }))
    expect(await outcomeOf(wake)).toMatchObject(ignored('stale'))
  })
})

describe('an operator’s verb', () => {
  const ways: Readonly<Record<string, readonly Message[]>> = {
    'was never started': [],
    'has only heard a word': [approved],
    'waits for its first answer': [started],
    'waits for a word': [started, done],
    'has asked its pivot': [started, done, approved],
    'is on its way back': [started, done, said(Withdrawn({ id: 'x' }), { id: 'e/3' })],
    'has only its end to record': [started, done, approved, captured],
    'has ended': [started, done, approved, captured, finished],
  }
  const act = (verb: Verb, over: object = {}) =>
    said(DirectSaga({ sagaId: 'little:x', verb, by: 'ann', reason: 'It has to be.', ...over }), { id: `act/${verb}` })
  /** What each verb is said about, and the states that it fits. */
  const fitting: Readonly<Record<Verb, { readonly over: object; readonly fits: readonly string[] }>> = {
    retry: {
      over: {},
      fits: ['waits for its first answer', 'has asked its pivot', 'is on its way back', 'has only its end to record'],
    },
    skip: { over: { step: 'one' }, fits: [] },
    resolve: { over: { step: 'one', as: 'done', data: { id: 'x', mark: 'm' } }, fits: ['waits for its first answer'] },
    compensate: { over: {}, fits: ['waits for its first answer', 'waits for a word'] },
    cancel: { over: {}, fits: ['waits for its first answer', 'waits for a word'] },
    signal: {
      over: { step: 'approval', data: { id: 'x', yes: true, by: 'ann' } },
      fits: ['waits for its first answer', 'waits for a word'],
    },
  }

  describe.each(verbs.map((verb) => [verb] as const))('%s', (verb) => {
    test.each(Object.entries(ways))('on a saga that %s fits, or goes to the desk and says why', async (state, way) => {
      const { tell, outcomeOf } = aStage()
      for (const message of way) await tell([message])
      const outcome = await outcomeOf(act(verb, fitting[verb].over))
      if (fitting[verb].fits.includes(state)) {
        expect(outcome).toMatchObject({ outcome: 'handled', verdict: 'applied', moved: true, parked: false })
        return
      }
      const code = state === 'was never started' ? 'unknown-saga' : 'wrong-state'
      expect(outcome).toMatchObject({ ...desk('permanent', code), verdict: 'parked' })
      expect(outcome.because).toMatch(/little:x|one is|approval of/)
    })
  })

  test.each<[string, Message, string, string]>([
    ['about a step that is not there', act('resolve', { step: 'nine', as: 'done' }), 'permanent', 'wrong-state'],
    ['about a word that nobody waits for', act('signal', { step: 'nine' }), 'permanent', 'unknown-step'],
    ['with a word of another kind', act('signal', { step: 'approval', data: { id: 7 } }), 'permanent', 'wrong-data'],
    ['without a reason', act('cancel', { reason: '' }), 'poison', 'contract-violation'],
    ['that nobody knows', act('explode' as Verb), 'poison', 'contract-violation'],
  ])('%s goes to the desk', async (_, message, failed, code) => {
    const { tell, outcomeOf } = aStage()
    await tell([started])
    expect(await outcomeOf(message)).toMatchObject(desk(failed, code))
  })

  test('about a kind of saga that does not run here waits for a deployment that has it, and then goes to the desk', async () => {
    const { outcomeOf } = aStage()
    const stranger = act('cancel', { sagaId: 'big:x' })
    expect(await outcomeOf(stranger)).toMatchObject({ outcome: 'retried', failed: 'transient', parked: false })
    expect(await outcomeOf(stranger, receives)).toMatchObject(desk('transient', 'receives-exhausted'))
  })
})

test('what a saga that calls nobody is answered by another saga goes to the desk', async () => {
  const { tell, outcomeOf } = aStage()
  await tell([started])
  expect(await outcomeOf(reply('little:x/one/do/1', Answered({ mark: 'm' })))).toMatchObject(
    desk('poison', 'unknown-type'),
  )
})
