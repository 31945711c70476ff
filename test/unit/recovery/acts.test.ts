import { describe, expect, test } from 'vitest'
import {
  type ActRefusal,
  beginDiscard,
  beginRedrive,
  completeDiscard,
  completeRedrive,
  edit,
  isStranded,
  lapse,
  noteHandled,
  noteView,
} from '../../../functions/recovery/acts.ts'
import { type DeskRecord, takeIn } from '../../../functions/recovery/record.ts'
import { anArrival, command } from './arrivals.ts'

const at = (second: number) => `2026-11-01T10:00:${String(second).padStart(2, '0')}.000Z`
const doing = (actId: string, second = 30) => ({ actId, by: 'olga', reason: 'stock repaired', at: at(second) })
const failed = takeIn(undefined, anArrival())
const failedAgain = (record: DeskRecord, second = 40) =>
  takeIn(record, anArrival({ arrivalId: `m-${second}`, at: at(second) }))

const taken = (result: DeskRecord | ActRefusal): DeskRecord => {
  if ('refused' in result) throw new Error(result.detail)
  return result
}
const redriving = (record = failed, actId = 'a-1') => taken(beginRedrive(record, doing(actId), at(50)))
const redriven = (record = failed, actId = 'a-1') => completeRedrive(redriving(record, actId), actId, at(31), at(55))
const refusedOf = (result: DeskRecord | ActRefusal) => ('refused' in result ? result.refused : undefined)

describe('the news that a message was handled', () => {
  test('settles its record for good', () => {
    const record = noteHandled(redriven(), 'a-1', at(33))
    expect(record).toMatchObject({ status: 'handled', history: [{ outcome: 'handled', outcomeAt: at(33) }] })
    expect(record).not.toHaveProperty('leaseUntil')
  })

  test('may come before the desk has written that it was sent', () => {
    const handled = noteHandled(redriving(), 'a-1', at(33))
    expect(handled.status).toBe('handled')
    expect(completeRedrive(handled, 'a-1', at(34), at(59))).toMatchObject({
      status: 'handled',
      history: [{ completedAt: at(34), outcome: 'handled' }],
    })
  })

  test('counts even when another copy failed in between: the work of that id is done', () => {
    expect(noteHandled(failedAgain(redriven()), 'a-1', at(45))).toMatchObject({
      status: 'handled',
      history: [{ outcome: 'handled' }],
    })
  })

  test('of an act that another has followed is written to that act and settles nothing', () => {
    const second = redriven(failedAgain(redriven()), 'a-2')
    expect(noteHandled(second, 'a-1', at(45))).toMatchObject({
      status: 'redriven',
      history: [{ actId: 'a-1', outcome: 'handled' }, { actId: 'a-2' }],
    })
  })

  test('told twice changes nothing the second time', () => {
    const once = noteHandled(redriven(), 'a-1', at(33))
    expect(noteHandled(once, 'a-1', at(34))).toBe(once)
  })

  test('of an act that nobody did changes nothing', () => {
    const record = redriven()
    expect(noteHandled(record, 'a-9', at(33))).toBe(record)
  })

  test('never revives what was discarded', () => {
    const discarded = completeDiscard(
      taken(beginDiscard(failedAgain(redriven()), { ...doing('d'), erase: false, answer: 'none' })),
      at(41),
    )
    expect(noteHandled(discarded, 'a-1', at(45)).status).toBe('discarded')
  })
})

describe('coming back', () => {
  test('is the outcome of the redrive that is still open', () => {
    expect(failedAgain(redriven())).toMatchObject({
      status: 'open',
      history: [{ outcome: 'failed', outcomeAt: at(40) }],
    })
  })

  test('after it was handled opens the record again: nothing that fails may look settled', () => {
    expect(failedAgain(noteHandled(redriven(), 'a-1', at(33)))).toMatchObject({
      status: 'open',
      history: [{ outcome: 'handled' }],
    })
  })
})

describe('the completion of a redrive', () => {
  test('that somebody else has completed leaves their lease, so that the message is not under way for ever', () => {
    const record = redriven()
    const late = completeRedrive(record, 'a-1', at(33), at(59))
    expect(late).toMatchObject({ status: 'redriven', leaseUntil: at(55), history: [{ completedAt: at(31) }] })
    expect(lapse(late, at(56)).status).toBe('open')
  })

  test('that comes when the message has failed anew and goes back again says nothing of the second time', () => {
    const again = redriving(failedAgain(redriving()), 'a-2')
    const late = completeRedrive(again, 'a-1', at(51), at(59))
    expect(late).toMatchObject({
      status: 'redriving',
      leaseUntil: at(50),
      history: [{ actId: 'a-1', completedAt: at(51) }, { actId: 'a-2' }],
    })
    expect(isStranded(late, at(51))).toBe(true)
    expect(completeRedrive(completeRedrive(again, 'a-2', at(51), at(57)), 'a-1', at(52), at(59))).toMatchObject({
      status: 'redriven',
      leaseUntil: at(57),
    })
  })
})

describe('the lease', () => {
  test('of a message sent back ends in an open record when nobody says what became of it', () => {
    expect(lapse(redriven(), at(56))).toMatchObject({
      status: 'open',
      history: [{ outcome: 'unobserved', outcomeAt: at(56) }],
    })
  })

  test('is believed until it ends', () => {
    const record = redriven()
    expect(lapse(record, at(54))).toBe(record)
    expect(isStranded(redriving(), at(49))).toBe(false)
    expect(isStranded(redriving(), at(50))).toBe(true)
  })

  test.each([
    ['open', failed],
    ['handled', noteHandled(redriven(), 'a-1', at(33))],
    ['redriving', redriving()],
  ])('is no matter of a record that is %s', (_, record) => expect(lapse(record, at(59))).toBe(record))
})

describe('an edit', () => {
  const payload = { kind: 'envelope', text: '{"mended":true}' } as const
  const identity = failed.identity!
  const act = (id: string) => ({
    ...doing(id),
    patch: [{ op: 'replace' as const, path: '/data/lines/0/quantity', value: 1 }],
  })
  const edited = taken(edit(failed, act('e-1'), payload, identity))

  test('keeps what came, through a second edit, too', () => {
    expect(edited).toMatchObject({ payload, original: { text: JSON.stringify(command) }, status: 'open' })
    expect(taken(edit(edited, act('e-2'), { ...payload, text: '{}' }, identity)).original).toEqual(edited.original)
  })

  test('stays when the message fails anew', () => {
    expect(failedAgain(edited)).toMatchObject({ payload, original: edited.original })
  })

  test.each([
    ['on its way', redriving(), 'under-way'],
    ['sent', redriven(), 'under-way'],
    ['handled', noteHandled(redriven(), 'a-1', at(33)), 'already-handled'],
    [
      'about to be discarded',
      taken(beginDiscard(failed, { ...doing('d'), erase: true, answer: 'none' })),
      'discarding',
    ],
  ])('of a message that is %s is refused', (_, record, refused) => {
    expect(refusedOf(edit(record, act('e-1'), payload, identity))).toBe(refused)
  })
})

describe('a discard', () => {
  const begin = (erase: boolean, record = failed) =>
    taken(beginDiscard(record, { ...doing('d-1'), erase, answer: 'none' }))

  test('keeps the message, and says who, when and why', () => {
    expect(completeDiscard(begin(false), at(31))).toMatchObject({
      status: 'discarded',
      payload: failed.payload,
      history: [{ act: 'discard', by: 'olga', completedAt: at(31) }],
    })
  })

  test('that erases leaves nothing of what was said', () => {
    const edited = taken(
      edit(
        takeIn(failed, anArrival({ arrivalId: 'm-2', failure: { class: 'unknown', code: 'c', message: 'SECRET' } })),
        { ...doing('e'), patch: [{ op: 'add', path: '/data/x', value: 'SECRET' }] },
        { kind: 'envelope', text: '"SECRET"' },
        failed.identity!,
      ),
    )
    const erased = completeDiscard(begin(true, edited), at(31))
    expect(JSON.stringify(erased)).not.toContain('SECRET')
    expect(erased).toMatchObject({ payload: { kind: 'erased' }, failure: { message: 'erased' } })
    expect(refusedOf(beginRedrive({ ...erased, status: 'open' }, doing('a'), at(50)))).toBe('erased')
  })

  test('that somebody began is taken over, and completed once', () => {
    const begun = begin(false)
    expect(beginDiscard(begun, { ...doing('d-2'), erase: true, answer: 'none' })).toBe(begun)
    const done = completeDiscard(begun, at(31))
    expect(completeDiscard(done, at(32))).toBe(done)
    expect(refusedOf(beginDiscard(done, { ...doing('d-3'), erase: false, answer: 'none' }))).toBe('already-discarded')
    expect(refusedOf(beginRedrive(done, doing('a'), at(50)))).toBe('already-discarded')
  })

  test('does not keep a message out that fails again: it is a failure that nobody has decided about', () => {
    const back = failedAgain(completeDiscard(begin(true), at(31)))
    expect(back).toMatchObject({ status: 'open', payload: failed.payload, count: 2 })
  })
})

describe('the history', () => {
  test('has every sight of what is personal', () => {
    expect(noteView(failed, doing('v')).history).toMatchObject([{ act: 'view', by: 'olga', reason: 'stock repaired' }])
  })

  const seen = (record: DeskRecord, times: number) =>
    Array.from({ length: times }).reduce<DeskRecord>((now, _, index) => noteView(now, doing(`v-${index}`)), record)

  test('never forgets what something has still to come of', () => {
    const sent = seen(redriven(), 150)
    expect(sent.history).toHaveLength(100)
    expect(lapse(sent, at(56)).status).toBe('open')
    expect(lapse(sent, at(56)).history[0]).toMatchObject({ actId: 'a-1', outcome: 'unobserved' })
    expect(noteHandled(sent, 'a-1', at(33)).status).toBe('handled')
    const begun = seen(taken(beginDiscard(failed, { ...doing('d'), erase: true, answer: 'none' })), 150)
    expect(completeDiscard(begun, at(41))).toMatchObject({ status: 'discarded', forgotten: 51 })
  })

  test('keeps so much of what was edited that there is room for the next failure', () => {
    let record = failed
    for (let index = 0; index < 10; index++)
      record = taken(
        edit(
          record,
          { ...doing(`e-${index}`), patch: [{ op: 'replace', path: '/data/note', value: 'x'.repeat(30_000) }] },
          { kind: 'envelope', text: JSON.stringify(command) },
          failed.identity!,
        ),
      )
    expect(JSON.stringify(record.history).length).toBeLessThan(80_000)
    expect(record.history.map(({ patch }) => patch !== undefined)).toEqual([...Array(8).fill(false), true, true])
  })

  test('forgets the oldest when it is full, and says how many', () => {
    let record = failed
    for (let index = 0; index < 105; index++) record = noteView(record, doing(`v-${index}`))
    expect(record.history).toHaveLength(100)
    expect(record.history[0]!.actId).toBe('v-5')
    expect(record.forgotten).toBe(5)
    expect(failedAgain(record).forgotten).toBe(5)
  })
})
