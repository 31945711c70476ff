import { describe, expect, test } from 'vitest'
import { measureOpen } from '../../../functions/recovery/measured.ts'
import { memoryMeter } from '../../../reactive/metering.ts'
import { iso } from '../../../reactive/time.ts'

const now = Date.UTC(2026, 0, 5)
const ago = (seconds: number) => iso(now - seconds * 1_000)

const measured = (...groups: Parameters<typeof measureOpen>[0]) => {
  const { measure, taken } = memoryMeter('/recovery')
  measureOpen(groups, now, measure)
  return Object.fromEntries(taken.map(({ name, value, dimensions }) => [dimensions.class ?? name, value]))
}

describe('what is open on the desk', () => {
  test('is counted by class', () => {
    expect(
      measured(
        { class: 'transient', open: 3, firstSeen: ago(30) },
        { class: 'transient', open: 2, firstSeen: ago(90) },
        { class: 'poison', open: 1, firstSeen: ago(10) },
      ),
    ).toEqual({ transient: 5, poison: 1, permanent: 0, expired: 0, unknown: 0, OldestFailure: 90 })
  })

  test('does not count what is on its way back', () => {
    expect(measured({ class: 'permanent', open: 0, firstSeen: ago(500) })).toMatchObject({
      permanent: 0,
      OldestFailure: 0,
    })
  })

  test('is a number of each class when nothing is', () => {
    expect(measured()).toEqual({ transient: 0, poison: 0, permanent: 0, expired: 0, unknown: 0, OldestFailure: 0 })
  })
})
