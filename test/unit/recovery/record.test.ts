import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { beginRedrive, completeRedrive } from '../../../functions/recovery/acts.ts'
import { fingerprintOf as fingerprint, normalise } from '../../../functions/recovery/fingerprint.ts'
import {
  type Arrival,
  attemptsKept,
  type DeskRecord,
  type Failure,
  recordIdOf,
  takeIn,
} from '../../../functions/recovery/record.ts'
import { anArrival } from './arrivals.ts'

const at = (second: number) => `2026-11-01T10:00:${String(second).padStart(2, '0')}.000Z`
const act = { actId: 'a-1', by: 'olga', reason: 'stock repaired', at: at(30) }
const failures = (n: number) =>
  Array.from({ length: n }, (_, i) =>
    anArrival({ arrivalId: `m-${i}`, at: at(i), failure: { class: 'permanent', code: `c-${i}`, message: 'm' } }),
  )
const all = (arrivals: readonly Arrival[]): DeskRecord =>
  arrivals.reduce<DeskRecord | undefined>((record, one) => takeIn(record, one), undefined) as DeskRecord
const begun = (record: DeskRecord): DeskRecord => {
  const result = beginRedrive(record, act, at(59))
  if ('refused' in result) throw new Error(result.detail)
  return result
}

describe('the id of a record', () => {
  test('is the same for every failure of one message on one queue', () => {
    const again = anArrival({ arrivalId: 'm-9', failure: { class: 'unknown', code: 'other', message: 'other' } })
    expect(recordIdOf(again)).toBe(recordIdOf(anArrival()))
  })

  test('differs from queue to queue: one event fails for each subscriber by itself', () => {
    expect(recordIdOf(anArrival({ origin: 'neverstop-local-ordering-events' }))).not.toBe(recordIdOf(anArrival()))
  })

  test('of bytes follows from the bytes', () => {
    const bytes = (base64: string) => recordIdOf(anArrival({ identity: null, payload: { kind: 'bytes', base64 } }))
    expect(bytes('aGVsbG8=')).toBe(bytes('aGVsbG8='))
    expect(bytes('aGVsbG8=')).not.toBe(bytes('aGVsbG9v'))
  })

  test('is short and safe in a path', () => {
    expect(recordIdOf(anArrival())).toMatch(/^f_[a-z2-7]{26}$/)
  })
})

describe('taking in', () => {
  test('opens a record with the failure, the payload and one attempt', () => {
    expect(takeIn(undefined, anArrival())).toMatchObject({
      version: 1,
      status: 'open',
      count: 1,
      firstSeen: at(1),
      lastSeen: at(1),
      failure: { code: 'damaged-stock-record' },
      attempts: [{ arrivalId: 'm-1', class: 'permanent', receives: 1 }],
      history: [],
    })
  })

  test('ignores an arrival that it already knows', () => {
    const record = all(failures(3))
    expect(takeIn(record, failures(3)[1]!)).toBe(record)
  })

  test('counts each failure of the same message and shows the newest', () => {
    expect(all(failures(3))).toMatchObject({ count: 3, failure: { code: 'c-2' }, firstSeen: at(0), lastSeen: at(2) })
  })

  test('in any order, with any repetition, ends in the same record', () => {
    const arrivals = failures(6)
    const { arrivals: _, ...expected } = all(arrivals)
    fc.assert(
      fc.property(
        fc.shuffledSubarray(arrivals, { minLength: 6 }),
        fc.array(fc.constantFrom(...arrivals), { maxLength: 6 }),
        (shuffled, repeated) => {
          const { arrivals: _, ...record } = all([...shuffled, ...repeated])
          expect(record).toEqual(expected)
        },
      ),
    )
  })

  test('of more failures than it remembers one by one still counts each once, in any order', () => {
    const arrivals = Array.from({ length: 60 }, (_, i) =>
      anArrival({ arrivalId: `m-${i}`, at: at(i), failure: { class: 'transient', code: `c-${i}`, message: 'm' } }),
    )
    const { arrivals: _, ...expected } = all(arrivals)
    fc.assert(
      fc.property(
        fc.shuffledSubarray(arrivals, { minLength: 60 }),
        fc.array(fc.constantFrom(...arrivals), { maxLength: 60 }),
        (shuffled, repeated) => {
          const { arrivals: known, ...record } = all([...shuffled, ...repeated])
          expect(record).toEqual(expected)
          expect(known).toHaveLength(60)
        },
      ),
      { numRuns: 30 },
    )
  })

  test('remembers the code that gave it up and what its queue knew of its way', () => {
    const arrival = anArrival({ build: 'abc', sent: at(0), firstReceived: at(1) })
    expect(takeIn(undefined, arrival)).toMatchObject({
      build: 'abc',
      attempts: [{ build: 'abc', sent: at(0), firstReceived: at(1) }],
    })
  })

  test('of two failures at the same instant shows the same one whichever came first', () => {
    const one = anArrival({ arrivalId: 'm-a', failure: { class: 'permanent', code: 'a', message: 'a' } })
    const two = anArrival({ arrivalId: 'm-b', failure: { class: 'permanent', code: 'b', message: 'b' } })
    expect(all([one, two]).failure).toEqual(all([two, one]).failure)
  })

  test('keeps the newest attempts and counts all of them', () => {
    const record = all(failures(attemptsKept + 5))
    expect(record.count).toBe(attemptsKept + 5)
    expect(record.attempts).toHaveLength(attemptsKept)
    expect(record.attempts.at(-1)).toMatchObject({ arrivalId: `m-${attemptsKept + 4}` })
  })

  test('opens a record again that had been redriven', () => {
    const redriven = completeRedrive(begun(takeIn(undefined, anArrival())), 'a-1', at(31), at(59))
    expect(takeIn(redriven, anArrival({ arrivalId: 'm-2', at: at(40) }))).toMatchObject({ status: 'open', count: 2 })
  })

  test('opens it even when the consumer says that it failed before it was redriven: clocks differ', () => {
    const redriven = completeRedrive(begun(takeIn(undefined, anArrival())), 'a-1', at(31), at(59))
    expect(takeIn(redriven, anArrival({ arrivalId: 'm-2', at: at(29) })).status).toBe('open')
  })

  test('keeps who sent it back and why', () => {
    const redriven = completeRedrive(begun(takeIn(undefined, anArrival())), 'a-1', at(31), at(59))
    expect(takeIn(redriven, anArrival({ arrivalId: 'm-2' })).history).toMatchObject([
      { by: 'olga', reason: 'stock repaired', completedAt: at(31) },
    ])
  })
})

describe('redriving', () => {
  test('writes the intent with who and why before anything is sent', () => {
    expect(beginRedrive(takeIn(undefined, anArrival()), act, at(59))).toMatchObject({
      version: 2,
      status: 'redriving',
      history: [{ act: 'redrive', actId: 'a-1', by: 'olga', reason: 'stock repaired', at: at(30) }],
    })
  })

  test('ends as redriven once the message is on its queue', () => {
    expect(completeRedrive(begun(takeIn(undefined, anArrival())), 'a-1', at(31), at(59))).toMatchObject({
      version: 3,
      status: 'redriven',
      history: [{ completedAt: at(31) }],
    })
  })

  test('takes over an intent whose author died, without a second entry in the history', () => {
    const interrupted = begun(takeIn(undefined, anArrival()))
    expect(beginRedrive(interrupted, { ...act, actId: 'a-2', by: 'oleg' }, at(59))).toBe(interrupted)
  })

  test('refuses what is redriven already and has not come back', () => {
    const redriven = completeRedrive(begun(takeIn(undefined, anArrival())), 'a-1', at(31), at(59))
    expect(beginRedrive(redriven, act, at(59))).toMatchObject({ refused: 'already-redriven' })
  })

  test('refuses what came from no queue, and says where it was found', () => {
    const record = takeIn(
      undefined,
      anArrival({ origin: null, deadLetterQueue: 'neverstop-local-ordering-relay-dead' }),
    )
    const refusal = beginRedrive(record, act, at(59))
    expect(refusal).toMatchObject({ refused: 'no-origin' })
    expect(JSON.stringify(refusal)).toContain('neverstop-local-ordering-relay-dead')
  })

  test('leaves a record open that failed anew before the desk could write that it was sent', () => {
    const failedAnew = takeIn(begun(takeIn(undefined, anArrival())), anArrival({ arrivalId: 'm-2', at: at(31) }))
    expect(completeRedrive(failedAnew, 'a-1', at(32), at(59))).toMatchObject({
      status: 'open',
      history: [{ completedAt: at(32) }],
    })
  })

  test('is possible again after it came back', () => {
    const back = takeIn(
      completeRedrive(begun(takeIn(undefined, anArrival())), 'a-1', at(31), at(59)),
      anArrival({ arrivalId: 'm-2' }),
    )
    expect(beginRedrive(back, { ...act, actId: 'a-2' }, at(59))).toMatchObject({
      status: 'redriving',
      history: [{}, { actId: 'a-2' }],
    })
  })
})

describe('the fingerprint', () => {
  const fingerprintOf = (failure: Failure, type: string | null, consumer: string | null = null) =>
    fingerprint(failure, type, consumer)

  test('differs from consumer to consumer', () => {
    const same = { class: 'permanent', code: 'c', message: 'm' } as const
    expect(fingerprintOf(same, 't', '/payments')).not.toBe(fingerprintOf(same, 't', '/shipping'))
  })

  const failure = { class: 'permanent', code: 'damaged-stock-record' } as const

  test('is the same for the same cause with other orders, amounts, times and values', () => {
    const one = { ...failure, message: "ord_aaaaaaaaaaaaaaaaaaaaaaaaaa: 'TEA-01' has 12 at 2026-11-01T10:00:00.000Z" }
    const two = { ...failure, message: "ord_bbbbbbbbbbbbbbbbbbbbbbbbbb: 'MUG-77' has 7 at 2026-11-02T11:30:00.123Z" }
    expect(fingerprintOf(one, 't')).toBe(fingerprintOf(two, 't'))
  })

  test.each([
    ['class', { ...failure, class: 'transient' as const, message: 'm' }, 't'],
    ['code', { ...failure, code: 'other', message: 'm' }, 't'],
    ['message', { ...failure, message: 'n' }, 't'],
    ['contract', { ...failure, message: 'm' }, 'u'],
  ])('differs when the %s differs', (_what, other, type) => {
    expect(fingerprintOf(other, type)).not.toBe(fingerprintOf({ ...failure, message: 'm' }, 't'))
  })

  test.each([
    ['an uuid', 'request 3f2504e0-4f89-11d3-9a0c-0305e82c3301 failed', 'request <id> failed'],
    ['a hash', 'image 9f86d081884c7d65 is bad', 'image <id> is bad'],
    ['a word of hexadecimal letters', 'the facade defaced', 'the facade defaced'],
    ['white space', 'two\n   lines', 'two lines'],
    ['a saga id', 'fulfil-order:ord_aaaaaaaaaaaaaaaa/capture/do/2', 'fulfil-order:<order>/capture/do/<n>'],
  ])('normalises %s', (_what, message, expected) => {
    expect(normalise(message)).toBe(expected)
  })
})
