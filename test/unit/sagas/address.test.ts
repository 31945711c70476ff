import { describe, expect, test } from 'vitest'
import type { AnyDraft } from '../../../events/contract.ts'
import { seal } from '../../../events/envelope.ts'
import { PermanentError } from '../../../reactive/errors.ts'
import { iso } from '../../../reactive/time.ts'
import { addresser, type Incoming } from '../../../sagas/engine/address.ts'
import {
  Approved,
  Asked,
  Blessed,
  child,
  ends,
  last,
  little,
  one,
  pivot,
  step,
  Withdrawn,
  yes,
} from '../../support/little-saga.ts'

const now = Date.UTC(2026, 0, 1)
const asked = Asked({ id: 'x', amount: 1 })
const incoming = (draft: AnyDraft, more: Partial<Incoming['message']> = {}): Incoming => ({
  contract: draft.contract,
  message: { ...seal(draft, { id: 'e/1', source: '/x', subject: 'x', time: iso(now), correlationid: 'c' }), ...more },
})

const older = little(1).step('one', step(one)).pivot('last', pivot(last)).endsWith(ends)
const newer = { ...older, version: 2, subjectOf: ({ id }: { id: string }) => `${id}-read-anew` }

describe('a message to a saga', () => {
  test('takes its trace and its tenant along, and has neither where it came with none', () => {
    const address = addresser([older])
    const carried = { traceparent: '00-trace', tenantid: 'acme' }
    expect(address(incoming(asked, carried), 0)).toMatchObject({
      occasion: { traceparent: '00-trace', tenantId: 'acme' },
    })
    expect(address(incoming(asked), 0)).toStrictEqual({
      name: 'little',
      occasion: { sagaId: 'little:x', subject: 'x', correlationId: 'c' },
      input: { kind: 'start', data: asked.data },
      contract: Asked,
    })
  })

  test('is read by the newest version of its saga, in whatever order they are deployed', () => {
    for (const definitions of [
      [older, newer],
      [newer, older],
    ])
      expect(addresser(definitions)(incoming(asked), 0)).toMatchObject({ occasion: { sagaId: 'little:x-read-anew' } })
  })

  test('counts until the horizon, and no longer', () => {
    const address = addresser([older])
    expect(address(incoming(asked), now)).not.toBeInstanceOf(PermanentError)
    expect(address(incoming(asked), now + 1)).toMatchObject({ code: 'beyond-horizon' })
  })

  test('that nobody has asked for is refused by name: whom it answers, and who is here', () => {
    const address = addresser([older, { ...child, startedBy: Blessed }])
    const answer = one.Done(yes())
    expect(address(incoming(answer), 0)).toMatchObject({
      code: 'no-question',
      message: expect.stringContaining('answers nothing, which no saga has asked'),
    })
    expect(address(incoming(answer, { causationid: 'journey:x/one/do/1' }), 0)).toMatchObject({
      code: 'unknown-saga',
      message: expect.stringContaining('(little, child) none is called journey'),
    })
  })

  test('that could be meant for two kinds of sagas is refused before there is one', () => {
    expect(() => addresser([older, child])).toThrow(`${Asked.type} speaks to little and to child`)
  })

  test.each(['', 'a/b', 'a b', 'x'.repeat(141)])(
    'whose subject %j could not stand in an id goes to the desk',
    (subject) => {
      expect(addresser([older])(incoming(Withdrawn({ id: 'x' }), { subject }), 0)).toMatchObject({
        code: 'bad-subject',
        message: expect.stringContaining('e/1'),
      })
    },
  )

  test('cancels or signals only a saga that says so', () => {
    const signalled = little()
      .signal('approval', { on: Approved, within: 1_000, otherwise: { proceed: undefined } })
      .pivot('last', pivot(last))
      .endsWith(ends)
    const address = addresser([signalled])
    expect(address(incoming(Withdrawn({ id: 'x' })), 0)).toMatchObject({ input: { kind: 'cancel' } })
    expect(address(incoming(Approved({ id: 'x', yes: true, by: 'ann' })), 0)).toMatchObject({
      input: { kind: 'signal', step: 'approval' },
    })
    expect(addresser([older])(incoming(Approved({ id: 'x', yes: true, by: 'ann' })), 0)).toMatchObject({
      code: 'no-question',
    })
  })
})
