import { describe, expect, test } from 'vitest'
import { measureOpen } from '../../../functions/recovery/measured.ts'
import { memoryMeter } from '../../../reactive/metering.ts'
import { iso } from '../../../reactive/time.ts'

const now = Date.UTC(2026, 0, 5)
const ago = (seconds: number) => iso(now - seconds * 1_000)

const measured = (groups: Parameters<typeof measureOpen>[0], ...firsts: string[]) => {
  const { measure, taken } = memoryMeter('/recovery')
  measureOpen(groups, firsts, now, measure)
  return Object.fromEntries(taken.map(({ name, value, dimensions }) => [dimensions.class ?? name, value]))
}

describe('what is open on the desk', () => {
  test('is counted by class, and is as old as the oldest of it', () => {
    expect(
      measured(
        [
          { class: 'transient', open: 3 },
          { class: 'transient', open: 2 },
          { class: 'poison', open: 1 },
        ],
        ...[ago(30), ago(90), ago(10)],
      ),
    ).toEqual({ transient: 5, poison: 1, permanent: 0, expired: 0, unknown: 0, OldestFailure: 90 })
  })

  test('does not count what is on its way back', () => {
    expect(measured([{ class: 'permanent', open: 0 }])).toMatchObject({ permanent: 0, OldestFailure: 0 })
  })

  test('is a number of each class when nothing is', () => {
    expect(measured([])).toEqual({ transient: 0, poison: 0, permanent: 0, expired: 0, unknown: 0, OldestFailure: 0 })
  })
})
