import { allEnded } from '../../reactive/all-ended.ts'
import type { Measure } from '../../reactive/metering.ts'
import { portionsOf } from '../../reactive/portions.ts'
import { iso, type Millis, seconds } from '../../reactive/time.ts'
import { isStranded, lapse, lastRedrive } from './acts.ts'
import { measureOpen } from './measured.ts'
import type { Status } from './record.ts'
import { redriveAll } from './redrive.ts'
import { reminder, type StagedTools } from './staged.ts'
import { type Becoming, type DeskStore, perCommit } from './store.ts'
import { tryGroups } from './try.ts'

export type SweepTools = StagedTools & { readonly desk: DeskStore; readonly measure: Measure }

export type Swept = {
  readonly resumed: number
  readonly lapsed: number
  readonly reminded: number
  readonly tried: readonly string[]
}

/** Records whose lease is over that one run takes in hand; the next run takes the rest. */
const mostPerRun = 400
/** A plan that is due has its own reminder; only a lost one is made up for. */
const overdue: Millis = seconds(20)

/**
 * What the desk does by itself, again and again: it completes redrives whose author died, opens again what was sent back
 * and never heard of, reminds of staged redrives that nobody advances, and tries transient groups whose cause may have
 * cleared. It also counts what is open, for the alarms. Each is decided from what is committed, so runs may overlap, die and repeat.
 */
export const sweep = async (tools: SweepTools): Promise<Swept> => {
  const { desk, plans, clock, remind, measure } = tools
  const now = clock()

  const stranded = await leases('redriving', tools)
  for (const ids of portionsOf(stranded, perCommit)) {
    const records = (await allEnded(ids.map(desk.load))).filter((record) => record !== undefined)
    const left = records.filter((record) => isStranded(record, iso(now)))
    await redriveAll(
      left.map((record) => {
        const { actId, by, reason } = lastRedrive(record)!
        return { recordId: record.recordId, actId, by, reason, resume: true }
      }),
      tools,
    )
  }

  const silent = await leases('redriven', tools)
  for (const ids of portionsOf(silent, perCommit))
    await desk.updateAll(
      new Map(ids.map((id): [string, Becoming] => [id, (record) => record && lapse(record, iso(now))])),
    )

  const forgotten = await plans.due(now - overdue)
  for (const plan of forgotten) await remind(reminder(plan, now), 0)

  const groups = await desk.groups({ all: false })
  measureOpen(groups, now, measure)
  const { tried } = await tryGroups(groups, undefined, tools)

  return {
    resumed: stranded.length,
    lapsed: silent.length,
    reminded: forgotten.length,
    tried: tried.map(({ plan }) => plan),
  }
}

const leases = (status: Extract<Status, 'redriving' | 'redriven'>, { desk, clock }: SweepTools) =>
  desk.lapsed(status, iso(clock()), mostPerRun)
