import type { Bug } from '../planting.ts'
import { featureBugs } from './feature-bugs.ts'

const transition = 'sagas/engine/transition.ts'
const advance = 'sagas/engine/advance.ts'
const silence = 'sagas/engine/silence.ts'
const coordinator = 'sagas/engine/coordinator.ts'
const item = 'sagas/engine/item.ts'
const outstanding = 'sagas/engine/outstanding.ts'
const participant = 'reactive/participant.ts'
const consume = 'reactive/consume.ts'
const send = 'reactive/send.ts'
const store = 'test/simulation/saga-store.ts'
const records = 'test/simulation/records.ts'
const stock = 'test/simulation/stock-store.ts'

/**
 * Bugs to plant, one at a time. The simulation must find each: a proof that cannot fail proves nothing.
 */
export const bugs: readonly Bug[] = [
  // The state machine
  {
    name: 'compensates-over-the-pivot',
    breaks: 'a cancellation after the pivot is sent compensates all the same',
    file: advance,
    from: "definition.steps.some(({ kind }, index) => kind === 'pivot' && state.steps[index]!.status === 'pending')",
    to: "definition.steps.some(({ kind }, index) => kind === 'pivot' && state.steps[index]!.status !== 'done')",
    without: "if (step.kind !== 'compensable')",
  },
  {
    name: 'late-done-while-undoing',
    breaks: 'a late done is taken for the answer of the undo',
    file: transition,
    from: 'if (!awaitsAnswer(its) || attempt !== its.attempt) return undefined',
    to: "if (its.status === 'undoing') return { ...quiet(its), status: 'undone' }\n  if (!awaitsAnswer(its) || attempt !== its.attempt) return undefined",
  },
  {
    name: 'undoes-in-forward-order',
    breaks: 'an undo does not wait for the undos of what depended on it',
    file: advance,
    from: 'const isBefore = definition.steps.some(',
    to: 'const isBefore = false && definition.steps.some(',
  },
  {
    name: 'unknown-is-not-undone',
    breaks: 'a step whose outcome is unknown is taken for one that never ran',
    file: advance,
    from: "if (its.status === 'pending' || (isHarmless(step) && awaitsAnswer(its))) steps",
    to: "if (its.status === 'pending' || awaitsAnswer(its)) steps",
  },
  {
    name: 'refusal-is-ignored',
    breaks: 'a refused step is taken for done',
    file: transition,
    from: ": { ...quiet(its), status: 'refused', output: because }",
    to: ": { ...quiet(its), status: 'done' }",
  },
  {
    name: 'end-without-answer',
    breaks: 'a saga ends when its end is asked for, not when it is recorded',
    file: advance,
    from: '  end.dueAt === undefined &&\n',
    to: '',
  },
  {
    name: 'early-cancel-dropped',
    breaks: 'a cancellation that overtakes its start is dropped when it starts',
    file: transition,
    from: "gone ? { ...opened, mode: 'compensating', cancelNoted: true, because: cancelled } : opened",
    to: 'opened',
  },
  {
    name: 'steps-run-ahead',
    breaks: 'a step is sent before the one that it depends on is done',
    file: advance,
    from: "return status === 'done' || status === 'skipped'",
    to: "return status !== 'pending'",
  },
  {
    name: 'silence-is-refusal',
    breaks: 'a deadline is taken for a refusal',
    file: silence,
    from: "const status = its.status === 'sent' ? 'unknown' : its.status",
    to: "const status = its.status === 'sent' ? 'refused' : its.status",
  },
  {
    name: 'undo-not-awaited',
    breaks: 'a compensation counts as done when it is sent',
    file: advance,
    from: "  status === 'undone' ||\n  status === 'skipped' ||",
    to: "  status === 'undone' ||\n  status === 'undoing' ||\n  status === 'skipped' ||",
  },
  {
    name: 'nobody-wakes',
    breaks: 'the sweeper finds what is overdue and wakes nobody, and timers get lost',
    file: 'sagas/engine/sweeper.ts',
    from: 'await transport.wake(wakes)',
    to: 'await transport.wake([])',
  },
  {
    name: 'stale-index-is-truth',
    breaks: 'what the sweeper has read in its index is believed: a saga that is overdue there is taken for overdue',
    file: transition,
    from: 'if (number === undefined ? state.wake.at > now : number !== state.wake.number) return stale',
    to: 'if (number !== undefined && number !== state.wake.number) return stale',
    also: [
      {
        file: transition,
        from: 'if (state.wake.at > now) return early',
        to: 'if (number !== undefined && state.wake.at > now) return early',
      },
    ],
  },
  {
    name: 'wake-up-lost-on-a-race',
    breaks: 'a wake-up that loses the race for its commit is taken for handled, though it was the only one',
    file: coordinator,
    from: "if (saved === 'lost')",
    to: "if (saved === 'lost' && entries.every(({ input }) => input.kind === 'wake')) return undefined\n    if (saved === 'lost')",
  },
  {
    name: 'lease-without-expiry',
    breaks: 'a wake-up that was sent once is trusted for ever',
    file: store,
    from: '(item.wokenUntil ?? 0) >= now',
    to: 'item.wokenUntil !== undefined',
  },

  // The coordinator
  {
    name: 'no-resend-when-known',
    breaks: 'who finds a message applied sends nothing',
    file: coordinator,
    from: "if (verdict.is === 'applied' || verdict.is === 'known') owed = true",
    to: "if (verdict.is === 'applied') owed = true",
  },
  {
    name: 'acknowledges-unsent',
    breaks: 'a failure to send after the commit is swallowed',
    file: coordinator,
    from: 'if (error) settle(entries, error)',
    to: 'void error',
  },
  {
    name: 'lost-race-acknowledged',
    breaks: 'a lost race for the commit is taken for handled',
    file: coordinator,
    from: "if (saved === 'lost')",
    to: "if (saved === 'lost') return undefined\n    if (saved === 'lost' as never)",
  },
  {
    name: 'start-met-is-done',
    breaks: 'a start that meets its saga is taken for handled, and nothing outstanding is sent again',
    file: coordinator,
    from: "if (opened !== 'lost') return opened",
    to: "return opened === 'lost' ? undefined : opened",
  },
  {
    name: 'sends-what-lost-the-race',
    breaks: 'the loser of a race sends what it would have committed',
    file: coordinator,
    from: "if (saved === 'lost')",
    to: 'if (false)',
  },
  {
    name: 'sends-before-write',
    breaks: 'commands go out before the commit that they follow from',
    file: coordinator,
    from: 'const saved = await store.save(state, before)',
    to: "const saved = await Promise.race([store.save(state, before), Promise.resolve('saved')])",
  },
  {
    name: 'index-too-late',
    breaks: 'the index says later than the true time',
    file: item,
    from: 'dueAt: state.wake.at,',
    to: 'dueAt: state.wake.at + 60_000,',
  },
  {
    name: 'never-indexed',
    breaks: 'the sweeper cannot find a saga',
    file: item,
    from: 'dueShard: shardOf(sagaId),',
    to: '',
  },
  {
    name: 'folds-one-of-a-saga',
    breaks:
      'of the messages of a batch that are for one saga only the first is looked at, and all are taken for handled',
    file: coordinator,
    from: 'for (const entry of [...entries].sort(repliesFirst)) {\n    const said',
    to: 'for (const entry of [...entries].sort(repliesFirst).slice(0, 1)) {\n    const said',
  },
  {
    name: 'failure-spreads',
    breaks: 'one saga that fails takes the outcome of the whole batch for handled',
    file: coordinator,
    from: 'settle(entries, error as Error)\n          return []',
    to: 'void error\n          return []',
  },

  // What is outstanding
  {
    name: 'unknown-is-not-asked',
    breaks: 'an unknown step is not outstanding',
    file: outstanding,
    from: "(!awaitsAnswer(its) && its.status !== 'undoing')",
    to: "(its.status !== 'sent' && its.status !== 'undoing')",
  },
  {
    name: 'undo-not-asked',
    breaks: 'a step being undone is not outstanding',
    file: outstanding,
    from: "(!awaitsAnswer(its) && its.status !== 'undoing')",
    to: '!awaitsAnswer(its)',
  },
  {
    name: 'end-asked-once',
    breaks: 'the end is asked for by its commit only',
    file: outstanding,
    from: 'if (state.end?.dueAt !== undefined)',
    to: 'if (state.end?.dueAt !== undefined && state.end.dueAt - now > 59_000)',
  },
  {
    name: 'fresh-ids',
    breaks: 'a repeated command carries another id',
    file: outstanding,
    from: 'command(state, step.send(known), doId(state.id, step.name, its.attempt), now',
    to: 'command(state, step.send(known), doId(state.id, step.name, its.attempt + (now % 2)), now',
  },
  {
    name: 'younger-when-asked-again',
    breaks: 'a repeated command says that it was first sent now',
    file: outstanding,
    from: 'firstsent: iso(since)',
    to: 'firstsent: iso(now)',
  },
  {
    name: 'undo-names-nothing',
    breaks: 'an undo names another command than the one that it undoes',
    file: outstanding,
    from: 'const undoes = doId(state.id, step.name, its.attempt)',
    to: 'const undoes = doId(state.id, step.name, its.attempt + 1)',
  },

  // Participants
  {
    name: 'no-tombstone',
    breaks: 'an undo that meets nothing leaves no mark',
    file: records,
    from: 'if (current.state !== from) return current',
    to: "if (current.state !== from) return current\n      if (next.state === 'tombstone') return undefined",
  },
  {
    name: 'stock-without-tombstone',
    breaks: 'inventory leaves no mark of an undo that met nothing',
    file: stock,
    from: 'if (!known) keep(key, record)',
    to: "if (!known && record.state !== 'tombstone') keep(key, record)",
  },
  {
    name: 'no-inbox',
    breaks: 'a participant does not look for its recorded answer',
    file: participant,
    from: "    case 'done':\n      return reply({ says: 'done', result: record.result })\n    case 'refused':\n      return reply({ says: 'refused', reason: record.reason })\n    case 'undo-intent':",
    to: "    case 'done':\n      return reply({ says: 'refused', reason: { code: 'again', message: 'It was asked before.' } })\n    case 'refused':\n      return reply({ says: 'refused', reason: record.reason })\n    case 'undo-intent':",
  },
  {
    name: 'undo-blind-to-intent',
    breaks: 'an undo over an open intent is answered without asking the partner',
    file: participant,
    from: "next: { state: 'undo-intent', intent: record.intent, openedAt: record.openedAt },",
    to: "next: { state: 'undone' },",
  },
  {
    name: 'open-intent-expires',
    breaks: 'a deadline passes over an open intent',
    file: participant,
    from: "if (!seen.outcome) return ask(record, terms, seen, memory)\n      return {\n        do: 'commit',\n        from: 'intent',",
    to: "if (expired({ ...terms, deadline: terms.firstSent + 20_000 })) return { do: 'commit', from: 'intent', next: { state: 'refused', reason: { code: 'expired', message: 'Too late.' } } }\n      if (!seen.outcome) return ask(record, terms, seen, memory)\n      return {\n        do: 'commit',\n        from: 'intent',",
  },
  {
    name: 'undone-without-reversal',
    breaks: 'an undo forgets to reverse the success that it found',
    file: participant,
    from: "if (outcome.outcome === 'refused' || seen.reversed) {",
    to: "if (outcome.outcome === 'refused' || seen.reversed || record.result === undefined) {",
  },
  {
    name: 'unconditional-record',
    breaks: 'a record is written whatever stands there',
    file: records,
    from: 'if (current.state !== from) return current',
    to: 'void from',
  },
  {
    name: 'stock-taken-twice',
    breaks: 'a reservation does not look for its own record',
    file: stock,
    from: "if (known?.state !== from) return 'recorded'",
    to: 'void from',
  },
  {
    name: 'restocked-on-paper',
    breaks: 'goods that came back are recorded, and not put on the shelves',
    file: stock,
    from: 'for (const item of next) stock.set(item!.sku, kept(item!))',
    to: "for (const item of to === 'restocked' ? [] : next) stock.set(item!.sku, kept(item!))",
  },
  {
    name: 'sold-whatever-its-state',
    breaks: 'a sale does not look at the state of its reservation, and never knows that it was made',
    file: 'functions/inventory/sale.ts',
    from: "state === 'done' ?",
    to: "state !== 'tombstone' ?",
  },
  {
    name: 'transient-becomes-final',
    breaks: 'a partner without an answer is recorded as its refusal',
    file: 'reactive/participation.ts',
    from: 'await ask(intent, (within) => partner.call(intent, key.commandId, within))',
    to: "await ask(intent, (within) => partner.call(intent, key.commandId, within).then((it) => (it.known ? it : ({ known: true, answer: { outcome: 'refused', reason: { code: 'timeout', message: it.because } } } as never))))",
  },

  // Adapters
  {
    name: 'no-version-check',
    breaks: 'the store ignores its condition',
    file: store,
    from: "if (current?.revision !== over?.revision) return 'lost'",
    to: 'void over',
  },
  {
    name: 'whole-batch-acknowledged',
    breaks: 'failures of single messages are not reported',
    file: consume,
    from: 'return { batchItemFailures: back.map((index) => ({ itemIdentifier: read[index]!.record.messageId })) }',
    to: 'void back\n    return { batchItemFailures: [] }',
  },
  {
    name: 'outcome-of-another',
    breaks: 'each message of a batch is given the outcome of the one before it',
    file: consume,
    from: 'tried.set(record, results[index]!)',
    to: 'tried.set(record, results.at(index - 1)!)',
  },
  {
    name: 'one-failure-reported',
    breaks: 'of the messages of a batch that failed only the first is reported',
    file: consume,
    from: 'return { batchItemFailures: back.map(',
    to: 'return { batchItemFailures: back.slice(0, 1).map(',
  },
  {
    name: 'another-entry-again',
    breaks: 'of the entries of a call another is sent again than the one that was refused',
    file: send,
    from: 'return Failed.map(({ Id }) => entries[Number(Id)]!)',
    to: 'return Failed.map(({ Id }) => entries.at(Number(Id) - 1)!)',
  },
  {
    name: 'refused-entries-ignored',
    breaks: 'entries that a queue refused are not sent again',
    file: send,
    from: 'const refused = await attempt(entries)\n  const stillRefused = refused.length > 0 ? await attempt(refused) : []',
    to: 'await attempt(entries)\n  const stillRefused: typeof entries = []',
  },
  {
    name: 'permanent-is-dropped',
    breaks: 'what cannot be handled is acknowledged without a dead letter',
    file: 'reactive/settle.ts',
    from: 'if (outcome instanceof PermanentError || receives >= allowed) {',
    to: "if (outcome instanceof PermanentError) return { fate: 'handled' }\n    if (receives >= allowed) {",
  },
  {
    name: 'ends-unwatched',
    breaks: 'nobody looks after an end that its stream lost',
    file: 'functions/ordering/reconcile.ts',
    from: 'for (const place of await store.unheard(now - patience)) {',
    to: 'for (const place of await store.unheard(now - patience)) {\n      if (place.sequence > 1) {\n        await store.markHeard(place)\n        continue\n      }',
  },
  {
    name: 'ends-not-said-again',
    breaks: 'an end that nobody heard is taken for settled, as a start is',
    file: 'functions/ordering/reconcile.ts',
    from: "unheard[0]?.type === 'placed' && fold(events)",
    to: 'fold(events)',
  },
  {
    name: 'cancellations-not-said-again',
    breaks: 'a request to cancel that nobody heard is taken for settled, as if its order had to wait for it to be said',
    file: 'functions/ordering/reconcile.ts',
    from: "if (unheard[0]?.type === 'placed' &&",
    to: "if (unheard[0]?.type === 'cancellation-requested' || unheard[0]?.type === 'placed' &&",
  },
  {
    name: 'confirms-twice-decided',
    breaks: 'ordering rejects what it has confirmed',
    file: 'functions/ordering/decide.ts',
    from: "if (order.status === 'confirmed') return []\n  if (order.status !== 'placed') return endedOtherwise(order, 'confirmed')",
    to: "if (order.status !== 'placed') return endedOtherwise(order, 'confirmed')",
  },
  ...featureBugs,
]
