import { parse } from '../../events/envelope.ts'
import type { FailedCheck } from '../../events/http/recovery.ts'
import { contracts } from '../../events/index.ts'
import { type EpochMs, fromIso, iso, type Millis } from '../../reactive/time.ts'
import { beginRedrive } from './acts.ts'
import type { DeskRecord } from './record.ts'

type Reach = { readonly knows: (queue: string) => boolean; readonly now: EpochMs; readonly horizon: Millis }

/**
 * Whether a record's message would be taken if it went back now, as far as can be told without sending it: the desk's own
 * rules, the contract as it is today, the deadline, the horizon of deduplication. What the consumer's state says, only
 * the consumer knows; the first message of a staged redrive asks it.
 *
 * @example
 * checkOf(record, text, reach) // { id, passes: false, because: ['contract-violation: … quantity: expected int …'] }
 */
export const checkOf = (record: DeskRecord, text: string, { knows, now, horizon }: Reach): FailedCheck => {
  const because: string[] = []
  const begun = beginRedrive(record, { actId: 'check', by: 'check', reason: 'check', at: iso(now) }, iso(now))
  if ('refused' in begun) because.push(begun.detail)
  else if (!knows(record.origin!)) because.push(`there is no queue ${record.origin} that it could go back to`)
  because.push(...complaints(text, now, horizon))
  return { id: record.recordId, passes: because.length === 0, because }
}

const complaints = (text: string, now: EpochMs, horizon: Millis): string[] => {
  const parsed = parse(text, contracts)
  if (!parsed.ok) return [`${parsed.problem}: ${parsed.detail}`]
  const { deadline, firstsent, time } = parsed.message as { deadline?: string; firstsent?: string; time: string }
  const first = firstsent ?? time
  return [
    ...(deadline !== undefined && fromIso(deadline) < now
      ? [
          `expired: its answer was of use until ${deadline}; the consumer refuses it unless it has done the work already`,
        ]
      : []),
    ...(fromIso(first) < now - horizon
      ? [
          `before-horizon: it was first sent at ${first}; consumers refuse what is that old, unless /firstsent is edited`,
        ]
      : []),
  ]
}
