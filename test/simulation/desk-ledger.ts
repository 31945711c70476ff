import type { BatchGetCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import type { Message } from '../../events/envelope.ts'
import { deskWitness } from '../../functions/recovery/ledger/desk.ts'
import type { LedgerReport, Watched } from '../../functions/recovery/ledger/report.ts'
import { resend } from '../../functions/recovery/ledger/resend.ts'
import { type LedgerOptions, type LedgerPorts, runLedger } from '../../functions/recovery/ledger/run.ts'
import type { LedgerStore } from '../../functions/recovery/ledger/store.ts'
import { recordIdFor } from '../../functions/recovery/record.ts'
import { type EpochMs, fromIso, iso, type Millis, seconds } from '../../reactive/time.ts'
import type { DeskTables } from '../support/memory-desk.ts'
import type { Process, World } from './world.ts'

/** A message that the saga is committed to. */
export type Posted = { readonly message: Message; readonly at: EpochMs }

type Platform = {
  readonly queue: string
  readonly grace: Millis
  readonly posted: ReadonlyMap<string, Posted>
  /** When its consumer did the work of each message. */
  readonly done: ReadonlyMap<string, EpochMs>
  readonly tables: DeskTables
  /** What a thief took, or a queue lost: nothing else may ever be lost. */
  readonly taken: ReadonlySet<string>
  /** Whether a copy of it is in any queue. */
  readonly somewhere: (id: string) => boolean
  readonly send: (process: Process, message: Message) => Promise<void>
}

/** Clocks are up to two seconds wrong, either way. */
const skew = seconds(5)

/**
 * The conservation ledger over the simulated desk: production code that asks the saga what it sent, the consumer what it
 * did, and the desk what it holds, each by calls that fail as all others do. Every run that could ask everybody is held
 * against the truth, which only the simulation knows: what is nowhere is named once its grace is over, and nothing else is.
 */
export const accounting = (sim: World, platform: Platform) => {
  const { queue, grace, posted, done, tables, taken, somewhere, send } = platform
  const kept = { cursor: undefined as EpochMs | undefined, flows: new Map<string, Watched>() }
  const violations: string[] = []
  const named = new Set<string>()
  let last: LedgerReport | undefined
  let resent = 0

  const storeOf = (process: Process): LedgerStore => ({
    cursor: () => sim.call(process, 'read the cursor', () => kept.cursor, 'read'),
    advance: (to) =>
      sim.call(process, 'advance the cursor', () => {
        kept.cursor = Math.max(kept.cursor ?? 0, to)
      }),
    watched: () => sim.call(process, 'read the flows', () => [...kept.flows.values()], 'read'),
    keep: async (flows) => {
      for (const flow of flows)
        await sim.call(process, `keep ${flow.message.id}`, () => void kept.flows.set(flow.message.id, flow))
    },
    forget: async (ids) => {
      for (const id of ids) await sim.call(process, `forget ${id}`, () => void kept.flows.delete(id))
    },
    note: () => sim.call(process, 'note an act', () => undefined),
  })

  const deskOf = (process: Process) =>
    ({
      send: ({ input }: BatchGetCommand) =>
        sim.call(
          process,
          'read the desk',
          () => ({
            Responses: Object.fromEntries(
              Object.entries(input.RequestItems!).map(([table, { Keys = [] }]) => [
                table,
                Keys.flatMap(({ recordId }) => tables.records.get(recordId) ?? []),
              ]),
            ),
          }),
          'read',
        ),
    }) as unknown as DynamoDBDocumentClient

  const portsOf = (process: Process): LedgerPorts => ({
    store: storeOf(process),
    subscribersOf: () => [],
    witnessOf: () => 'inventory',
    ask: (_witness, messages) =>
      sim.call(
        process,
        'ask inventory',
        () => messages.flatMap(({ id }) => (done.has(id) ? [{ id, as: 'handled' as const }] : [])),
        'read',
      ),
    senders: ['saga'],
    sent: (_sender, from, to) =>
      sim.call(
        process,
        'ask the saga',
        () =>
          [...posted.values()]
            .filter(({ at }) => at >= fromIso(from) && at < fromIso(to))
            .map(({ message: { id, type, subject, correlationid }, at }) => ({
              ...{ id, type, subject, at, to: queue },
              correlationId: correlationid,
            })),
        'read',
      ),
    desk: deskWitness(deskOf(process), 'desk', (thing) => thing),
    clock: () => sim.now() + process.skew,
    share: 1,
  })

  const recordOf = (id: string) => tables.records.get(recordIdFor(queue, id))
  const isParked = (id: string) => {
    const status = recordOf(id)?.status
    return status !== undefined && status !== 'redriven' && status !== 'handled'
  }
  const isNowhere = (id: string) => !done.has(id) && !isParked(id) && !somewhere(id)
  /** When it was last given to its queue. */
  const givenAt = (id: string): EpochMs =>
    Math.max(
      posted.get(id)!.at,
      ...(recordOf(id)?.history ?? []).map(({ at, completedAt }) => fromIso(completedAt ?? at)),
    )

  /** What anybody may know of the truth before and after a run, and what the run must therefore say. */
  const judge = (began: EpochMs, before: ReadonlySet<string>, settled: ReadonlySet<string>, report: LedgerReport) => {
    const drift = new Set(report.drift.map(({ id }) => id))
    for (const id of drift) {
      named.add(id)
      if (isNowhere(id) && !taken.has(id)) violations.push(`${id} is lost, and nobody took it`)
    }
    if (report.unanswered.length === 0)
      for (const id of before)
        if (isNowhere(id) && givenAt(id) + grace + skew < began && !drift.has(id))
          violations.push(`${id} has been nowhere since ${iso(givenAt(id))}, and the ledger of ${iso(began)} is silent`)
    for (const { id, since } of report.drift) {
      if (settled.has(id)) violations.push(`the ledger of ${iso(began)} misses ${id}, which is accounted for`)
      if (fromIso(since) > sim.now() - grace + skew) violations.push(`the ledger misses ${id} before its grace is over`)
    }
  }

  const run = async (process: Process, options: Partial<LedgerOptions> = {}) => {
    const began = sim.now()
    const before = new Set([...posted.keys()].filter(isNowhere))
    const parked = new Set([...posted.keys()].filter(isParked))
    const handled = new Set(done.keys())
    const report = await runLedger(portsOf(process), { grace, mode: 'keep', ...options })
    const settled = new Set([...handled, ...[...parked].filter((id) => isParked(id) && !done.has(id))])
    judge(began, before, settled, report)
    last = report
    return report
  }

  /** An operator who looks at the ledger, and gives what is missing and never failed to the one who misses it. */
  const mend = async (process: Process) => {
    for (const { id } of last?.drift ?? []) {
      if (recordOf(id)) continue
      const ports = portsOf(process)
      const result = await resend(
        { id, queue, by: 'olga', reason: 'it is missing', graceMs: grace },
        {
          look: (graceMs) => runLedger(ports, { grace: graceMs, mode: 'look' }),
          say: async () => posted.get(id)?.message,
          send: (_queue, message) => send(process, message),
          note: ports.store.note,
          clock: ports.clock,
        },
      )
      if ('resent' in result) resent += 1
    }
  }

  return {
    run,
    mend,
    /** Nothing is missing, and nothing is watched any more. */
    isAtRest: () => last !== undefined && last.drift.length === 0 && kept.flows.size === 0 && last.flows.watched === 0,
    figures: () => ({ named: named.size, resent }),
    violations: () => violations,
  }
}
