import type { Bug } from '../planting.ts'

const room = 'functions/recovery'

/** Bugs to plant in the recovery desk, one at a time; `desk.ts` must find each. */
export const deskBugs: readonly Bug[] = [
  {
    name: 'intake-deletes-first',
    breaks: 'a dead letter is acknowledged although its record was not committed',
    file: `${room}/intake.ts`,
    from: 'return { batchItemFailures: [...kept.keys()].map(({ arrivalId }) => ({ itemIdentifier: arrivalId })) }',
    to: 'return { batchItemFailures: [] }',
  },
  {
    name: 'copies-count-twice',
    breaks: 'a dead letter that is delivered again is counted as another failure',
    file: `${room}/record.ts`,
    from: 'if (record?.arrivals.includes(arrival.arrivalId)) return record',
    to: 'if (record === undefined && arrival === undefined) return record',
  },
  {
    name: 'returned-looks-settled',
    breaks: 'a message that comes back after a redrive leaves its record as it was',
    file: `${room}/record.ts`,
    from: "    status: 'open',\n    ...shown,",
    to: "    status: record?.status ?? 'open',\n    ...shown,",
  },
  {
    name: 'outcome-after-acknowledgement',
    breaks: 'the consumer never tells the desk what became of what it put back',
    file: 'reactive/settle.ts',
    from: 'if (mark) await sendAll(',
    to: 'if (mark && Number.isNaN(receives)) await sendAll(',
  },
  {
    name: 'redriven-for-ever',
    breaks: 'what was sent back and vanished is believed to be under way for ever',
    file: `${room}/acts.ts`,
    from: "if (record.status !== 'redriven' || record.leaseUntil === undefined || record.leaseUntil > now) return record",
    to: 'if (record.leaseUntil !== undefined || now) return record',
  },
  {
    name: 'stranded-for-ever',
    breaks: 'a redrive whose author died between intent and sending is never taken over',
    file: `${room}/acts.ts`,
    from: "record.status === 'redriving' && (record.leaseUntil ?? '') <= now",
    to: "record.status === 'redriving' && record.leaseUntil === 'never' && now !== ''",
  },
  {
    name: 'reminder-is-trusted',
    breaks: 'a staged redrive whose reminder was lost is never looked at again',
    file: `${room}/sweep.ts`,
    from: 'for (const plan of forgotten) await remind(reminder(plan, now), 0)',
    to: 'for (const plan of forgotten.slice(0, 0)) await remind(reminder(plan, now), 0)',
  },
  {
    name: 'anything-goes-back-by-itself',
    breaks: 'permanent failures are put back without anybody having asked',
    file: `${room}/policies.ts`,
    from: "group.class === 'transient' ?",
    to: "group.class !== '' ?",
  },
  {
    name: 'plans-are-not-exclusive',
    breaks: 'a plan sends what it has sent before and what came back',
    file: `${room}/redrive.ts`,
    from: "if (doing.plan !== undefined && record.history.some(({ plan }) => plan === doing.plan) && record.status === 'open')",
    to: "if (doing.plan === 'none')",
  },
  {
    name: 'ledger-begins-anew',
    breaks: 'a ledger whose first runs die begins later each time, and never looks at what came before',
    file: `${room}/ledger/run.ts`,
    from: "if (cursor === undefined && mode === 'keep') await store.advance(from)",
    to: 'if (cursor === undefined && from < 0) await store.advance(from)',
  },
  {
    name: 'ledger-names-once',
    breaks: 'a flow that is not settled is looked at once and never again',
    file: `${room}/ledger/run.ts`,
    from: 'await store.keep(open, watched, postponed.length > 0)',
    to: 'await store.keep(open.slice(0, 0), watched, postponed.length > 0)',
  },
  {
    name: 'ledger-runs-ahead',
    breaks: 'a span of which a sender could not be asked counts as looked at',
    file: `${room}/ledger/run.ts`,
    from: 'const seenTo = Math.min(end, ...told)',
    to: 'const seenTo = Math.max(end, ...told)',
  },
  {
    name: 'silence-is-consent',
    breaks: 'what a witness could not be asked about counts as handled',
    file: `${room}/ledger/follow.ts`,
    from: "? { standing: 'unknown' as const, since: pair.at }",
    to: "? { standing: 'handled' as const, since: pair.at }",
  },
  {
    name: 'sent-back-is-parked',
    breaks: 'what the desk has sent back counts as being on the desk until it says otherwise',
    file: `${room}/ledger/desk.ts`,
    from: "if (status !== 'redriven' && status !== 'handled') return { status: 'parked' }",
    to: "if (status !== 'handled') return { status: 'parked' }",
  },
  {
    name: 'no-grace',
    breaks: 'a message that is on its way is called missing',
    file: `${room}/ledger/follow.ts`,
    from: "since < before ? 'drift' : 'young', since }",
    to: "since < before + 1e9 ? 'drift' : 'young', since }",
  },
]
