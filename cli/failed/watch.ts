import { setTimeout as sleep } from 'node:timers/promises'
import type { RedrivePlan } from '../../events/http/recovery.ts'
import { Failure } from '../../local/failure.ts'
import type { Api } from '../api.ts'
import { describePlan } from '../failures.ts'

/** How often a staged redrive is looked at. Milliseconds. */
const every = 700

/** Shows how a staged redrive gets on, a line whenever something has changed, until it ends. */
export const watchPlan = async (
  api: Pick<Api, 'failedGroup'>,
  { id, fingerprint }: Pick<RedrivePlan, 'id' | 'fingerprint'>,
  note: (line: string) => void,
): Promise<RedrivePlan> => {
  for (let last = ''; ; await sleep(every)) {
    const { plan } = await api.failedGroup(fingerprint)
    if (plan?.id !== id) throw new Failure(`${id} is not the newest staged redrive of ${fingerprint} any more`)
    const line = describePlan(plan)
    if (line !== last) note(line)
    last = line
    if (plan.status !== 'running') return plan
  }
}
