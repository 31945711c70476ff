import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { Books } from '../../functions/partners/books.ts'

/** What a partner's books promise, whatever keeps them: the same tests for the fake and for the real thing. */
export const booksSuite = (name: string, open: () => Books) => {
  const entry = (label: string, revision = 1, more: object = {}) => ({
    key: `${label}`,
    type: 'thing',
    revision,
    ...more,
  })
  const fresh = () => {
    const run = randomBytes(6).toString('hex')
    return { books: open(), key: (label: string) => `${label}#${run}` }
  }

  describe(`${name}: a partner’s books`, () => {
    test('give back what was added, and nothing for what was not', async () => {
      const { books, key } = fresh()
      expect(await books.write([{ add: entry(key('a'), 1, { amount: 5 }) }])).toBe(true)
      const found = await books.read([key('a'), key('b')])
      expect([...found]).toEqual([[key('a'), entry(key('a'), 1, { amount: 5 })]])
    })

    test('add nothing twice', async () => {
      const { books, key } = fresh()
      await books.write([{ add: entry(key('a')) }])
      expect(await books.write([{ add: entry(key('a'), 1, { other: true }) }])).toBe(false)
      expect((await books.read([key('a')])).get(key('a'))).toEqual(entry(key('a')))
    })

    test('change an entry only from the revision before', async () => {
      const { books, key } = fresh()
      await books.write([{ add: entry(key('a')) }])
      expect(await books.write([{ change: entry(key('a'), 3) }])).toBe(false)
      expect(await books.write([{ change: entry(key('a'), 2) }])).toBe(true)
      expect(await books.write([{ change: entry(key('a'), 2) }])).toBe(false)
      expect(await books.write([{ change: entry(key('none'), 2) }])).toBe(false)
      expect((await books.read([key('a')])).get(key('a'))?.revision).toBe(2)
    })

    test('write all or nothing', async () => {
      const { books, key } = fresh()
      await books.write([{ add: entry(key('a')) }])
      const writes = [{ add: entry(key('b')) }, { change: entry(key('a'), 5) }, { add: entry(key('c')) }]
      expect(await books.write(writes)).toBe(false)
      expect((await books.read([key('b'), key('c')])).size).toBe(0)
    })

    test('let one of twenty win', async () => {
      const { books, key } = fresh()
      const won = await Promise.all(
        Array.from({ length: 20 }, (_, who) =>
          books.write([{ add: entry(key('a'), 1, { who }) }, { add: entry(key(`own ${who}`)) }]),
        ),
      )
      expect(won.filter(Boolean)).toHaveLength(1)
      const found = await books.read([key('a'), ...won.map((_, who) => key(`own ${who}`))])
      expect(found.size).toBe(2)
      expect(found.get(key('a'))).toMatchObject({ who: won.indexOf(true) })
    })

    test('count for each key, without losing one', async () => {
      const { books, key } = fresh()
      const counts = await Promise.all(Array.from({ length: 10 }, () => books.count(key('a'), 2_000_000_000)))
      expect(counts.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
      expect(await books.count(key('b'), 2_000_000_000)).toBe(1)
    })
  })
}
