import { hashOf } from '../../reactive/hash.ts'
import { type Definition, isCommand, isHarmless } from '../../sagas/engine/definition.ts'
import type { SagaItem } from '../../sagas/engine/item.ts'

type Status = NonNullable<SagaItem['steps']>[number][0]

/** Nothing of it stands, or a person has it in hand. */
const settled: readonly Status[] = ['refused', 'undone', 'skipped', 'undo-failed']
const final: readonly Status[] = ['refused', 'undone', 'skipped']

/**
 * What one commit of a saga may never do, in words; it knows the definition and nothing of how the engine works.
 * `timely`: the clock of the process that made it has not jumped, so that its time can be trusted.
 */
export const brokenByCommit = (
  definition: Definition,
  before: SagaItem | undefined,
  after: SagaItem,
  timely = true,
): string[] => {
  const wrong: string[] = []
  const say = (what: string) => wrong.push(`${after.sagaId} revision ${after.revision}: ${what}`)
  if (before?.phase === 'ended') say('moved after its end')
  if (after.revision !== (before?.revision ?? 0) + 1) say(`follows revision ${before?.revision ?? 'none'}`)
  if (before && before.version !== after.version) say(`changed from version ${before.version} to ${after.version}`)
  if (before?.phase === 'early-cancel' && after.phase === 'running' && after.mode !== 'compensating')
    say('forgot the cancellation that overtook its start')
  if (before?.phase === 'early-cancel' && after.phase === 'early-signal') say('forgot its cancellation')
  if (after.phase === 'ended') wrong.push(...brokenByEnd(before, after))
  if (before?.heard && after.phase === 'running')
    for (const name of Object.keys(before.heard)) {
      const [status, , , , kept] = after.steps![definition.steps.findIndex((step) => step.name === name)]!
      if (status === 'pending' && kept === undefined) say(`forgot the word that came early for ${name}`)
      if (status === 'sent') say(`waits for the word for ${name} that had come early`)
    }
  if (after.phase !== 'running') return wrong

  const { steps, quorums } = definition
  const status = after.steps!.map(([its]) => its)
  const was = before?.phase === 'running' ? before.steps!.map(([its]) => its) : steps.map((): Status => 'pending')
  const acted = (after.acts?.length ?? 0) > 0 && after.acts?.at(-1)?.id !== before?.acts?.at(-1)?.id
  const back = after.mode === 'compensating'
  const pivot = steps.findIndex(({ kind }) => kind === 'pivot')
  const quorumOf = (index: number) => quorums.find(({ of }) => of.includes(index))
  const doneOf = (of: readonly number[]) => of.filter((index) => status[index] === 'done').length

  if (after.dueAt === undefined || after.dueShard === undefined || after.wake === undefined) say('has no wake-up')
  else {
    for (const [, , , due] of after.steps!) if (due > 0 && after.dueAt > due) say('would wake later than its true time')
    if (after.end?.dueAt && after.dueAt > after.end.dueAt) say('would wake later than its end is due')
  }
  // Whoever only waits is not written: a timer that comes too early is set again.
  if (timely && before?.dueAt && before.dueAt > after.at + 5_000 && saysTheSame(before, after))
    say('was written for nothing')
  if (back && ['sent', 'unknown', 'done'].includes(status[pivot]!)) say('compensates over its pivot')
  if (back && !after.because) say('turned back without a reason')
  if (before?.mode === 'compensating' && !back) say('turned forward again')
  if (before?.phase === 'running' && before.hash !== after.hash) say('changed its shape')
  if (before?.caller !== after.caller && before?.phase === 'running') say('changed its caller')
  if (before?.case && !after.case) say('lost its case')
  const hadWayBack = before?.phase === 'running' && before.mode === 'forward' && was[pivot] === 'pending'
  if (hadWayBack && after.cancelNoted && !before.cancelNoted && !back && status[pivot] === 'pending')
    say('was cancelled in time and goes on')

  steps.forEach((step, index) => {
    const its = status[index]!
    const { name, kind, after: comesAfter } = step
    const [, attempt, , due] = after.steps![index]!
    const [, attemptBefore = 1, , dueBefore = 0] = before?.steps?.[index] ?? []
    if (its === was[index] && attempt === attemptBefore) {
      if (its === 'undoing' && due === 0) say(`undoes ${name} without ever looking again`)
      return
    }
    if (final.includes(was[index]!)) say(`${name} came back after it was ${was[index]}`)
    if (!isCommand(step) && ['unknown', 'undoing', 'undone', 'undo-failed'].includes(its))
      say(`${name}, which asks nobody, is ${its}`)
    if (kind === 'check' && ['undoing', 'undone', 'undo-failed'].includes(its)) say(`undoes the check ${name}`)
    if ((kind === 'pivot' || kind === 'retriable') && ['undoing', 'undone', 'undo-failed'].includes(its))
      say(`undoes ${name}, which cannot be undone`)
    if (kind === 'retriable' && its === 'refused') say(`${name} was refused after the pivot`)
    if (its === 'pending' && was[index] !== 'pending' && attempt === attemptBefore)
      say(`asks ${name} the same once more`)
    if (its === 'sent' && attempt > attemptBefore && !acted && hasPause(after.sagaId, name, attemptBefore))
      say(`tries ${name} again without a pause`)
    if (attempt > attemptBefore + 1 || attempt < attemptBefore)
      say(`${name} went from attempt ${attemptBefore} to ${attempt}`)
    if (was[index] === 'undoing' && !['undone', 'undo-failed', 'skipped'].includes(its))
      say(`${name} was undoing, now ${its}`)
    if (was[index] === 'undo-failed' && its === 'skipped' && !after.case)
      say(`skipped ${name}, and nobody answers for it`)
    const lastMile = kind === 'retriable' && after.case !== undefined
    // Refused, to be tried again, and no longer wanted: all of that may be in one batch.
    const refused = attempt > attemptBefore
    const mayGo = ['pending', 'undo-failed'].includes(was[index]!) || refused
    if (its === 'skipped' && !mayGo && !isHarmless(step) && !lastMile) say(`left out ${name}, which was ${was[index]}`)
    if (its === 'undoing' && was[index] !== 'undo-failed') {
      const open = everythingAfter(definition, index).some(
        (at) => !settled.includes(status[at]!) && !(isHarmless(steps[at]!) && status[at] === 'done'),
      )
      // What a quorum does not need is undone on the way forward, which may end in the same batch.
      const quorum = quorumOf(index)
      const spare = quorum !== undefined && doneOf(quorum.of) >= quorum.need
      if (back && open && !spare) say(`undoes ${name} before what came after it is settled`)
      if (!back && !quorum) say(`undoes ${name} on the way forward`)
    }
    if (!back && was[index] === 'pending' && its !== 'pending') {
      const behind = comesAfter.every((at) => {
        const quorum = quorumOf(at)
        return quorum ? doneOf(quorum.of) >= quorum.need : status[at] === 'done' || status[at] === 'skipped'
      })
      const given = its === 'skipped' && quorumOf(index)
      if (!behind && !given) say(`runs ${name} before an earlier step is done`)
      // The pause after a refusal; an operator may cut it short.
      if (timely && its === 'sent' && dueBefore > after.at && !acted)
        say(`tries ${name} again before its pause is over`)
    }
  })
  for (const { of, need } of quorums) {
    if (!back && doneOf(of) > need) say(`keeps ${doneOf(of)} of a quorum of ${need}`)
    if (after.end?.command === 'confirm' && doneOf(of) !== need)
      say(`confirms with ${doneOf(of)} of a quorum of ${need}`)
  }
  if (after.end?.command === 'confirm')
    steps.forEach((step, index) => {
      const its = status[index]!
      if (quorumOf(index)) return
      const left = its === 'skipped' && (step.when || after.case)
      if (its !== 'done' && !left) say(`confirms with ${step.name} ${its}`)
    })
  if (after.end?.command === 'reject')
    steps.forEach((step, index) => {
      const its = status[index]!
      // An undo that failed may be tried again while the end is being recorded.
      if (!settled.includes(its) && its !== 'undoing' && !(its === 'done' && isHarmless(step)))
        say(`rejects with ${step.name} ${its}`)
    })
  const waits = after.steps!.some(
    ([its, , , due]) => ['sent', 'unknown', 'undoing', 'undo-failed'].includes(its) || (its === 'pending' && due > 0),
  )
  if (!waits && !after.end) say('is unfinished, and nothing is outstanding')
  return wrong
}

/** The steps that come after one, and those that come after them. */
export const everythingAfter = ({ steps }: Definition, index: number): readonly number[] => {
  const found = new Set<number>()
  steps.forEach(({ after }, at) => {
    if (after.some((before) => before === index || found.has(before))) found.add(at)
  })
  return [...found]
}

const saysTheSame = (before: SagaItem, after: SagaItem): boolean => {
  // Nearly every commit moves a step, and then the rest need not be looked at.
  if (JSON.stringify(before.steps) !== JSON.stringify(after.steps)) return false
  const said = ({ revision: _, at: __, wake: ___, dueAt: ____, dueShard: _____, ...rest }: SagaItem) =>
    JSON.stringify(Object.entries(rest).sort(([a], [b]) => (a < b ? -1 : 1)))
  return said(before) === said(after)
}

/** Pauses are drawn from nothing upwards; only the shortest are over at once. */
const hasPause = (sagaId: string, step: string, attempt: number): boolean =>
  hashOf(`${sagaId}/${step}/${attempt}`) / 2 ** 32 > 0.001

const brokenByEnd = (before: SagaItem | undefined, after: SagaItem): string[] => {
  const wrong: string[] = []
  const say = (what: string) => wrong.push(`${after.sagaId} revision ${after.revision}: ${what}`)
  if (before?.end === undefined) say('ended without its end having been asked for')
  if ((after.outcome === 'operator') !== (after.case !== undefined))
    say(`ended ${after.outcome} ${after.case ? 'with' : 'without'} a case`)
  const expected = before?.end?.command === 'confirm' ? 'done' : 'undone'
  if (after.outcome !== 'operator' && after.outcome !== expected)
    say(`ended ${after.outcome}, having asked for ${expected}`)
  if (before?.caller !== undefined) {
    const says = expected === 'done' ? 'done' : 'refused'
    if (after.called?.by !== before.caller) say(`answers ${after.called?.by ?? 'nobody'}, called by ${before.caller}`)
    else if (after.called.says !== says) say(`tells its caller ${after.called.says}, having asked for ${expected}`)
  } else if (after.called) say('answers a caller that it never had')
  return wrong
}
