import { describe, expect, test } from 'vitest'
import {
  type CommandRecord,
  type Evidence,
  type OwnRecord,
  ownCommand,
  ownUndo,
  partnerCommand,
  partnerUndo,
  type RecordState,
  type Terms,
} from '../../../reactive/participant.ts'
import { days, hours, minutes, seconds } from '../../../reactive/time.ts'

type Intent = { readonly card: string }
type Result = { readonly holdId: string }
type Rec = CommandRecord<Intent, Result>

const now = Date.UTC(2026, 0, 31)
const intent = { card: 'tok_ok' }
const result = { holdId: 'hold-1' }
const reason = { code: 'declined', message: 'The card was declined.' }
const terms: Terms = {
  commandId: 's/pay/do/1',
  now,
  deadline: now + minutes(5),
  firstSent: now - seconds(1),
  horizon: days(30),
}
const late: Terms = { ...terms, deadline: now - 1 }
const ancient: Terms = { ...terms, firstSent: now - days(30) - 1 }
const memory = { remembers: hours(24), callTakes: seconds(3), findsByReference: false }
const finding = { ...memory, findsByReference: true }

const records: { [S in RecordState]: Extract<Rec, { state: S }> } = {
  none: { state: 'none' },
  intent: { state: 'intent', intent, openedAt: now - seconds(10) },
  done: { state: 'done', intent, result },
  refused: { state: 'refused', reason },
  'undo-intent': { state: 'undo-intent', intent, openedAt: now - seconds(10) },
  undone: { state: 'undone' },
  tombstone: { state: 'tombstone', because: 'undone' },
}
const expiredTombstone: Rec = { state: 'tombstone', because: 'expired' }
const forgotten = now - hours(24)

const saysDone = { do: 'reply', answer: { says: 'done', result } }
const saysUndone = { do: 'reply', answer: { says: 'undone' } }
const says = (code: string) => ({ do: 'reply', answer: { says: 'refused', reason: expect.objectContaining({ code }) } })

describe('a participant with own state only', () => {
  const done: OwnRecord<Result> = { state: 'done', result }

  describe('the command', () => {
    test('is applied when nothing is recorded', () => {
      expect(ownCommand({ state: 'none' }, terms)).toEqual({ do: 'apply' })
    })

    test('is applied up to its deadline and buried after it', () => {
      expect(ownCommand({ state: 'none' }, { ...terms, now: terms.deadline! })).toEqual({ do: 'apply' })
      expect(ownCommand({ state: 'none' }, late)).toEqual({
        do: 'commit',
        from: 'none',
        next: { state: 'tombstone', because: 'expired' },
      })
    })

    test('never expires without a deadline', () => {
      const { deadline: _, ...patient } = terms
      expect(ownCommand({ state: 'none' }, { ...patient, now: now + days(29) })).toEqual({ do: 'apply' })
    })

    test('goes to the desk when its record may have been forgotten, even if it expired as well', () => {
      for (const old of [ancient, { ...ancient, deadline: now - days(30) }]) {
        expect(ownCommand({ state: 'none' }, old)).toMatchObject({ do: 'give-up', code: 'before-horizon' })
      }
    })

    test.each([terms, late, ancient])('repeats a recorded answer before it looks at any time', (at) => {
      expect(ownCommand(done, at)).toEqual(saysDone)
      expect(ownCommand(records.refused, at)).toEqual(says('declined'))
    })

    test('is refused by a tombstone and by what has been undone', () => {
      expect(ownCommand(records.tombstone, terms)).toEqual(says('undone'))
      expect(ownCommand(records.undone, terms)).toEqual(says('undone'))
      expect(ownCommand({ state: 'tombstone', because: 'expired' }, terms)).toEqual(says('expired'))
    })
  })

  describe('the undo', () => {
    test('leaves a tombstone where it meets nothing', () => {
      expect(ownUndo({ state: 'none' }, terms)).toEqual({
        do: 'commit',
        from: 'none',
        next: { state: 'tombstone', because: 'undone' },
      })
    })

    test('does not expire', () => {
      expect(ownUndo(done, late)).toEqual({ do: 'reverse', result })
      expect(ownUndo({ state: 'none' }, late)).toMatchObject({ do: 'commit' })
    })

    test('goes to the desk when what it should undo may have been forgotten', () => {
      expect(ownUndo({ state: 'none' }, ancient)).toMatchObject({ do: 'give-up', code: 'before-horizon' })
    })

    test('reverses what was done, however old', () => {
      expect(ownUndo(done, ancient)).toEqual({ do: 'reverse', result })
    })

    test.each(['refused', 'tombstone', 'undone'] as const)('is answered at once over %s', (state) => {
      expect(ownUndo(records[state], terms)).toEqual(saysUndone)
    })
  })
})

describe('a participant with a partner', () => {
  const command = (record: Rec, at = terms, seen: Evidence<Intent, Result> = {}, knows = memory) =>
    partnerCommand(record, at, seen, knows)
  const undo = (record: Rec, at = terms, seen: Evidence<Intent, Result> = {}, knows = memory) =>
    partnerUndo(record, at, seen, knows)
  const succeeded = { outcome: { outcome: 'succeeded', result } } as const
  const refused = { outcome: { outcome: 'refused', reason } } as const

  describe('the command', () => {
    test('asks the domain first when nothing is recorded', () => {
      expect(command(records.none)).toEqual({ do: 'plan' })
    })

    test('records a refusal of the domain without calling', () => {
      expect(command(records.none, terms, { plan: { plan: 'refuse', reason } })).toEqual({
        do: 'commit',
        from: 'none',
        next: { state: 'refused', reason },
      })
    })

    test('opens an intent before it calls', () => {
      expect(command(records.none, terms, { plan: { plan: 'call', intent } })).toEqual({
        do: 'commit',
        from: 'none',
        next: { state: 'intent', intent, openedAt: now },
      })
    })

    test('is buried when it expired before anything was recorded', () => {
      expect(command(records.none, late, { plan: { plan: 'call', intent } })).toEqual({
        do: 'commit',
        from: 'none',
        next: { state: 'tombstone', because: 'expired' },
      })
    })

    test('goes to the desk when its record may have been forgotten', () => {
      expect(command(records.none, ancient)).toMatchObject({ do: 'give-up', code: 'before-horizon' })
    })

    test.each([terms, late, ancient])('calls again over an open intent, which never expires', (at) => {
      expect(command(records.intent, at)).toEqual({ do: 'call', intent })
    })

    test('commits a definite answer only over an open intent', () => {
      expect(command(records.intent, terms, succeeded)).toEqual({
        do: 'commit',
        from: 'intent',
        next: { state: 'done', intent, result },
      })
      expect(command(records.intent, terms, refused)).toEqual({
        do: 'commit',
        from: 'intent',
        next: { state: 'refused', reason },
      })
    })

    test('repeats the recorded answer when its result comes second', () => {
      expect(command(records.done, terms, refused)).toEqual(saysDone)
      expect(command(records.refused, terms, succeeded)).toEqual(says('declined'))
    })

    test.each(['undo-intent', 'undone', 'tombstone'] as const)('is refused by %s, whatever its result', (state) => {
      for (const seen of [{}, succeeded, refused]) expect(command(records[state], terms, seen)).toEqual(says('undone'))
    })

    test('says that it was too late when it met its own expiry', () => {
      expect(command(expiredTombstone)).toEqual(says('expired'))
    })
  })

  describe('the undo', () => {
    test('leaves a tombstone where it meets nothing', () => {
      expect(undo(records.none)).toEqual({
        do: 'commit',
        from: 'none',
        next: { state: 'tombstone', because: 'undone' },
      })
    })

    test('goes to the desk when what it should undo may have been forgotten', () => {
      expect(undo(records.none, ancient)).toMatchObject({ do: 'give-up', code: 'before-horizon' })
    })

    test('closes an open intent to results and keeps its age', () => {
      expect(undo(records.intent)).toEqual({
        do: 'commit',
        from: 'intent',
        next: { state: 'undo-intent', intent, openedAt: records.intent.openedAt },
      })
    })

    test('keeps the result of what was done', () => {
      expect(undo(records.done)).toEqual({
        do: 'commit',
        from: 'done',
        next: { state: 'undo-intent', intent, openedAt: now, result },
      })
    })

    test('repeats the original call until the answer is definite', () => {
      expect(undo(records['undo-intent'])).toEqual({ do: 'call', intent })
    })

    test('reverses a success before it says undone', () => {
      expect(undo(records['undo-intent'], terms, succeeded)).toEqual({ do: 'reverse', intent, result })
      expect(undo(records['undo-intent'], terms, { ...succeeded, reversed: true })).toEqual({
        do: 'commit',
        from: 'undo-intent',
        next: { state: 'undone' },
      })
    })

    test('says that the partner keeps it, and writes nothing, so that it can be asked again', () => {
      const kept = { code: 'collected', message: 'It is on its way.' }
      expect(undo(records['undo-intent'], terms, { ...succeeded, kept })).toEqual({
        do: 'reply',
        answer: { says: 'undo-refused', reason: kept },
      })
      const known = { ...records['undo-intent'], result }
      expect(undo(known, terms, { kept })).toMatchObject({ do: 'reply' })
      expect(undo(known)).toEqual({ do: 'reverse', intent, result })
    })

    test('has nothing to reverse when the partner refused', () => {
      expect(undo(records['undo-intent'], terms, refused)).toMatchObject({ do: 'commit', next: { state: 'undone' } })
    })

    test('reverses a known result without calling again', () => {
      expect(undo({ ...records['undo-intent'], result })).toEqual({ do: 'reverse', intent, result })
    })

    test.each([late, ancient])('does not expire over a record', (at) => {
      expect(undo(records['undo-intent'], at)).toEqual({ do: 'call', intent })
    })

    test.each(['refused', 'undone', 'tombstone'] as const)('is answered at once over %s', (state) => {
      expect(undo(records[state])).toEqual(saysUndone)
    })
  })

  describe.each([
    ['the command', partnerCommand, records.intent],
    ['the undo', partnerUndo, records['undo-intent']],
  ] as const)('the partner’s memory for keys, %s', (_, column, open) => {
    const old = { ...open, openedAt: forgotten }

    test('allows no call that could end after it', () => {
      const lastSafe = { ...open, openedAt: forgotten + memory.callTakes + 1 }
      expect(column(lastSafe, terms, {}, memory)).toEqual({ do: 'call', intent })
      expect(column({ ...lastSafe, openedAt: lastSafe.openedAt - 1 }, terms, {}, memory)).toMatchObject({
        do: 'give-up',
      })
    })

    test('is followed by a look-up where the partner offers one', () => {
      expect(column(old, terms, {}, finding)).toEqual({ do: 'find', intent })
    })

    test('is followed by a person where it does not, or where nothing is found', () => {
      expect(column(old, terms, {}, memory)).toMatchObject({ do: 'give-up', code: 'key-forgotten' })
      expect(column(old, terms, { notFound: true }, finding)).toMatchObject({
        do: 'give-up',
        message: expect.stringContaining(terms.commandId),
      })
    })

    test('does not matter once an answer is known', () => {
      expect(column(old, terms, refused, memory)).toMatchObject({ do: 'commit' })
    })
  })
})

describe('every column', () => {
  const columns = { partnerCommand, partnerUndo }
  const evidence: Evidence<Intent, Result>[] = [
    {},
    { plan: { plan: 'call', intent } },
    { plan: { plan: 'refuse', reason } },
    { outcome: { outcome: 'succeeded', result } },
    { outcome: { outcome: 'refused', reason } },
    { outcome: { outcome: 'succeeded', result }, reversed: true },
    { outcome: { outcome: 'succeeded', result }, kept: reason },
    { notFound: true },
  ]
  const every = Object.values(columns).flatMap((column) =>
    Object.values(records).flatMap((record) =>
      [terms, late, ancient].flatMap((at) =>
        evidence.map((seen) => ({ record, decision: column(record, at, seen, memory) })),
      ),
    ),
  )

  test('decides in every state, at every time, on any evidence', () => {
    expect(every).toHaveLength(2 * 7 * 3 * 8)
    for (const { decision } of every) expect(decision).toHaveProperty('do')
  })

  test('commits only from the state that it looked at, and always to another', () => {
    for (const { record, decision } of every) {
      if (decision.do !== 'commit') continue
      expect(decision.from).toBe(record.state)
      expect(decision.next.state).not.toBe(record.state)
    }
  })

  test('calls a partner only over an open intent', () => {
    for (const { record, decision } of every) {
      if (['call', 'find'].includes(decision.do)) expect(['intent', 'undo-intent']).toContain(record.state)
      if (decision.do === 'reverse') expect(record.state).toBe('undo-intent')
    }
  })
})
