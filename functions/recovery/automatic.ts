import { type EpochMs, fromIso, iso } from '../../reactive/time.ts'
import type { AutoState, Group } from './groups.ts'
import type { Plan } from './plan.ts'
import { type Policy, policyOf } from './policies.ts'

/** What the desk does by itself about a group: nothing, and why; or a staged redrive, and what it remembers of it. */
export type Automatic =
  | { readonly do: 'nothing'; readonly because: string }
  | { readonly do: 'try'; readonly policy: Policy; readonly state: AutoState }

/**
 * Whether a group's cause may have cleared. Nobody can know but by trying, so a try is a staged redrive: its first message
 * is the probe, and when that fails nothing else is sent and the pause doubles. `cleared` is the news that the cause has
 * gone, from an alarm for instance: it is tried at once, within the budget.
 */
export const automatic = (
  group: Pick<Group, 'class' | 'messageType' | 'queue' | 'open' | 'lastSeen' | 'auto'>,
  newest: Pick<Plan, 'status' | 'sent'> | undefined,
  now: EpochMs,
  cleared = false,
): Automatic => {
  const policy = policyOf(group)
  if (!policy) return { do: 'nothing', because: `${group.class} failures are for people` }
  if (group.queue === undefined) return { do: 'nothing', because: 'it came from no queue' }
  if (group.open === 0) return { do: 'nothing', because: 'none is open' }
  if (newest?.status === 'running') return { do: 'nothing', because: 'a staged redrive is under way' }
  const { auto } = group
  // What came out well in the end, or long ago, is not held against it. What was never sent has not come out well.
  const forgiven =
    (newest?.status === 'done' && newest.sent > 0) || (auto !== undefined && now - fromIso(auto.since) > policy.within)
  const tries = auto && !forgiven ? auto.tries : 0
  if (tries >= policy.tries) return { do: 'nothing', because: `${tries} tries have failed; a person decides` }
  const since = Math.max(fromIso(group.lastSeen), auto && !forgiven ? fromIso(auto.lastAt) : 0)
  const due = since + Math.min(policy.after * 2 ** tries, policy.upTo)
  if (!cleared && now < due) return { do: 'nothing', because: `it is tried at ${iso(due)}` }
  return {
    do: 'try',
    policy,
    state: { tries: tries + 1, since: auto && !forgiven ? auto.since : iso(now), lastAt: iso(now) },
  }
}
