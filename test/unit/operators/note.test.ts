import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PermanentError } from '../../../reactive/errors.ts'
import { fromIso, iso } from '../../../reactive/time.ts'
import { timings } from '../../../reactive/timing.ts'
import type { Running } from '../../../sagas/engine/state.ts'
import {
  advanceItem,
  historyRetention,
  type Line,
  lineItem,
  lineOf,
  type Note,
  newestLines,
  noteOf,
} from '../../../sagas/operators/note.ts'
import { fulfilOrderV1 } from '../../../sagas/retired/fulfil-order-v1.ts'
import { memoryHistory } from '../../support/memory-history.ts'
import { life, orderId, type Said, start } from '../../support/sagas.ts'

const definitions = [fulfilOrderV1]
const notesOf = (...script: readonly Said[]): readonly Note[] =>
  life(script).changes.map((change) => noteOf(definitions, change)!)
const lastLine = (...script: readonly Said[]): Line => notesOf(...script).at(-1)!.line

describe('a note of a commit', () => {
  test('has what the history tells and what lists show', () => {
    const [first] = notesOf()
    expect(first).toEqual({
      advance: {
        sagaId: `fulfil-order:${orderId}`,
        revision: 1,
        at: iso(start + 1_000),
        phase: 'running',
        mode: 'forward',
        changes: [
          { step: 'saga', to: 'started' },
          { step: 'reserve-stock', to: 'sent', attempt: 1 },
        ],
      },
      line: {
        sagaId: `fulfil-order:${orderId}`,
        seen: 1,
        definition: 'fulfil-order',
        version: fulfilOrderV1.version,
        subject: orderId,
        correlationId: orderId,
        state: 'forward',
        startedAt: iso(start + 1_000),
        updatedAt: iso(start + 1_000),
        dueAt: start + 1_000 + timings.standard.stepDeadline,
      },
    })
  })

  test('is not taken of a write that was no commit, nor of an expiry', () => {
    const [{ after }] = life([]).changes as [{ after: Record<string, unknown> }]
    expect(noteOf(definitions, { before: after, after: { ...after, wokenUntil: 1 } })).toBeUndefined()
    expect(noteOf(definitions, { before: after })).toBeUndefined()
  })

  test('cannot be taken of what is no saga, which is parked', () => {
    expect(() => noteOf(definitions, { after: { sagaId: 'x:y' } })).toThrow(PermanentError)
  })

  test('names steps by their number where the definition is not known here', () => {
    const change = life(['silence']).changes.at(-1)!
    expect(noteOf([], change)!.line.failedStep).toBe('step 1')
  })
})

describe('a line', () => {
  test.each<[string, Said[], Partial<Line>]>([
    ['on its way', ['done'], { state: 'forward' }],
    ['without an answer', ['done', 'silence'], { state: 'forward', failedStep: 'authorise-payment' }],
    ['refused', ['done', 'refused'], { state: 'compensating', failedStep: 'authorise-payment' }],
    ['turned back by its customer', ['done', 'cancel'], { state: 'compensating' }],
    ['confirmed', ['done', 'done', 'done', 'done', 'done'], { state: 'done' }],
    ['undone', ['done', 'refused', 'done', 'done'], { state: 'undone', failedStep: 'authorise-payment' }],
  ])('of a saga %s says so', (_, script, line) => {
    const { state, failedStep } = lastLine(...script)
    expect({ state, failedStep }).toEqual({ failedStep: undefined, ...line })
  })

  test('of a saga whose undo has failed is a case, whatever else is going on', () => {
    const { state } = life(['done', 'refused'])
    const running = state as Running
    const failed: Running = { ...running, steps: running.steps.with(0, { status: 'undo-failed', attempt: 1, asks: 0 }) }
    expect(lineOf(definitions, failed, undefined, iso(start))).toMatchObject({
      state: 'case',
      failedStep: 'reserve-stock',
    })
  })

  test('of a cancellation that came before its saga is early, and due at no time', () => {
    const { id, definition, version, subject, correlationId } = life([]).state
    const early = { id, definition, version, subject, correlationId, revision: 1, phase: 'early-cancel', heard: {} }
    const line = lineOf(definitions, early as never, undefined, iso(start))
    expect(line).toMatchObject({ state: 'early', startedAt: iso(start) })
    expect(line).not.toHaveProperty('dueAt')
  })

  test('keeps when and why of a saga that has ended and forgotten it', () => {
    const line = lastLine('done', 'refused', 'done', 'done')
    expect(line).toMatchObject({ startedAt: iso(start + 1_000), because: { code: 'declined' } })
    expect(line).not.toHaveProperty('dueAt')
  })

  test('of a saga that a person brought to its end names the step that was taken out', () => {
    const { id, definition, version, subject, correlationId } = life([]).state
    const acts = [{ id: 'a', verb: 'skip', step: 'reserve-stock', by: 'olga', reason: 'written off' }] as const
    const ended = {
      id,
      definition,
      version,
      subject,
      correlationId,
      revision: 9,
      acts,
      phase: 'ended',
      outcome: 'operator',
      endedAt: start,
    } as const
    expect(lineOf(definitions, ended, undefined, iso(start))).toMatchObject({
      state: 'operator',
      failedStep: 'reserve-stock',
    })
  })

  test('carries the tenant where there is one', () => {
    const state = { ...life([]).state, tenantId: 'acme' }
    expect(lineOf(definitions, state, undefined, iso(start)).tenant).toBe('acme')
  })
})

describe('what is stored', () => {
  test('lies spread, by state and by start', () => {
    const shards = new Set<string>()
    for (let index = 0; index < 300; index++) {
      const subject = `ord_${String(index).padStart(16, '0')}`
      const line = noteOf(definitions, life([], { subject }).changes[0]!)!.line
      const item = lineItem(line)
      shards.add(item.listShard)
      expect(item).toMatchObject({ revision: 0, position: `${line.startedAt}/fulfil-order:${subject}` })
    }
    expect(shards.size).toBe(16)
  })

  test('expires 90 days after it was written, a line only once its saga has ended', () => {
    const seconds = (at: string) => (fromIso(at) + historyRetention) / 1_000
    const { advance, line } = notesOf('done').at(-1)!
    expect(advanceItem(advance).expiresAt).toBe(seconds(advance.at))
    expect(lineItem(line)).not.toHaveProperty('expiresAt')
    const ended = lastLine('refused', 'done')
    expect(lineItem(ended)).toMatchObject({ expiresAt: seconds(ended.updatedAt), listShard: /^ended#/ })
  })

  test('outlives every message that it may have to explain', () => {
    for (const { horizon, sourceRetention, deadLetterRetention } of Object.values(timings))
      expect(historyRetention).toBeGreaterThan(horizon + sourceRetention + deadLetterRetention)
  })

  test('is in no message that a customer could be recognised by', () => {
    const stored = JSON.stringify(notesOf('done', 'done', 'refused', 'done', 'done', 'done'))
    for (const secret of ['alice', 'A. Reader', 'High Street', 'tok_ok']) expect(stored).not.toContain(secret)
  })
})

describe('notes, in whatever order and however often they come', () => {
  const word = fc.constantFrom<Said>('done', 'done', 'done', 'refused', 'cancel', 'wake', 'silence')
  const scripts = fc.array(fc.array(word, { maxLength: 12 }), { minLength: 1, maxLength: 3 })

  test('leave the same history and the same lists', async () => {
    await fc.assert(
      fc.asyncProperty(scripts, fc.infiniteStream(fc.nat()), fc.nat(4), async (lives, random, size) => {
        const notes = lives.flatMap((script, index) =>
          life(script, { subject: `ord_${String(index).padStart(16, '0')}` }).changes.map(
            (change) => noteOf(definitions, change)!,
          ),
        )
        const draws = random[Symbol.iterator]()
        const draw = () => draws.next().value as number
        const shuffled = [...notes, ...notes.filter(() => draw() % 3 === 0)]
          .map((note) => ({ note, at: draw() }))
          .toSorted((a, b) => a.at - b.at)
          .map(({ note }) => note)

        const [straight, crooked] = [memoryHistory(), memoryHistory()]
        await straight.note(notes)
        for (let from = 0; from < shuffled.length; from += size + 1)
          await crooked.note(shuffled.slice(from, from + size + 1))

        expect(new Map([...crooked.lines].toSorted())).toEqual(new Map([...straight.lines].toSorted()))
        for (const [sagaId, line] of straight.lines) {
          const history = await straight.history(sagaId)
          expect(await crooked.history(sagaId)).toEqual(history)
          // Nothing between the first commit and the one that the line shows is missing.
          expect(history.map(({ revision }) => revision)).toEqual(Array.from({ length: line.seen }, (_, n) => n + 1))
        }
      }),
      { numRuns: 200 },
    )
  })

  test('of one batch come down to the highest revision of each saga', () => {
    const notes = notesOf('done', 'done')
    expect(newestLines([notes[1]!, notes[2]!, notes[0]!])).toEqual([notes[2]!.line])
  })
})
