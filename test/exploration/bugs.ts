import type { Bug } from '../planting.ts'

const transition = 'sagas/engine/transition.ts'
const advance = 'sagas/engine/advance.ts'
const silence = 'sagas/engine/silence.ts'
const outstanding = 'sagas/engine/outstanding.ts'
const participant = 'reactive/participant.ts'
/** The order in which a coordinator acts is modelled here; the machine and the columns are production code. */
const order = 'test/exploration/coordinators.ts'
const around = 'test/exploration/participants.ts'
const search = 'test/exploration/search.ts'

/**
 * The switches of the model in which the protocol was first searched, each of which breaks it there; `resolve=blind` is
 * one of its words for what an undo does about an open intent. Each is a case below, under its name.
 */
export const flags = [
  'resolve=blind',
  'refAsUndone',
  'expireOpen',
  'notFoundRefuse',
  'tmoRefuse',
  'unkNotOut',
  'clearFx',
  'noInbox',
  'noTomb',
  'ackFirst',
  'dlPivot',
  'cxlPivot',
  'noCAS',
  'ignoreAtt',
  'endNoReply',
  'noResend',
  'dropEarly',
  'wakeSentOnly',
  'undoAll',
] as const

/** A bug, the configuration that must find it, and what it is in the protocol: a switch of its model, one of its eleven rules. */
export type Case = Bug & {
  readonly foundIn: string
  readonly flag?: (typeof flags)[number]
  readonly rule?: number
}

const acts = 'sagas/engine/acts.ts'
const beside = 'two side by side, and too little for the pivot'
const either = 'one of two'
const approval = 'an approval, words at any moment'
const stuck = 'an undo that cannot be done now, an operator'
const crash = 'an order, a crash anywhere, in batches'
const called = 'a call, a crash anywhere, in batches'
const calledTwice = 'a call that comes to nothing, two duplicates'
const calledByTwo = 'a call of what somebody else has started, a crash'
const sleepless = 'an order, a crash anywhere, and nobody wakes it'
const duplicates = 'an order, two duplicates'
const cancelled = 'an order cancelled at any moment, a crash'
const unanswered = 'an order, a partner that does not answer, and a cancellation'
const slow = 'an order, time passing, a partner that does not answer'
const late = 'an order, a command too late, its twin in time'
const races = 'an order, two coordinators in a race'
const lost = 'an order, a lost message and a cancellation'
const forgotten = 'an order, partners that forget their keys'
const old = 'an order, a message from beyond the horizon'
const twice = 'a pivot that is tried twice, a duplicate and a cancellation'

/** The net that would catch it first: a pivot that was asked is left out like any other step. */
const overThePivot = {
  file: advance,
  from: "if (step.kind !== 'compensable')",
  to: "if (step.kind !== 'compensable') {\n      steps[index] = leftOut(its)\n      continue\n    }\n    if (index < 0)",
}

export const bugs: readonly Case[] = [
  {
    name: 'no-inbox',
    flag: 'noInbox',
    breaks: 'a participant does the work of a command again',
    file: participant,
    from: "    case 'done':\n      return reply({ says: 'done', result: record.result })\n    case 'refused':\n      return reply({ says: 'refused', reason: record.reason })\n    case 'tombstone':",
    to: "    case 'done':\n      return { do: 'apply' }\n    case 'refused':\n      return reply({ says: 'refused', reason: record.reason })\n    case 'tombstone':",
    foundIn: duplicates,
  },
  {
    name: 'no-tombstone',
    flag: 'noTomb',
    breaks: 'an undo that meets nothing leaves no mark',
    file: participant,
    from: "return beforeHorizon(terms) ? giveUpBeforeHorizon(terms) : { do: 'commit', from: 'none', next: undoTombstone }\n    case 'done':",
    to: "return beforeHorizon(terms) ? giveUpBeforeHorizon(terms) : reply({ says: 'undone' })\n    case 'done':",
    foundIn: cancelled,
  },
  {
    name: 'acknowledges-first',
    flag: 'ackFirst',
    breaks: 'a coordinator acknowledges before it sends',
    file: order,
    from: 'const tired = spend(back, ',
    to: 'const tired = spend({ ...world, coordinators: rest }, ',
    foundIn: sleepless,
  },
  {
    name: 'no-version-check',
    flag: 'noCAS',
    breaks: 'a commit overwrites what somebody else has committed',
    file: order,
    from: 'if (changed && world.sagas[at.saga] !== over)',
    to: 'if (changed && over === null)',
    foundIn: races,
  },
  {
    name: 'deadline-turns-over-the-pivot',
    flag: 'dlPivot',
    breaks: 'a deadline compensates although the pivot was sent',
    file: silence,
    from: 'const wayBack = hasWayBack(definition, state)',
    to: "const wayBack = hasWayBack(definition, state) || state.mode === 'forward' && !state.end",
    also: [overThePivot],
    foundIn: slow,
  },
  {
    name: 'cancellation-turns-over-the-pivot',
    flag: 'cxlPivot',
    breaks: 'a cancellation compensates although the pivot was sent',
    file: transition,
    from: 'const back = hasWayBack(definition, state)',
    to: "const back = hasWayBack(definition, state) || state.mode === 'forward' && !state.end",
    also: [overThePivot],
    foundIn: cancelled,
  },
  {
    name: 'effects-cleared-by-the-next',
    flag: 'clearFx',
    breaks: 'what a commit owes is kept beside the state, and the next commit clears it, sent or not',
    file: order,
    from: 'const sends = [...(owes ? owed(definition, next) : []), ...aside].map(stage.send)',
    to: `const kept = ((globalThis as any).kept ??= new WeakMap())
  if (next && next !== over) {
    const before = new Set(owed(definition, over).map(({ message }) => message.id))
    kept.set(next, owed(definition, next).filter(({ message }) => !before.has(message.id)))
  }
  const sends = [...(owes && next ? (kept.get(next) ?? []) : []), ...aside].map(stage.send)`,
    foundIn: 'two side by side, a crash anywhere',
  },
  {
    name: 'not-found-is-refused',
    flag: 'notFoundRefuse',
    breaks: 'a request that its partner does not know yet is taken for one that it refused',
    file: around,
    from: "    case 'call':\n",
    to: `    case 'call':
      if (from.effects[key] === undefined && from.underway.includes(key)) {
        work('partner knows nothing of it', going(from, learnt({ outcome: { outcome: 'refused', reason: { code: 'no', message: '' } } })))
        break
      }
`,
    foundIn: unanswered,
  },
  {
    name: 'wakes-only-what-was-asked',
    flag: 'wakeSentOnly',
    breaks: 'a saga that waits for undos or for its end is never woken',
    file: order,
    from: 'if (isQuiet(world)) steps.push(',
    to: "if (isQuiet(world) && state.steps.some(({ status }) => status === 'sent' || status === 'unknown')) steps.push(",
    foundIn: lost,
  },
  {
    name: 'any-attempt-counts',
    flag: 'ignoreAtt',
    breaks: 'an answer to an earlier attempt is taken for the answer to this one',
    file: transition,
    from: 'if (!awaitsAnswer(its) || attempt !== its.attempt) return undefined',
    to: 'if (!awaitsAnswer(its)) return undefined',
    foundIn: twice,
  },
  {
    name: 'ends-unanswered',
    flag: 'endNoReply',
    breaks: 'a saga has ended as soon as its end command is owed',
    file: advance,
    from: '  end.dueAt === undefined &&\n',
    to: '',
    foundIn: crash,
  },
  {
    name: 'known-sends-nothing',
    flag: 'noResend',
    breaks: 'who finds a message applied does not send again what is outstanding',
    file: order,
    from: "if (verdict.is === 'applied' || verdict.is === 'known') owes = true",
    to: "if (verdict.is === 'applied') owes = true",
    foundIn: sleepless,
  },
  {
    name: 'early-cancel-dropped',
    flag: 'dropEarly',
    breaks: 'a cancellation that overtakes the start is forgotten when it starts',
    file: transition,
    from: "gone ? { ...opened, mode: 'compensating', cancelNoted: true, because: cancelled } : opened",
    to: 'opened',
    foundIn: cancelled,
  },
  {
    name: 'undone-in-any-order',
    flag: 'undoAll',
    breaks: 'an undo does not wait for the undo of what depended on it',
    file: advance,
    from: 'const isBefore = definition.steps.some(',
    to: 'const isBefore = false && definition.steps.some(',
    foundIn: cancelled,
  },
  {
    name: 'refused-by-no-answer',
    flag: 'tmoRefuse',
    breaks: 'a partner that does not answer is taken for one that refused',
    file: around,
    from: 'const silent = dropOf(done, index, id)',
    to: "const silent = going(done, learnt({ outcome: { outcome: 'refused', reason: { code: 'no', message: '' } } }))",
    foundIn: 'an order, two answers missing',
  },
  {
    name: 'sends-before-done',
    breaks: 'a step is asked before what it needs is done',
    file: advance,
    from: "return status === 'done' || status === 'skipped'",
    to: "return status !== 'pending'",
    foundIn: crash,
  },
  {
    name: 'silence-is-refusal',
    breaks: 'a missing answer is taken for a no',
    file: silence,
    from: "const status = its.status === 'sent' ? 'unknown' : its.status",
    to: "const status = its.status === 'sent' ? 'refused' : its.status",
    foundIn: slow,
  },

  // The rules that the search over the model had forced
  {
    name: 'undo-blind-to-intent',
    flag: 'resolve=blind',
    rule: 1,
    breaks: 'an undo over an open intent is answered without asking the partner',
    file: participant,
    from: "next: { state: 'undo-intent', intent: record.intent, openedAt: record.openedAt },",
    to: "next: { state: 'undone' },",
    foundIn: unanswered,
  },
  {
    name: 'expires-over-a-record',
    flag: 'expireOpen',
    rule: 2,
    breaks: 'a command that is too late leaves its tombstone over an open intent',
    file: participant,
    from: "    case 'intent':\n      if (!seen.outcome) return ask(record, terms, seen, memory)\n      return {\n        do: 'commit',\n        from: 'intent',",
    to: "    case 'intent':\n      if (expired(terms)) return { do: 'commit', from: 'intent', next: expiryTombstone }\n      if (!seen.outcome) return ask(record, terms, seen, memory)\n      return {\n        do: 'commit',\n        from: 'intent',",
    foundIn: late,
  },
  {
    name: 'unknown-is-not-asked',
    flag: 'unkNotOut',
    rule: 3,
    breaks: 'an unknown step is not outstanding',
    file: outstanding,
    from: "(!awaitsAnswer(its) && its.status !== 'undoing')",
    to: "(its.status !== 'sent' && its.status !== 'undoing')",
    foundIn: lost,
  },
  {
    name: 'late-answer-ends-the-undo',
    flag: 'refAsUndone',
    rule: 4,
    breaks: 'a late done or refused is taken for the answer of the undo',
    file: transition,
    from: 'if (!awaitsAnswer(its) || attempt !== its.attempt) return undefined',
    to: "if (its.status === 'undoing') return { ...quiet(its), status: 'undone' }\n  if (!awaitsAnswer(its) || attempt !== its.attempt) return undefined",
    foundIn: cancelled,
  },
  {
    name: 'nobody-wakes',
    rule: 5,
    breaks: 'a saga whose message was lost is never looked at again',
    file: order,
    from: "if (isQuiet(world)) steps.push(...woken(stage, world, terms, saga, moments.overdue, 'sweeper'))",
    to: 'void isQuiet',
    foundIn: lost,
  },
  {
    name: 'no-horizon',
    rule: 6,
    breaks: 'a message from beyond the horizon is taken for a new one',
    file: participant,
    from: 'firstSent < now - horizon',
    to: 'firstSent > now + horizon',
    foundIn: old,
  },
  {
    name: 'calls-for-ever',
    rule: 7,
    breaks: 'a call is repeated although the partner has forgotten its key',
    file: participant,
    from: 'if (now + callTakes < openedAt + remembers)',
    to: 'if (now + callTakes < openedAt + remembers * 1_000)',
    foundIn: forgotten,
  },
  {
    name: 'undo-needs-an-output',
    rule: 8,
    breaks: 'what was asked, and not known to be done, is not undone',
    file: advance,
    from: "if (its.status === 'pending' || (isHarmless(step) && awaitsAnswer(its))) steps",
    to: "if (its.status === 'pending' || awaitsAnswer(its)) steps",
    foundIn: cancelled,
  },
  {
    name: 'early-cancel-counts-as-started',
    rule: 9,
    breaks: 'an order whose saga is only a cancellation counts as started, so that a lost start is not said again',
    file: search,
    from: "(phase === undefined || phase === 'early-cancel' || phase === 'early-signal')",
    to: '(phase === undefined)',
    foundIn: lost,
  },
  {
    name: 'retries-though-cancelled',
    rule: 10,
    breaks: 'a refused pivot is tried again although a cancellation was noted',
    file: transition,
    from: 'return !state.cancelNoted && step.retry &&',
    to: 'return step.retry &&',
    foundIn: twice,
  },
  {
    name: 'too-late-is-not-said',
    rule: 11,
    breaks: 'the confirmation does not say that the cancellation came too late',
    file: outstanding,
    from: 'done.send(known, { cancellationTooLate: state.cancelNoted === true })',
    to: 'done.send(known, { cancellationTooLate: false })',
    foundIn: cancelled,
  },

  // Groups, words and operators
  {
    name: 'group-runs-ahead',
    breaks: 'what comes after a group begins when the first of it is done',
    file: advance,
    from: 'step.after.every((before) => isBehind(definition, steps, before))',
    to: '(step.after.length === 0 || step.after.some((before) => isBehind(definition, steps, before)))',
    foundIn: beside,
  },
  {
    name: 'surplus-kept',
    breaks: 'what a quorum does not need is not undone',
    file: advance,
    from: 'else if (awaitsAnswer(its)) steps[index] = undoing(definition.steps[index]!, its, now, timing)',
    to: '',
    foundIn: either,
  },
  {
    name: 'quorum-of-one-less',
    breaks: 'a quorum goes on with one less than it needs',
    file: advance,
    from: "of.filter((index) => steps[index]!.status === 'done').length >= need",
    to: "of.filter((index) => steps[index]!.status === 'done').length >= need - 1",
    foundIn: either,
  },
  {
    name: 'early-word-dropped',
    breaks: 'a word that overtakes the start of its saga is dropped when it starts',
    file: transition,
    from: 'return word ? { ...its, heard: word } : its',
    to: 'void word\n        return its',
    foundIn: approval,
  },
  {
    name: 'word-before-its-time-dropped',
    breaks: 'a word that comes before its step waits for it is dropped',
    file: transition,
    from: 'if (!listens(its)) return known',
    to: "if (its.status !== 'sent') return known",
    foundIn: approval,
  },
  {
    name: 'silence-is-consent',
    breaks: 'a step that refuses when nobody speaks goes on',
    file: silence,
    from: "'refuse' in otherwise ? { refused: otherwise.refuse }",
    to: "'refuse' in otherwise && false ? { refused: otherwise.refuse }",
    foundIn: approval,
  },
  {
    name: 'skips-anything',
    breaks: 'an operator takes out a step whose effect may stand',
    file: acts,
    from: 'if (!failedUndo && !lastMile)',
    to: 'if (!failedUndo && !lastMile && its.attempt > 1)',
    foundIn: stuck,
  },
  {
    name: 'nobody-answers-for-a-skip',
    breaks: 'a saga of which a person took a step out ends as if all was undone',
    file: acts,
    from: 'also: { case: { by, reason } }',
    to: 'also: { ...(by === reason ? { case: { by, reason } } : {}) }',
    foundIn: stuck,
  },

  // Sagas that call others
  {
    name: 'caller-not-told',
    breaks: 'a saga that was called ends without an answer',
    file: outstanding,
    from: "if (state.phase === 'ended') return state.called ? [answered(definition, state, state.called, now)] : []",
    to: "if (state.phase === 'ended') return []",
    foundIn: called,
  },
  {
    name: 'caller-told-once',
    breaks: 'a caller that asks again hears nothing, since it was told already',
    file: transition,
    from: "if (input.kind === 'start' && input.caller && input.caller !== state.called?.by) return turnAway(input.caller)",
    to: "if (input.kind === 'start' && input.caller) return input.caller === state.called?.by ? stale : turnAway(input.caller)",
    foundIn: 'a call that gets lost, and a cancellation',
  },
  {
    name: 'called-again-starts-again',
    breaks: 'a call that comes twice starts what has ended once more',
    file: transition,
    from: "if (input.kind === 'start' && input.caller && input.caller !== state.called?.by) return turnAway(input.caller)",
    to: "if (input.kind === 'start' && input.caller) return opening(definition, input, occasion, now, timing)",
    foundIn: calledTwice,
  },
  {
    name: 'refusal-told-as-done',
    breaks: 'a caller is told that all is done where nothing is, so that it undoes nothing',
    file: outstanding,
    from: "says === 'done' ? call!.done(data) : call!.refused(data)",
    to: "call!.done(says === 'done' ? data : { orderId: state.subject, refundId: 'r' })",
    foundIn: calledTwice,
  },
  {
    name: 'caller-forgotten',
    breaks: 'a saga that was called does not remember by whom',
    file: transition,
    from: '  ...(caller ? { caller } : {}),\n  wake:',
    to: '  ...(caller && !definition.call ? { caller } : {}),\n  wake:',
    foundIn: called,
  },
  {
    name: 'somebody-elses-is-mine',
    breaks: 'a caller hears nothing of an instance that somebody else has brought to its end',
    file: transition,
    from: "if (input.kind === 'start' && input.caller && input.caller !== state.called?.by) return turnAway(input.caller)",
    to: '',
    foundIn: calledByTwo,
  },
  {
    name: 'turned-away-in-silence',
    breaks: 'a caller whose call is somebody else’s is not told so',
    file: order,
    from: "if (verdict.is === 'turned-away' && input.kind === 'start')",
    to: "if (verdict.is === 'turned-away' && input.kind === 'cancel')",
    foundIn: calledByTwo,
  },
  {
    name: 'answers-before-its-end',
    breaks: 'a saga that was called answers while its own end is still to be recorded',
    file: advance,
    from: '({ end, steps }: Running): boolean =>\n  end !== undefined &&\n  end.dueAt === undefined &&',
    to: '({ end, steps, caller }: Running): boolean =>\n  end !== undefined &&\n  (end.dueAt === undefined || caller) &&',
    foundIn: called,
  },
]

/**
 * Changes that the search must find nothing wrong with, planted as the bugs are: what it finds is then what was broken, and
 * not that something was changed. The model has two switches more. With `foldCancelFirst` and with `noVoidLate` it is as
 * safe as without; the second is what the columns do here, since no undo is said to be done over an open intent.
 */
export const harmless: readonly Case[] = [
  {
    name: 'cancellations-first',
    breaks: 'nothing: a cancellation is folded in before the replies of its batch',
    file: order,
    from: "Number(a.kind === 'wake') - Number(b.kind === 'wake')",
    to: "Number(b.kind === 'cancel') - Number(a.kind === 'cancel')",
    foundIn: races,
  },
]
