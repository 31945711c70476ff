import { parse } from '../../events/envelope.ts'
import type { ConsumerWord, FailedCheck } from '../../events/http/recovery.ts'
import { contracts } from '../../events/index.ts'
import { allEnded } from '../../reactive/all-ended.ts'
import { type EpochMs, fromIso, iso, type Millis } from '../../reactive/time.ts'
import { beginRedrive } from './acts.ts'
import type { Foresee } from './foresee.ts'
import type { DeskRecord } from './record.ts'

type Reach = {
  readonly knows: (queue: string) => boolean
  readonly now: EpochMs
  readonly horizon: Millis
  readonly foresee: Foresee
}

/** A record and what would go back: its message, or that message edited. */
export type Candidate = { readonly record: DeskRecord; readonly text: string }

/**
 * Which records' messages would be taken if they went back now, as far as can be told without sending them: the desk's own
 * rules, the contract as it is today, and then the consumer's word. A consumer that can tell decides about deadlines and
 * age as well, since it alone knows whether it has done the work already; of one that cannot the desk says what it fears.
 *
 * @example
 * await checkAll([{ record, text }], reach) // [{ id, passes: false, because: ['contract-violation: … expected int …'], consumer }]
 */
export const checkAll = async (candidates: readonly Candidate[], reach: Reach): Promise<FailedCheck[]> => {
  const looked = candidates.map((candidate) => ({ ...candidate, ...lookedAt(candidate, reach) }))
  const words = new Map<DeskRecord, ConsumerWord>()
  const asking = looked.filter(({ stops }) => stops.length === 0)
  await allEnded(
    [...Map.groupBy(asking, ({ record }) => record.origin!)].map(async ([queue, those]) => {
      const said = await reach.foresee(
        queue,
        those.map(({ text }) => text),
      )
      those.forEach(({ record }, index) => {
        words.set(record, said[index]!)
      })
    }),
  )
  return looked.map(({ record, stops, doubts }) => {
    const consumer = words.get(record) ?? { says: 'not-asked', because: 'it would not be sent' }
    const because = [
      ...stops,
      ...(consumer.says === 'refuses' ? [consumer.because] : []),
      ...(consumer.says === 'not-asked' ? doubts : []),
    ]
    return { id: record.recordId, passes: because.length === 0, because, consumer }
  })
}

/** The same for one. */
export const check = async (candidate: Candidate, reach: Reach): Promise<FailedCheck> =>
  (await checkAll([candidate], reach))[0]!

/** `stops`: why it would not go back at all. `doubts`: why its consumer would refuse it, unless it has done it already. */
const lookedAt = ({ record, text }: Candidate, { knows, now, horizon }: Reach) => {
  const stops: string[] = []
  const begun = beginRedrive(record, { actId: 'check', by: 'check', reason: 'check', at: iso(now) }, iso(now))
  if ('refused' in begun) stops.push(begun.detail)
  else if (!knows(record.origin!)) stops.push(`there is no queue ${record.origin} that it could go back to`)
  const parsed = parse(text, contracts)
  if (!parsed.ok) return { stops: [...stops, `${parsed.problem}: ${parsed.detail}`], doubts: [] }
  const { deadline, firstsent, time } = parsed.message as { deadline?: string; firstsent?: string; time: string }
  const first = firstsent ?? time
  const doubts = [
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
  return { stops, doubts }
}
