import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { iso } from '../../../reactive/time.ts'
import { type Line, positionOf } from '../../../sagas/operators/note.ts'
import { fromCursor, mergePages, toCursor } from '../../../sagas/operators/page.ts'
import { start } from '../../support/sagas.ts'

const lineAt = (second: number, id = `a:${second}`) => ({ sagaId: id, startedAt: iso(start + second * 1_000) }) as Line
const shown = ({ lines }: { lines: readonly Line[] }) => lines.map(({ sagaId }) => sagaId)

describe('a page of several keys', () => {
  test('is the newest of all of them', () => {
    const page = mergePages([{ found: [lineAt(9), lineAt(2)] }, { found: [lineAt(5)] }], 2)
    expect(shown(page)).toEqual(['a:9', 'a:5'])
    expect(page.next).toBe(positionOf(lineAt(5)))
  })

  test('is the last one when everything was read and shown', () => {
    expect(mergePages([{ found: [lineAt(1)] }, { found: [] }], 1)).toEqual({ lines: [lineAt(1)] })
  })

  test('shows nothing older than where one of them was left', () => {
    const readTo = positionOf(lineAt(4))
    const page = mergePages([{ found: [lineAt(9)], readTo }, { found: [lineAt(5), lineAt(3)] }], 10)
    expect(shown(page)).toEqual(['a:9', 'a:5'])
    expect(page.next).toBe(readTo)
  })

  test('needs not go on in a key that already fills it', () => {
    const readTo = positionOf(lineAt(7))
    const page = mergePages([{ found: [lineAt(9), lineAt(8), lineAt(7)], readTo }, { found: [lineAt(6)] }], 2)
    expect(page).toEqual({ lines: [lineAt(9), lineAt(8)], next: positionOf(lineAt(8)) })
  })

  test('page after page shows everything once, in order, however little is read at a time', () => {
    const keys = fc.array(fc.uniqueArray(fc.nat(60), { maxLength: 12 }), { minLength: 1, maxLength: 4 })
    fc.assert(
      fc.property(keys, fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 4 }), (seconds, limit, step) => {
        const all = seconds.map((its, key) =>
          its
            .map((second) => lineAt(second, `k${key}:${second}`))
            .toSorted((a, b) => (positionOf(a) > positionOf(b) ? -1 : 1)),
        )
        const seen: string[] = []
        let before: string | undefined
        for (let page = 0; page < 500; page++) {
          const parts = all.map((lines) => {
            const left = lines.filter((line) => before === undefined || positionOf(line) < before)
            const found = left.slice(0, step)
            return { found, ...(left.length > step ? { readTo: positionOf(found.at(-1)!) } : {}) }
          })
          const { lines, next } = mergePages(parts, limit)
          seen.push(...lines.map(positionOf))
          if (next === undefined) break
          before = next
        }
        expect(seen).toEqual(all.flat().map(positionOf).toSorted().reverse())
      }),
    )
  })
})

describe('a cursor', () => {
  const position = positionOf(lineAt(3, 'fulfil-order:ord_0123456789abcdef'))

  test('comes back as the position that it was made of', () => expect(fromCursor(toCursor(position))).toBe(position))

  test.each([
    'x',
    '',
    Buffer.from('v1/somewhere').toString('base64url'),
    Buffer.from(`v2/${position}`).toString('base64url'),
    Buffer.from(`v1/${position}/more`).toString('base64url'),
    `${toCursor(position)}=`,
  ])('%j is none', (word) => expect(fromCursor(word)).toBeUndefined())
})
