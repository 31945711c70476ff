import { randomBytes } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { iso, minutes } from '../../reactive/time.ts'
import type { Filter, HistoryStore } from '../../sagas/operators/history-store.ts'
import { type Line, type Note, noteOf, positionOf } from '../../sagas/operators/note.ts'
import { fulfilOrderV1 } from '../../sagas/retired/fulfil-order-v1.ts'
import { life, type Said, start } from './sagas.ts'

const newOrder = () => `ord_${randomBytes(10).toString('hex')}`
const notesOf = (script: readonly Said[], options: Parameters<typeof life>[1] = {}): readonly Note[] =>
  life(script, { subject: newOrder(), ...options }).changes.flatMap((change) => noteOf([fulfilOrderV1], change) ?? [])

/** What every history promises, whatever keeps it. */
export const historySuite = (name: string, open: () => HistoryStore) =>
  describe(name, () => {
    const all = async (store: HistoryStore, filter: Filter, limit = 3): Promise<Line[]> => {
      const seen: Line[] = []
      let before: string | undefined
      do {
        const page = await store.page({ ...filter, limit, before })
        expect(page.lines.length).toBeLessThanOrEqual(limit)
        seen.push(...page.lines)
        before = page.next
      } while (before !== undefined)
      return seen
    }
    /** A tenant that no other test has, so that a shared table shows this test's sagas alone. */
    const tenantOf = (notes: readonly Note[], tenant: string): readonly Note[] =>
      notes.map(({ advance, line }) => ({ advance, line: { ...line, tenant } }))

    test('tells the commits of a saga in order, each once, in whatever order and however often they came', async () => {
      const store = open()
      const notes = notesOf(['done', 'done', 'refused', 'done', 'done', 'done'])
      const sagaId = notes[0]!.line.sagaId
      await store.note([...notes].reverse())
      await store.note([notes[1]!, notes[1]!, notes[0]!])
      expect((await store.history(sagaId)).map(({ revision }) => revision)).toEqual(
        notes.map(({ advance }) => advance.revision),
      )
      expect(await store.history('fulfil-order:nobody')).toEqual([])
      expect(await store.line(sagaId)).toEqual(notes.at(-1)!.line)
      expect(await store.line('fulfil-order:nobody')).toBeUndefined()
    })

    test('takes more than one call can write', async () => {
      const store = open()
      const many = Array.from({ length: 9 }, () => notesOf(['done', 'done', 'done']))
      await store.note(many.flat())
      for (const notes of many) expect(await store.history(notes[0]!.line.sagaId)).toHaveLength(notes.length)
    })

    test('shows a saga as its highest revision left it, however late the others come', async () => {
      const store = open()
      const tenant = `t-${randomBytes(6).toString('hex')}`
      const notes = tenantOf(notesOf(['done', 'refused', 'done', 'done']), tenant)
      for (const index of [2, 0, 4, 1, 3, 4, 0]) await store.note([notes[index]!])
      expect(await all(store, { tenant })).toMatchObject([
        { state: 'undone', failedStep: 'authorise-payment', seen: 5 },
      ])
      expect(await all(store, { tenant, state: 'unfinished' })).toEqual([])
    })

    test('moves a saga from what has not ended to what has', async () => {
      const store = open()
      const tenant = `t-${randomBytes(6).toString('hex')}`
      const notes = tenantOf(notesOf(['done', 'done', 'done', 'done', 'done']), tenant)
      await store.note(notes.slice(0, 3))
      expect(await all(store, { tenant, state: 'unfinished' })).toMatchObject([{ state: 'forward' }])
      expect(await all(store, { tenant, state: 'ended' })).toEqual([])
      await store.note(notes.slice(3))
      expect(await all(store, { tenant, state: 'unfinished' })).toEqual([])
      expect(await all(store, { tenant, state: 'done' })).toMatchObject([{ state: 'done' }])
    })

    test('lists the newest first, page by page, each once', async () => {
      const store = open()
      const tenant = `t-${randomBytes(6).toString('hex')}`
      const lines: Line[] = []
      for (let index = 0; index < 10; index++) {
        const script: Said[] = index % 2 === 0 ? ['done'] : ['refused', 'done']
        const notes = tenantOf(notesOf(script, { from: start + minutes(index) }), tenant)
        await store.note(notes)
        lines.push(notes.at(-1)!.line)
      }
      const positions = lines.map(positionOf).toSorted().reverse()
      for (const limit of [1, 3, 10, 50])
        expect((await all(store, { tenant }, limit)).map(positionOf)).toEqual(positions)
    })

    test('finds what a filter means, and nothing else', async () => {
      const store = open()
      const tenant = `t-${randomBytes(6).toString('hex')}`
      const scripts: Said[][] = [['done'], ['silence'], ['done', 'refused'], ['refused', 'done'], ['done', 'cancel']]
      const kept: Line[] = []
      for (const [index, script] of scripts.entries()) {
        const notes = tenantOf(notesOf(script, { from: start + minutes(index) }), tenant)
        await store.note(notes)
        kept.push(notes.at(-1)!.line)
      }
      const found = async (filter: Filter) =>
        (await all(store, { tenant, ...filter })).map(({ sagaId }) => sagaId).toSorted()
      const meant = (keep: (line: Line) => boolean) =>
        kept
          .filter(keep)
          .map(({ sagaId }) => sagaId)
          .toSorted()

      expect(await found({ state: 'compensating' })).toEqual(meant(({ state }) => state === 'compensating'))
      expect(await found({ failedStep: 'reserve-stock' })).toEqual(meant((line) => line.failedStep === 'reserve-stock'))
      expect(await found({ definition: 'fulfil-order', version: fulfilOrderV1.version })).toHaveLength(5)
      expect(await found({ definition: 'refund-order' })).toEqual([])
      const third = iso(start + minutes(2))
      expect(await found({ startedBefore: third })).toEqual(meant(({ startedAt }) => startedAt < third))
      const [first] = kept.flatMap(({ dueAt }) => dueAt ?? []).toSorted((a, b) => a - b)
      expect(await found({ dueBefore: first! + 1, state: 'unfinished' })).toEqual(
        meant(({ dueAt, state }) => dueAt !== undefined && dueAt <= first! && state !== 'undone'),
      )
      expect((await found({ state: 'compensating' })).length).toBeGreaterThan(0)
      expect((await found({ failedStep: 'reserve-stock' })).length).toBeGreaterThan(1)
    })

    test('counts what has not ended, by version', async () => {
      const store = open()
      const goesForward = ({ definition, version, state }: Pick<Line, 'definition' | 'version' | 'state'>) =>
        definition === 'fulfil-order' && version === 1 && state === 'forward'
      const before = await store.unfinished()
      await store.note([...notesOf(['done']), ...notesOf(['refused', 'done']), ...notesOf([])])
      const unfinished = await store.unfinished()
      expect(unfinished.length).toBe(before.length + 2)
      expect(unfinished.filter(goesForward).length).toBe(before.filter(goesForward).length + 2)
    })
  })
