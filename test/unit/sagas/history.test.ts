import { describe, expect, test } from 'vitest'
import type { DataOf } from '../../../events/contract.ts'
import type { SagaAdvanced } from '../../../events/saga.ts'
import { timings } from '../../../reactive/timing.ts'
import { advanced } from '../../../sagas/engine/history.ts'
import { toItem } from '../../../sagas/engine/item.ts'
import type { SagaState } from '../../../sagas/engine/state.ts'
import { transcript } from '../../../sagas/testing/transcript.ts'
import {
  Asked,
  ends,
  Finish,
  Finished,
  it,
  last,
  little,
  no,
  one,
  pivot,
  step,
  two,
  yes,
} from '../../support/little-saga.ts'

const either = little()
  .quorum(1, (group) => group.step('one', step(one)).step('two', step(two)))
  .pivot('last', pivot(last))
  .endsWith(ends)

const image = (state: SagaState, revision: number) =>
  toItem({ ...state, revision }, 0, timings.brief) as unknown as Record<string, unknown>
const changesOf = (before: SagaState, after: SagaState) =>
  advanced([either], { before: image(before, 1), after: image(after, 2) }).map(
    ({ data }) => (data as DataOf<typeof SagaAdvanced>).changes,
  )

/** As far as it comes while what the quorum did not need cannot be undone. */
const nearItsEnd = () =>
  transcript(either)
    .given(Asked({ id: 'x', amount: 1 }))
    .sends(one.Do)
    .sends(two.Do)
    .hears(one.Done(yes()), one.Do)
    .sends(two.Undo)
    .replies(two.UndoRefused(no()))
    .hears(last.Done(yes()), last.Do)
    .sends(Finish)
    .replies(Finished(it))

describe('the last line of a saga tells what became of an undo that was open until then', () => {
  test('that was tried again and answered', () => {
    const script = nearItsEnd().directed({ verb: 'retry', step: 'two', by: 'ann', reason: 'They answer again.' })
    const before = script.state!
    script.hears(two.Undone(it), two.Undo).ends('done')
    expect(changesOf(before, script.state!)).toEqual([
      [
        { step: 'two', to: 'undone', attempt: 1 },
        { step: 'end', to: 'ended' },
      ],
    ])
  })

  test('that a person took out', () => {
    const script = nearItsEnd()
    const before = script.state!
    script.directed({ verb: 'skip', step: 'two', by: 'ann', reason: 'We pay.' }).ends('operator')
    expect(changesOf(before, script.state!)).toEqual([
      [
        { step: 'two', to: 'skipped', attempt: 1 },
        { step: 'end', to: 'ended' },
      ],
    ])
  })
})
