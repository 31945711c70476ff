import { describe, expect, test } from 'vitest'
import { minutes } from '../../../reactive/time.ts'
import type { Running, SagaInput, SagaState, StepState } from '../../../sagas/engine/state.ts'
import { transition } from '../../../sagas/engine/transition.ts'
import { type Act, actIdOf, optionsOf, rehearse } from '../../../sagas/operators/act.ts'
import { fulfilOrderV1 } from '../../../sagas/retired/fulfil-order-v1.ts'
import { Approved, ends, last, little, pivot } from '../../support/little-saga.ts'
import { life, orderId, type Said, timing } from '../../support/sagas.ts'

const sagaId = `fulfil-order:${orderId}`
const definitions = [fulfilOrderV1]
const stageOf = ({ now }: { now: number }) => ({ definitions, now, timing })
const act = (over: Partial<Act> & Pick<Act, 'verb'>): Act => ({
  id: `${sagaId}/act/1`,
  by: 'olga',
  reason: 'why not',
  ...over,
})
const with_ = (state: SagaState, index: number, step: Partial<StepState>): Running => {
  const running = state as Running
  return { ...running, steps: running.steps.with(index, { ...running.steps[index]!, ...step }) }
}
/** A saga on its way back whose first undo has failed. */
const aCase = () => {
  const lived = life(['done', 'refused'])
  const { dueAt: _, ...failed } = (lived.state as Running).steps[0]!
  return {
    ...lived,
    state: {
      ...lived.state,
      steps: (lived.state as Running).steps.with(0, { ...failed, status: 'undo-failed' }),
    } as Running,
  }
}

describe('a rehearsal', () => {
  test('says what an act would make of a saga, in the words of its history, and what it would ask', () => {
    const lived = life(['done'])
    expect(rehearse(lived.state, act({ verb: 'compensate' }), stageOf(lived))).toEqual({
      is: 'applied',
      state: 'compensating',
      changes: [
        { step: 'authorise-payment', to: 'undoing', attempt: 1 },
        { step: 'book-shipment', to: 'skipped', attempt: 1 },
        { step: 'capture-payment', to: 'skipped', attempt: 1 },
      ],
      asks: [
        {
          id: `${sagaId}/authorise-payment/undo/1`,
          type: 'payments.VoidPayment.v1',
          step: 'authorise-payment',
          until: expect.any(String),
        },
      ],
    })
  })

  test('is exactly what the machine then does', () => {
    const lived = life(['done', 'silence'])
    for (const said of [
      act({ verb: 'retry' }),
      act({ verb: 'cancel' }),
      act({ verb: 'resolve', step: 'authorise-payment', as: 'refused' }),
    ]) {
      const comesTo = rehearse(lived.state, said, stageOf(lived))
      const occasion = { sagaId, subject: orderId, correlationId: orderId }
      const verdict = transition(fulfilOrderV1, lived.state, { kind: 'act', act: said }, occasion, lived.now, timing)
      expect(comesTo.is).toBe(verdict.is)
      expect(verdict).toMatchObject({
        state: { acts: [{ id: said.id, verb: said.verb, by: 'olga', reason: 'why not' }] },
      })
    }
  })

  test('changes nothing of the saga that it is made on', () => {
    const lived = life(['done'])
    const before = JSON.stringify(lived.state)
    rehearse(lived.state, act({ verb: 'compensate' }), stageOf(lived))
    optionsOf(lived.state, stageOf(lived))
    expect(JSON.stringify(lived.state)).toBe(before)
  })

  test.each<[string, Said[], Partial<Act> & Pick<Act, 'verb'>, string, RegExp]>([
    ['cancel after the end', ['refused', 'done'], { verb: 'cancel' }, 'wrong-state', /has ended undone/],
    ['turn back from the way back', ['refused'], { verb: 'compensate' }, 'wrong-state', /cannot turn back/],
    ['cancel after the pivot', ['done', 'done', 'done'], { verb: 'cancel' }, 'wrong-state', /too late/],
    ['skip what is only waiting', ['done'], { verb: 'skip', step: 'authorise-payment' }, 'wrong-state', /is sent/],
    [
      'resolve what is answered',
      ['done'],
      { verb: 'resolve', step: 'reserve-stock', as: 'refused' },
      'wrong-state',
      /not missing/,
    ],
    [
      'retry a step that does not exist',
      [],
      { verb: 'retry', step: 'reserve-stokc' },
      'wrong-state',
      /has no step reserve-stokc/,
    ],
    [
      'signal to a step that does not listen',
      [],
      { verb: 'signal', step: 'reserve-stock' },
      'unknown-step',
      /has no step/,
    ],
  ])('refuses to %s in the words of the machine', (_, script, said, code, words) => {
    const lived = life(script)
    expect(rehearse(lived.state, act(said), stageOf(lived))).toEqual({
      is: 'refused',
      code,
      message: expect.stringMatching(words),
    })
  })

  test('knows an act that was done before', () => {
    const lived = life(['done', 'silence'])
    const noted = {
      ...lived.state,
      acts: [{ id: `${sagaId}/act/1`, verb: 'retry', by: 'olga', reason: 'why not' }],
    } as Running
    expect(rehearse(noted, act({ verb: 'retry' }), stageOf(lived))).toMatchObject({ is: 'known', changes: [] })
  })

  test('takes a failed undo up again, skips it, or takes it for done', () => {
    const lived = aCase()
    const comesOf = (said: Partial<Act> & Pick<Act, 'verb'>) =>
      rehearse(lived.state, act({ step: 'reserve-stock', ...said }), stageOf(lived))
    const ending = { step: 'end', to: 'ending' }
    expect(comesOf({ verb: 'retry' })).toMatchObject({
      state: 'compensating',
      changes: [{ step: 'reserve-stock', to: 'undoing' }],
    })
    expect(comesOf({ verb: 'skip' })).toMatchObject({ changes: [{ step: 'reserve-stock', to: 'skipped' }, ending] })
    expect(comesOf({ verb: 'resolve', as: 'undone' })).toMatchObject({
      changes: [{ step: 'reserve-stock', to: 'undone' }, ending],
    })
  })

  test('says when a saga runs on what is not deployed, or on what has changed', () => {
    const lived = life(['done'])
    expect(rehearse(lived.state, act({ verb: 'retry' }), { ...stageOf(lived), definitions: [] })).toMatchObject({
      is: 'refused',
      code: 'version-not-deployed',
    })
    expect(
      rehearse({ ...lived.state, hash: 'other' } as Running, act({ verb: 'retry' }), stageOf(lived)),
    ).toMatchObject({
      is: 'refused',
      code: 'definition-changed',
    })
  })
})

describe('what may be done', () => {
  const options = (lived: { state: SagaState; now: number }) =>
    optionsOf(lived.state, stageOf(lived)).map(({ verb, step, as }) => [verb, step, as].filter(Boolean).join(' '))

  test('to a saga that waits for an answer', () => {
    expect(options(life(['done', 'silence']))).toEqual([
      'retry',
      'retry authorise-payment',
      'resolve authorise-payment done',
      'resolve authorise-payment refused',
      'compensate',
      'cancel',
    ])
  })

  test('to one whose pivot is sent: no way back', () => {
    expect(options(life(['done', 'done', 'done']))).toEqual([
      'retry',
      'retry capture-payment',
      'resolve capture-payment done',
      'resolve capture-payment refused',
    ])
  })

  test('to one whose undo has failed', () => {
    expect(options(aCase())).toEqual([
      'retry',
      'retry reserve-stock',
      'skip reserve-stock',
      'resolve reserve-stock undone',
    ])
  })

  test('to one that has ended, or has not begun: nothing', () => {
    expect(options(life(['refused', 'done']))).toEqual([])
    const { id, definition, version, subject, correlationId } = life([]).state
    const early = {
      id,
      definition,
      version,
      subject,
      correlationId,
      revision: 1,
      phase: 'early-cancel',
      heard: {},
    } as const
    expect(optionsOf(early, { definitions, now: 0, timing })).toEqual([])
  })

  test('is never refused when it is rehearsed', () => {
    const scripts: Said[][] = [
      [],
      ['done'],
      ['silence'],
      ['done', 'silence', 'silence'],
      ['done', 'refused'],
      ['done', 'done', 'done', 'done'],
    ]
    for (const script of scripts) {
      const lived = life(script)
      for (const option of optionsOf(lived.state, stageOf(lived))) {
        if (option.as === 'done') continue
        expect(rehearse(lived.state, act(option), stageOf(lived)).is).toBe('applied')
      }
    }
  })

  test('is to say a word only where one is waited for, or will be', () => {
    const definition = little()
      .signal('approval', { on: Approved, within: minutes(5), otherwise: { proceed: undefined } })
      .pivot('last', pivot(last))
      .endsWith(ends)
    const occasion = { sagaId: 'little:x', subject: 'x', correlationId: 'c' }
    const hear = (state: SagaState | undefined, input: SagaInput) => {
      const verdict = transition(definition, state, input, occasion, 0, timing)
      return 'state' in verdict ? verdict.state : state!
    }
    const words = (state: SagaState) =>
      optionsOf(state, { definitions: [definition], now: 0, timing }).filter(({ verb }) => verb === 'signal')

    const waiting = hear(undefined, { kind: 'start', data: { id: 'x', amount: 1 } })
    expect(words(waiting)).toEqual([{ verb: 'signal', step: 'approval' }])
    const data = { id: 'x', yes: true, by: 'ann' }
    expect(words(hear(waiting, { kind: 'signal', step: 'approval', data }))).toEqual([])
  })

  test('is not thought up by hand: a step with another status has other options', () => {
    const lived = life(['done'])
    expect(options({ ...lived, state: with_(lived.state, 0, { status: 'undo-failed' }) })).toContain(
      'skip reserve-stock',
    )
    expect(options(lived)).not.toContain('skip reserve-stock')
  })
})

describe('the id of an act', () => {
  const retry = { verb: 'retry', reason: 'why not' } as const
  const by = (by: string, key: string) => ({ by, key })

  test('is the same for the same person, saga, key and act, and for no other', () => {
    const ids = [
      actIdOf(sagaId, by('olga', 'k'), retry),
      actIdOf(sagaId, by('olga', 'l'), retry),
      actIdOf(sagaId, by('otto', 'k'), retry),
      actIdOf('fulfil-order:other', by('olga', 'k'), retry),
      actIdOf(sagaId, by('olga', 'k'), { ...retry, verb: 'cancel' }),
      actIdOf(sagaId, by('olga', 'k'), { ...retry, data: { stars: 1 } }),
    ]
    expect(new Set(ids).size).toBe(6)
    expect(actIdOf(sagaId, by('olga', 'k'), { ...retry })).toBe(ids[0])
    expect(ids[0]).toMatch(/^fulfil-order:ord_0123456789abcdef\/act\/[0-9a-f]{32}\/[0-9a-f]{12}$/)
  })

  test('tells another act under its key, which is refused with the one that has it', () => {
    const lived = life(['silence'])
    const said = (over: Partial<Act> & Pick<Act, 'verb'>) => {
      const its = act(over)
      return { ...its, id: actIdOf(sagaId, by('olga', 'k'), its) }
    }
    const once = said({ verb: 'retry' })
    const noted = transition(
      fulfilOrderV1,
      lived.state,
      { kind: 'act', act: once },
      { sagaId, subject: orderId, correlationId: 'c' },
      lived.now,
      timing,
    )
    const after = (noted as { state: SagaState }).state
    expect(rehearse(after, once, stageOf(lived)).is).toBe('known')
    expect(rehearse(after, said({ verb: 'cancel' }), stageOf(lived))).toEqual({
      is: 'refused',
      code: 'key-reused',
      message: `This key was used for another act on ${sagaId}: retry, because "why not". Say it under a key of its own.`,
    })
  })

  test('fits an envelope, however long the key and the saga’s id', () => {
    expect(actIdOf(`a:${'x'.repeat(198)}`, by('o'.repeat(128), 'k'.repeat(255)), retry).length).toBeLessThanOrEqual(256)
  })
})
