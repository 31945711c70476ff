import type { Bug } from '../planting.ts'

const transition = 'sagas/engine/transition.ts'
const advance = 'sagas/engine/advance.ts'
const acts = 'sagas/engine/acts.ts'
const silence = 'sagas/engine/silence.ts'
const coordinator = 'sagas/engine/coordinator.ts'
const outstanding = 'sagas/engine/outstanding.ts'

/** Bugs in what sagas do beside one step after the other: groups, signals, timers, calls, acts, versions. */
export const featureBugs: readonly Bug[] = [
  // Groups and conditions
  {
    name: 'surplus-kept',
    breaks: 'what a quorum does not need is not undone',
    file: advance,
    from: 'else if (awaitsAnswer(its)) steps[index] = undoing(definition.steps[index]!, its, now, timing)',
    to: '',
  },
  {
    name: 'quorum-of-one-less',
    breaks: 'a quorum goes on with one less than it needs',
    file: advance,
    from: "of.filter((index) => steps[index]!.status === 'done').length >= need",
    to: "of.filter((index) => steps[index]!.status === 'done').length >= need - 1",
  },
  {
    name: 'condition-ignored',
    breaks: 'a step is done though its condition does not hold',
    file: advance,
    from: 'if (step.when && !step.when(known()))',
    to: 'if (step.when && !step.when(known()) && false)',
  },

  // Signals and timers
  {
    name: 'early-signal-dropped',
    breaks: 'a word that overtakes the start of its saga is dropped when it starts',
    file: transition,
    from: 'return word ? { ...its, heard: word } : its',
    to: 'void word\n        return its',
  },
  {
    name: 'signal-before-its-time-dropped',
    breaks: 'a word that comes before its step waits for it is dropped',
    file: transition,
    from: 'if (!listens(its)) return known',
    to: "if (its.status !== 'sent') return known",
  },
  {
    name: 'no-is-yes',
    breaks: 'a word that refuses is taken for one that agrees',
    file: transition,
    from: 'if (refused) return { refused }',
    to: '',
  },
  {
    name: 'waits-in-writing',
    breaks: 'a saga that only waits is written whenever its timer comes too early',
    file: transition,
    from: 'if (state.wake.at > now) return early',
    to: '',
  },
  {
    name: 'timer-is-silence',
    breaks: 'a pause that is over is taken for an answer that is missing',
    file: silence,
    from: "if (step.kind === 'timer') return { status: 'done', attempt: its.attempt, asks: 0 }",
    to: '',
  },
  {
    name: 'signal-waits-for-ever',
    breaks: 'nobody’s word is waited for beyond its time',
    file: silence,
    from: "if (step.kind === 'signal') return heard(its, word(step.otherwise))",
    to: "if (step.kind === 'signal') return { ...its, dueAt: now + step.within }",
  },

  // Retries
  {
    name: 'pause-ignored',
    breaks: 'a refused step is tried again by whatever message comes next',
    file: advance,
    from: '!isDueLater(its, now) &&',
    to: '',
  },
  {
    name: 'retried-under-the-same-id',
    breaks: 'another attempt asks the same question, which is already answered',
    file: transition,
    from: 'attempt: its.attempt + 1,',
    to: 'attempt: its.attempt,',
  },
  {
    name: 'attempts-mixed-up',
    breaks: 'an answer to an earlier attempt is taken for one to this',
    file: transition,
    from: 'if (!awaitsAnswer(its) || attempt !== its.attempt) return undefined',
    to: 'if (!awaitsAnswer(its)) return undefined',
  },

  // Undos that fail
  {
    name: 'undo-refused-is-undone',
    breaks: 'an undo that was refused is taken for one that was done',
    file: transition,
    from: "return its.status === 'undoing' ? undoFailed(its, (data as { reason: Reason }).reason) : undefined",
    to: "return its.status === 'undoing' ? { ...quiet(its), status: 'undone' } : undefined",
  },
  {
    name: 'failed-undo-ends-the-others',
    breaks: 'one undo that fails keeps the others from being asked for',
    file: advance,
    from: 'steps[index] = undoing(step, its, now, timing)\n    }',
    to: "steps[index] = steps.some(({ status }) => status === 'undo-failed') ? leftOut(its) : undoing(step, its, now, timing)\n    }",
  },
  {
    name: 'failed-undo-forgotten',
    breaks: 'a saga ends over an undo that failed, and nobody has the case',
    file: advance,
    from: "steps.every(({ status }) => status !== 'undoing' && status !== 'undo-failed')",
    to: "steps.every(({ status }) => status !== 'undoing')",
  },
  {
    name: 'case-hidden',
    breaks: 'what a person had to settle ends as if it had come to its end by itself',
    file: advance,
    from: "const outcome: Outcome = state.case ? 'operator' : state.end?.command === 'confirm' ? 'done' : 'undone'",
    to: "const outcome: Outcome = state.end?.command === 'confirm' ? 'done' : 'undone'",
  },

  // Operators
  {
    name: 'act-done-twice',
    breaks: 'an act that is delivered twice is done twice',
    file: transition,
    from: 'acts?.some((noted) => noted.id === id) ?? false',
    to: "(acts?.length ?? 0) < 0 && id === ''",
  },
  {
    name: 'skips-anything',
    breaks: 'an operator may leave out a step whatever state it is in',
    file: acts,
    from: 'if (!failedUndo && !lastMile)',
    to: 'if (false)',
  },
  {
    name: 'turns-back-over-the-pivot',
    breaks: 'an operator may turn a saga back when there is no way back',
    file: acts,
    from: "return hasWayBack(definition, state)\n        ? { state: { ...state, mode: 'compensating', because: stopped } }",
    to: "return true\n        ? { state: { ...state, mode: 'compensating', because: stopped } }",
  },
  {
    name: 'skip-without-a-case',
    breaks: 'a step is left out by a person, and nobody answers for it',
    file: acts,
    from: 'also: { case: { by, reason } } }',
    to: 'also: { because: { code: by, message: reason } } }',
  },
  {
    name: 'evidence-of-another-attempt',
    breaks: 'what became of one attempt is taken for what becomes of the next',
    file: acts,
    from: 'if (awaitsAnswer(its) && attempt !== its.attempt)',
    to: 'if (awaitsAnswer(its) && attempt === 0)',
  },

  // Calls
  {
    name: 'caller-answered-once',
    breaks: 'who asks a saga that has ended hears nothing any more',
    file: coordinator,
    from: "if (verdict.is === 'applied' || verdict.is === 'known') owed = true",
    to: "if (verdict.is === 'applied' || (verdict.is === 'known' && state?.phase === 'running')) owed = true",
  },
  {
    name: 'caller-replaced',
    breaks: 'whoever calls last is answered, whoever called first is not',
    file: transition,
    from: 'return input.caller && input.caller !== state.caller ? turnAway(input.caller) : known',
    to: 'return input.caller && input.caller !== state.caller ? applied(definition, { ...state, caller: input.caller }, now, timing) : known',
  },
  {
    name: 'caller-told-otherwise',
    breaks: 'a caller hears that it was done when it came to nothing',
    file: advance,
    from: "{ by, says: 'refused', data: ends.undone.answer!(known, state.because ?? cancelled) }",
    to: "{ by, says: 'done', data: { ...(ends.undone.answer!(known, state.because ?? cancelled) as object), receipt: 'none' } }",
  },
  {
    name: 'turned-away-unreadably',
    breaks: 'a caller is turned away in words that its contract does not know',
    file: outstanding,
    from: 'call!.refused(ends.undone.answer!({ [input]: call!.keep(data) }, because))',
    to: 'call!.refused({ reason: because })',
  },
  {
    name: 'second-caller-ignored',
    breaks: 'a caller whose instance is somebody else’s is told nothing',
    file: coordinator,
    from: "if (verdict.is === 'turned-away' && input.kind === 'start')",
    to: "if (verdict.is === 'turned-away' && input.kind === 'cancel')",
  },
  {
    name: 'calls-the-wrong-place',
    breaks: 'a call goes to the context of its contract and not to the saga',
    file: outstanding,
    from: 'to: step.calls ? inboxOf(step.calls) : ownerOf(message)',
    to: 'to: ownerOf(message)',
  },

  // Time
  {
    name: 'postponed-asks-again',
    breaks: 'what is put off because queues have fallen behind is asked for all the same',
    file: coordinator,
    from: "if (verdict.is === 'applied' || verdict.is === 'known') owed = true",
    to: "if (verdict.is !== 'stale') owed = true",
  },
  {
    name: 'word-overtaken',
    breaks: 'the silence of somebody is believed without a look at the queue in which the word may wait',
    file: coordinator,
    from: "if (step.kind === 'signal') return [inboxOf(name)]",
    to: "if (step.kind === 'signal') return []",
  },
  {
    name: 'silence-under-congestion',
    breaks: 'an answer that waits in a queue is taken for one that will not come',
    file: transition,
    from: 'if (congested) return',
    to: 'if (congested && false) return',
  },
  {
    name: 'late-cancel-dropped',
    breaks: 'a cancellation after the point of no return is not even noted',
    file: transition,
    from: "return applied(definition, back ? { ...noted, mode: 'compensating', because: cancelled } : noted, now, timing)",
    to: "return back ? applied(definition, { ...noted, mode: 'compensating', because: cancelled }, now, timing) : known",
  },
  {
    name: 'clock-of-the-first-process',
    breaks: 'a process tells the time by the clock of the one that was there first',
    file: coordinator,
    from: 'const now = ports.clock()',
    to: 'const now = ((globalThis as Record<string, unknown>).firstClock ??= ports.clock()) as number',
  },

  // The history
  {
    name: 'history-forgets-the-last-undo',
    breaks: 'what became of the undo that a saga ended with is told nobody',
    file: 'sagas/engine/history.ts',
    from: '[...lastUndos(names, before, after), {',
    to: '[{',
  },
  {
    name: 'history-half-written',
    breaks: 'lines of history that the table did not take are not written again',
    file: 'sagas/operators/history-store.ts',
    from: 'requests = (UnprocessedItems[table] ?? []) as typeof requests',
    to: 'requests = ([] as unknown[] | typeof UnprocessedItems) as typeof requests',
  },
  {
    name: 'acts-told-again',
    breaks: 'an act of an operator is told with every commit after it',
    file: 'sagas/engine/history.ts',
    from: '!before?.acts?.some((noted) => noted.id === id)',
    to: 'id !== before?.id',
  },

  // The outbox
  {
    name: 'refused-events-ignored',
    breaks: 'events that the bus has refused are taken for said',
    file: 'reactive/send.ts',
    from: 'return entries.filter((_, index) => Entries[index]?.ErrorCode)',
    to: 'return Entries.length > 0 ? [] : entries',
  },
  {
    name: 'unsaid-is-taken',
    breaks: 'changes whose events could not be said are taken from the stream all the same',
    file: 'reactive/stream-relay.ts',
    from: 'if (thrown) throw thrown',
    to: 'void thrown',
  },
  {
    name: 'says-the-first-change',
    breaks: 'of the changes that came together only the first is said',
    file: 'reactive/stream-relay.ts',
    from: 'handle: (messages) => publish(messages.flat()),',
    to: 'handle: (messages) => publish(messages.flat().slice(0, 1)),',
  },

  // Versions and batches
  {
    name: 'old-saga-on-the-new-definition',
    breaks: 'an instance is run by the newest version and not by its own',
    file: coordinator,
    from: '(state ? versions.find(({ version }) => version === state.version) : undefined) ??',
    to: '(state ? newest : undefined) ??',
    without: "if (state?.phase === 'running' && state.hash !== pinned.hash)",
  },
  {
    name: 'batch-leaks',
    breaks: 'one saga of a batch is moved on from the state of another',
    file: coordinator,
    from: 'const { sagaId } = entries[0]!.occasion',
    to: 'const { sagaId } = ((ports.store as Record<string, unknown>).first ??= entries[0]!.occasion) as { sagaId: string }',
  },

  // Environments, which serve one invocation after another and are frozen when they have answered
  {
    name: 'time-of-the-cold-start',
    breaks: 'an environment goes by the time at which it was started',
    file: coordinator,
    from: 'const now = ports.clock()',
    to: 'const now = ((ports as Record<string, unknown>).started ??= ports.clock()) as number',
  },
  {
    name: 'loaded-once',
    breaks: 'an environment that has loaded a saga does not look at it again',
    file: coordinator,
    from: 'const moved = await moveFrom(await ports.store.load(sagaId), ports',
    to: 'const loaded = ((ports.store as Record<string, unknown>).loaded ??= {}) as Record<string, SagaState | undefined>\n  if (!(sagaId in loaded)) loaded[sagaId] = await ports.store.load(sagaId)\n  const moved = await moveFrom(loaded[sagaId], ports',
  },
  {
    name: 'timers-not-waited-for',
    breaks: 'a batch is acknowledged before the call that sets its timers has come back',
    file: coordinator,
    from: 'const unset = await ports.transport.wake(sending.flatMap(({ wakes }) => wakes))',
    to: 'const unset = new Map<Wake, Error>()\n    void ports.transport.wake(sending.flatMap(({ wakes }) => wakes)).catch(() => {})',
  },
  {
    name: 'parks-without-waiting',
    breaks: 'a message is acknowledged before it is surely in its dead-letter queue',
    file: 'reactive/settle.ts',
    from: 'await deadLetter(sqs as SQSClient',
    to: 'void deadLetter(sqs as SQSClient',
  },
  {
    name: 'one-shard-stops-the-sweep',
    breaks: 'where one shard cannot be read, what was leased in the others is not woken',
    file: 'sagas/engine/sweeper.ts',
    from: 'const swept = await Promise.allSettled(shards.map(sweepShard))',
    to: "const swept = (await Promise.all(shards.map(sweepShard))).map(() => ({ status: 'fulfilled', reason: '' }))",
  },
]
