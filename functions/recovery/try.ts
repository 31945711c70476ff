import { automatic } from './automatic.ts'
import type { Group } from './groups.ts'
import { type StagedTools, startStaged } from './staged.ts'
import type { DeskStore } from './store.ts'

/** Which groups a staged redrive was begun of, and why none was of the others. */
export type Tried = {
  readonly tried: readonly { readonly fingerprint: string; readonly plan: string }[]
  readonly left: readonly { readonly fingerprint: string; readonly because: string }[]
}

/**
 * Begins a staged redrive of every group whose policy allows one now. `cleared` says that a cause has gone, and by whose
 * word: nobody knows which groups it was the cause of, so all are tried at once whose budget is not spent; a try costs one
 * message where the cause was another. Two who try at the same time begin one.
 *
 * @example
 * await tryGroups(await desk.groups({ all: false }), { by: 'support', because: 'the acquirer answers again' }, tools)
 */
export const tryGroups = async (
  groups: readonly Group[],
  cleared: { readonly by: string; readonly because: string } | undefined,
  tools: StagedTools & { readonly desk: Pick<DeskStore, 'tryGroup'> },
): Promise<Tried> => {
  const { desk, plans, clock } = tools
  const { by, because } = cleared ?? { by: '/recovery', because: 'its cause may have cleared' }
  const tried: { fingerprint: string; plan: string }[] = []
  const left: { fingerprint: string; because: string }[] = []
  for (const group of groups) {
    const { fingerprint } = group
    const decided = automatic(group, await plans.newest(fingerprint), clock(), cleared !== undefined)
    if (decided.do === 'nothing') {
      left.push({ fingerprint, because: decided.because })
      continue
    }
    const { policy, state } = decided
    if (!(await desk.tryGroup(fingerprint, group.auto, state))) {
      left.push({ fingerprint, because: 'somebody else tries it at this moment' })
      continue
    }
    const reason = `${because}: try ${state.tries} of ${policy.tries}`
    const plan = await startStaged(fingerprint, { by, reason, rate: policy.rate, stopAt: policy.stopAt }, tools)
    if ('planId' in plan) tried.push({ fingerprint, plan: plan.planId })
    else left.push({ fingerprint, because: plan.detail })
  }
  return { tried, left }
}
