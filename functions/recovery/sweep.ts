import { allEnded } from '../../reactive/all-ended.ts'
import { asError, TransientError } from '../../reactive/errors.ts'
import type { Measure } from '../../reactive/metering.ts'
import { portionsOf } from '../../reactive/portions.ts'
import { iso, type Millis, seconds } from '../../reactive/time.ts'
import { isStranded, lapse, lastRedrive } from './acts.ts'
import type { Group } from './groups.ts'
import { measureOpen } from './measured.ts'
import type { DeskRecord, Status } from './record.ts'
import { type RedriveRequest, redrive, redriveAll } from './redrive.ts'
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

/** What a sweep could not do: so many are named, the others counted. */
const mostNamed = 5

/**
 * What the desk does by itself, again and again: it completes redrives whose author died, opens again what was sent back
 * and never heard of, reminds of staged redrives that nobody advances, and tries transient groups whose cause may have
 * cleared. It also counts what is open, for the alarms. Each is decided from what is committed, so runs may overlap, die and repeat.
 *
 * None of them keeps the others, nor does a record whose message cannot be sent keep those that can.
 *
 * @throws TransientError with what could not be done, after all else was.
 */
export const sweep = async (tools: SweepTools): Promise<Swept> => {
  const { desk, plans, clock, remind, measure } = tools
  const now = clock()
  const failures: string[] = []
  const attempt = async <T>(what: string, work: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await work()
    } catch (error) {
      failures.push(`${what}: ${asError(error).message}`)
      return undefined
    }
  }

  const lapsed = await attempt('what was never heard of', async () => {
    const silent = await leases('redriven', tools)
    for (const ids of portionsOf(silent, perCommit))
      await desk.updateAll(
        new Map(ids.map((id): [string, Becoming] => [id, (record) => record && lapse(record, iso(now))])),
      )
    return silent.length
  })

  const reminded = await attempt('staged redrives', async () => {
    const forgotten = await plans.due(now - overdue)
    for (const plan of forgotten) await remind(reminder(plan, now), 0)
    return forgotten.length
  })

  const tried = await attempt('groups', async () => {
    const groups = await desk.groups({ all: false })
    measureOpen(groups, await firstsOf(groups, tools), now, measure)
    const result = await tryGroups(groups, undefined, tools)
    return result.tried.map(({ plan }) => plan)
  })

  // The last: where a queue is gone, it takes the rest of the time.
  const resumed = await attempt('stranded redrives', async () => {
    const stranded = await leases('redriving', tools)
    for (const ids of portionsOf(stranded, perCommit)) {
      const records = (await allEnded(ids.map(desk.load))).filter((record) => record !== undefined)
      const left = records.filter((record) => isStranded(record, iso(now))).map(resuming)
      try {
        await redriveAll(left, tools)
      } catch {
        for (const request of left) await attempt(request.recordId, () => redrive(request, tools))
      }
    }
    return stranded.length
  })

  if (failures.length > 0) {
    const more = failures.length > mostNamed ? `; and ${failures.length - mostNamed} more` : ''
    throw new TransientError(`not all is swept: ${failures.slice(0, mostNamed).join('; ')}${more}`)
  }
  return { resumed: resumed ?? 0, lapsed: lapsed ?? 0, reminded: reminded ?? 0, tried: tried ?? [] }
}

/** Of the open records of a group so many are looked at: those that have been quiet for the longest. */
const mostOfGroup = 10
const groupsAtOnce = 10

/** When open records failed for the first time. */
const firstsOf = async (groups: readonly Group[], { desk, clock }: SweepTools): Promise<string[]> => {
  const open = groups.filter((group) => group.open > 0)
  const firsts: string[] = []
  for (const some of portionsOf(open, groupsAtOnce)) {
    const members = await allEnded(
      some.map(({ fingerprint }) => desk.members(fingerprint, { after: '', before: iso(clock()), limit: mostOfGroup })),
    )
    firsts.push(...members.flat().map(({ firstSeen }) => firstSeen))
  }
  return firsts
}

/** What finishes a redrive in the name of its author. */
const resuming = (record: DeskRecord): RedriveRequest => {
  const { actId, by, reason } = lastRedrive(record)!
  return { recordId: record.recordId, actId, by, reason, resume: true }
}

const leases = (status: Extract<Status, 'redriving' | 'redriven'>, { desk, clock }: SweepTools) =>
  desk.lapsed(status, iso(clock()), mostPerRun)
