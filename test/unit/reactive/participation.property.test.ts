import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Message } from '../../../events/envelope.ts'
import type { CommandRecords } from '../../../reactive/command-records.ts'
import { PermanentError, TransientError } from '../../../reactive/errors.ts'
import { type Outcome, partnerCommand, partnerUndo } from '../../../reactive/participant.ts'
import { type Asked, type Part, type Partner, takePart } from '../../../reactive/participation.ts'
import { days, hours, minutes, seconds } from '../../../reactive/time.ts'
import { memoryCommandRecords } from '../../support/memory-command-records.ts'

/*
 * The production columns and the production shell against a world that duplicates, reorders, crashes and times out. A
 * history is a list of phases: deliveries that run at the same time, interleaved at every port by the scheduler, and then
 * a wait. What a port does is taken from a tape of faults. Each rule of the protocol has a switch that breaks it, and the
 * same property must then fail.
 */

type Intent = { readonly amount: number }
type Result = { readonly holdId: string }
type Columns = { readonly command: Part<Intent, Result>['column']; readonly undo: Part<Intent, Result>['column'] }

const horizon = days(30)
const memory = { remembers: hours(24), callTakes: seconds(3) }
const key = { orderId: 'ord_1', commandId: 'saga/pay/do/1' }
const faults = ['ok', 'lost', 'late', 'effect-then-timeout', 'crash-before', 'crash-after'] as const
type Fault = (typeof faults)[number]
type History = {
  readonly phases: readonly { readonly deliveries: readonly ('command' | 'undo')[]; readonly wait: number }[]
  readonly tape: readonly Fault[]
  readonly refuses: boolean
  readonly finds: boolean
}

class Crash extends Error {}

const world = (history: History, columns: Columns, bend: Bend) => {
  let now = Date.UTC(2026, 0, 1)
  const start = now
  const tape = [...history.tape]
  const nextFault = (): Fault => tape.shift() ?? 'ok'
  const book = memoryCommandRecords<Intent, Result>(horizon)
  const records = bend.records?.(book) ?? book
  // What the partner has: effects ever made, those still live, and the keys that it remembers.
  const partner = {
    effects: 0,
    live: 0,
    keys: new Map<string, { at: number; outcome: Outcome<Result> }>(),
    everRefused: false,
  }
  const underWay: (() => void)[] = []
  const said = { done: false, refused: false, undone: false, 'undo-refused': false }
  const acknowledged = { command: false, undo: false }
  const violations = new Set<string>()
  const look = () => {
    if (said.undone && partner.live > 0) violations.add('a live hold after undone')
    if (said['undo-refused']) violations.add('an undo refused that the partner never refuses')
    if (partner.effects > 1) violations.add('more than one effect')
  }

  const land = (commandKey: string): Outcome<Result> => {
    const remembered = partner.keys.get(commandKey)
    if (remembered) return remembered.outcome
    const outcome: Outcome<Result> = history.refuses
      ? { outcome: 'refused', reason: { code: 'declined', message: 'no' } }
      : { outcome: 'succeeded', result: { holdId: 'hold-1' } }
    if (outcome.outcome === 'succeeded') {
      partner.effects++
      partner.live++
    }
    partner.keys.set(commandKey, { at: now, outcome })
    look()
    return outcome
  }
  const release = () => {
    partner.live = 0
    return undefined
  }
  const withFault = async <T>(act: () => T): Promise<Asked<T>> => {
    const fault = nextFault()
    if (fault === 'crash-before') throw new Crash()
    if (fault === 'lost') return { known: false, because: 'lost' }
    if (fault === 'late') {
      underWay.push(act)
      return { known: false, because: 'timeout' }
    }
    const answer = act()
    if (fault === 'crash-after') throw new Crash()
    return fault === 'effect-then-timeout' ? { known: false, because: 'timeout' } : { known: true, answer }
  }
  const port: Partner<Intent, Result> = {
    name: 'bank',
    ...memory,
    ...bend.memory,
    call: async (_, commandKey) => {
      const asked = await withFault(() => land(commandKey))
      return bend.asked?.(asked) ?? asked
    },
    reverse: async () => withFault(release),
    ...(history.finds
      ? {
          find: async () =>
            withFault(() =>
              partner.effects > 0
                ? ({ outcome: 'succeeded', result: { holdId: 'hold-1' } } as const)
                : partner.keys.size > 0
                  ? ({ outcome: 'refused', reason: { code: 'declined', message: 'no' } } as const)
                  : undefined,
            ),
        }
      : {}),
  }

  const deliver = async (which: 'command' | 'undo', scheduler: fc.Scheduler, sentAt: number) => {
    const at = <T>(label: string, act: () => Promise<T>): Promise<T> =>
      scheduler.schedule(Promise.resolve(), `${which} ${label}`).then(act)
    const crashing = async <T>(act: () => Promise<T>): Promise<T> => {
      const fault = nextFault()
      if (fault === 'crash-before') throw new Crash()
      const value = await act()
      if (fault === 'crash-after') throw new Crash()
      return value
    }
    const ports: Records = {
      load: (id) => at('load', () => records.load(id)),
      commit: (id, from, next, when) =>
        at(`commit ${from} → ${next.state}`, () => crashing(() => records.commit(id, from, next, when))),
      list: (id, state, again) => at('list', () => crashing(() => records.list(id, state, again))),
      park: (id) => at('park', () => records.park(id)),
    }
    try {
      const answer = await takePart<Intent, Result>({
        column: columns[which],
        key,
        message: { id: which } as Message,
        terms: {
          commandId: key.commandId,
          firstSent: sentAt,
          horizon,
          ...(which === 'command' ? { deadline: start + minutes(5) } : {}),
        },
        plan: () => ({ plan: 'call', intent: { amount: 100 } }),
        records: ports,
        partner: {
          ...port,
          call: (...args) => at('call', () => port.call(...args)),
          reverse: (...args) => at('reverse', () => port.reverse!(...args)),
        },
        clock: () => now,
        remainingMs: () => seconds(10),
        ...(which === 'command' ? { presume: 'none' as const } : {}),
      })
      await at('reply', async () => {
        said[answer.says] = true
        look()
      })
      acknowledged[which] = true
    } catch (error) {
      if (error instanceof PermanentError) parked[which] = true
      else if (!(error instanceof Crash || error instanceof TransientError)) throw error
    }
  }
  const parked = { command: false, undo: false }
  const firstSentAt: Partial<Record<'command' | 'undo', number>> = {}

  const phase = async (deliveries: readonly ('command' | 'undo')[], scheduler: fc.Scheduler) => {
    const runs = deliveries.map((which) => {
      firstSentAt[which] ??= now
      return deliver(which, scheduler, firstSentAt[which])
    })
    // A late request may land between any two acts.
    const landings = underWay
      .splice(0)
      .map((act) => scheduler.schedule(Promise.resolve(), 'late request lands').then(act))
    await scheduler.waitFor(Promise.all([...runs, ...landings]))
  }
  const wait = (span: number) => {
    // No request is under way for hours.
    if (span >= hours(1)) for (const act of underWay.splice(0)) act()
    now += span
    for (const [id, { at }] of partner.keys) if (now - at >= memory.remembers) partner.keys.delete(id)
    book.forget(now)
    look()
  }

  return {
    run: async (scheduler: fc.Scheduler) => {
      for (const { deliveries, wait: span } of history.phases) {
        await phase(deliveries, scheduler)
        wait(span)
      }
      // The world calms down: what is under way lands, and what was sent and not acknowledged is delivered until it is.
      tape.length = 0
      for (const act of underWay.splice(0)) act()
      for (let round = 0; round < 4; round++) {
        for (const which of ['command', 'undo'] as const) {
          if (firstSentAt[which] !== undefined && !acknowledged[which] && !parked[which])
            await phase([which], scheduler)
        }
      }
      const undoSent = firstSentAt.undo !== undefined
      const given = parked.command || parked.undo
      for (const which of ['command', 'undo'] as const) {
        if (firstSentAt[which] !== undefined && !acknowledged[which] && !parked[which])
          violations.add(`${which} never ends`)
      }
      if (said.refused && !undoSent && partner.live > 0) violations.add('refused, but with an effect')
      if (said.done && !undoSent && partner.live !== 1) violations.add('done, but without an effect')
      if (said.done && said.refused && !undoSent) violations.add('both done and refused')
      if (acknowledged.undo && !given && book.all().some(({ state }) => state === 'intent'))
        violations.add('an intent is left open')
      if (said.undone && book.all().some(({ state }) => state === 'done'))
        violations.add('on record as done after undone')
      if (given && now - start < hours(20)) violations.add('a person was bothered too early')
      return [...violations]
    },
  }
}

type Records = Pick<CommandRecords<Intent, Result>, 'load' | 'commit' | 'list' | 'park'>

/** A rule of the protocol, broken. */
type Bend = {
  readonly records?: (book: Records) => Records
  readonly memory?: Partial<typeof memory>
  readonly asked?: (asked: Asked<Outcome<Result>>) => Asked<Outcome<Result>>
}

const right: Columns = { command: partnerCommand, undo: partnerUndo }

const histories: fc.Arbitrary<History> = fc.record({
  phases: fc.array(
    fc.record({
      deliveries: fc.array(fc.constantFrom('command' as const, 'command' as const, 'undo' as const), {
        minLength: 1,
        maxLength: 3,
      }),
      wait: fc.constantFrom(0, seconds(10), seconds(10), minutes(10), hours(25), days(32)),
    }),
    { minLength: 1, maxLength: 4 },
  ),
  tape: fc.array(fc.constantFrom(...faults), { maxLength: 14 }),
  refuses: fc.boolean(),
  finds: fc.boolean(),
})

const holds = (columns: Columns, bend: Bend, numRuns: number) =>
  fc.check(
    fc.asyncProperty(histories, fc.scheduler(), async (history, scheduler) => {
      const violations = await world(history, columns, bend).run(scheduler)
      if (violations.length > 0) throw new Error(violations.join('; '))
    }),
    { numRuns, seed: 20260131, endOnFailure: true },
  )

describe('a participant with a partner', () => {
  test('never keeps a hold after undone, has one effect at most, and refuses only without effect', async () => {
    const outcome = await holds(right, {}, 3_000)
    expect(outcome.failed, fc.defaultReportMessage(outcome)).toBe(false)
  })
})

describe('the search finds the loss when', () => {
  const blindUndo: Columns['undo'] = (record, terms, seen, knows) =>
    record.state === 'intent'
      ? { do: 'commit', from: 'intent', next: { state: 'undone' } }
      : partnerUndo(record, terms, seen, knows)
  const bugs: Record<string, { columns?: Partial<Columns>; bend?: Bend; loss: RegExp }> = {
    'an undo that meets nothing leaves no tombstone': {
      columns: {
        undo: (record, ...rest) =>
          record.state === 'none' ? { do: 'reply', answer: { says: 'undone' } } : partnerUndo(record, ...rest),
      },
      loss: /live hold after undone/,
    },
    'an undo answers over an open intent without asking the partner': {
      columns: { undo: blindUndo },
      loss: /live hold after undone/,
    },
    'an undo takes "not found" for an answer': {
      columns: {
        undo: (record, terms, seen, knows) =>
          record.state === 'undo-intent' && seen.outcome === undefined && record.result === undefined
            ? { do: 'commit', from: 'undo-intent', next: { state: 'undone' } }
            : partnerUndo(record, terms, seen, knows),
      },
      loss: /live hold after undone/,
    },
    'an undo does not reverse what was done': {
      columns: {
        undo: (record, ...rest) =>
          record.state === 'undo-intent'
            ? { do: 'commit', from: 'undo-intent', next: { state: 'undone' } }
            : partnerUndo(record, ...rest),
      },
      loss: /live hold after undone/,
    },
    'an open intent expires': {
      columns: {
        command: (record, terms, ...rest) =>
          record.state === 'intent' && terms.now > (terms.deadline ?? terms.now)
            ? {
                do: 'commit',
                from: 'intent',
                next: { state: 'refused', reason: { code: 'expired', message: 'late' } },
              }
            : partnerCommand(record, terms, ...rest),
      },
      loss: /refused, but with an effect|both done and refused/,
    },
    'a timeout is recorded as a refusal': {
      bend: {
        asked: (asked) =>
          asked.known
            ? asked
            : { known: true, answer: { outcome: 'refused', reason: { code: 'timeout', message: 'no answer' } } },
      },
      loss: /refused, but with an effect|live hold after undone/,
    },
    'a call is repeated after its key is forgotten': {
      bend: { memory: { remembers: days(400) } },
      loss: /more than one effect/,
    },
    'what was first sent before the horizon is taken for new': {
      columns: {
        command: (record, terms, ...rest) =>
          partnerCommand(record, { ...terms, firstSent: terms.now, deadline: terms.now }, ...rest),
      },
      loss: /live hold after undone/,
    },
    'a result is committed whatever the record has become': {
      bend: {
        records: (book) => ({
          ...book,
          commit: async (id, from, next, when) =>
            next.state === 'done' || next.state === 'refused'
              ? book.commit(id, (await book.load(id)).state, next, when)
              : book.commit(id, from, next, when),
        }),
      },
      loss: /on record as done after undone/,
    },
    'the partner is called before the intent is written': {
      columns: {
        command: (record, terms, seen, knows) =>
          record.state === 'none' && seen.plan?.plan === 'call'
            ? seen.outcome
              ? partnerCommand({ state: 'intent', intent: seen.plan.intent, openedAt: terms.now }, terms, seen, knows)
              : { do: 'call', intent: seen.plan.intent }
            : partnerCommand(record, terms, seen, knows),
      },
      loss: /live hold after undone|refused, but with an effect/,
    },
  }

  test.each(Object.entries(bugs))('%s', async (_, { columns = {}, bend = {}, loss }) => {
    const outcome = await holds({ ...right, ...columns }, bend, 5_000)
    expect(outcome.failed).toBe(true)
    expect(String(outcome.errorInstance)).toMatch(loss)
  })
})
