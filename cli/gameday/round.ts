import { setTimeout as sleep } from 'node:timers/promises'
import type { MetricAlarm } from '../../local/watch/alarms.ts'
import type { HistoryEntry } from '../../local/watch/records.ts'
import type { Standings } from '../../local/watch/round.ts'
import { linesOf } from './exercise.ts'
import { clearsWithin, firesWithin } from './faults.ts'
import { type Drill, type Scenario, withoutStage } from './scenarios.ts'

const minute = 60_000
/** Collecting takes real time on a busy machine, which no scale shortens. Milliseconds. */
export const grace = 45_000
/** Mending may take so long. Milliseconds. */
const patience = 90_000
/** So long it must have been quiet before a fault, and at most it is waited for. Minutes of the watch's time. */
const quiet = { least: 2, most: 12 }
/** Composites wait for each other before they tell. Minutes of the watch's time. */
const composing = 6
/** So long composites are waited for, once the alarms that were tried are OK. Minutes of the watch's time. */
const descending = 20

export type Round = {
  readonly scenarios: readonly Scenario[]
  /** The composites above them. */
  readonly parents: readonly string[]
  readonly drills: readonly Drill[]
  /** The alarms to which silence is the fault. */
  readonly silent: readonly MetricAlarm[]
  /** What the watch has seen, as it goes on. */
  readonly history: readonly HistoryEntry[]
  readonly say: (lines: readonly string[]) => Promise<void>
  readonly standings: () => Standings
  readonly scale: number
  readonly note: (line: string) => void
}

/** When the faults began, and when their mending did. Epoch milliseconds. */
export type Moments = { readonly struck: number; readonly over: number }

/** Quiet, fault, quiet. Whatever happens, what a drill broke is mended. */
export const round = async (terms: Round): Promise<Moments> => {
  const { scenarios, parents, drills, silent, history, say, standings, scale, note } = terms
  const alarms = scenarios.map(({ alarm }) => alarm)
  const lasts = (minutes: number) => (minutes * minute) / scale
  // What was told last: a standing is there a moment before its story is.
  const isOn = (name: string) =>
    (history.findLast(({ alarm }) => alarm === name)?.to ?? standings()[name]?.state) === 'ALARM'
  const broken = new Set(scenarios.flatMap(({ alarm, by }) => (by === 'the system' ? [alarm.name] : [])))
  // Schedules run by the clock, and here minutes are shorter: their runs are said, unless somebody makes them.
  const runs = (of: readonly MetricAlarm[], at: number) =>
    of.filter(({ name }) => !broken.has(name)).flatMap((alarm) => linesOf(alarm, { metric: 5 }, at))
  const fine = (at: number) => [...runs(silent, at), ...scenarios.flatMap((scenario) => scenario.fine(at))]
  const breaching = (at: number) => [
    ...runs(
      silent.filter((alarm) => !alarms.includes(alarm)),
      at,
    ),
    ...scenarios.flatMap((scenario) => scenario.breaching(at)),
  ]
  /** Says lines twice a minute of the watch's time for so long, or until everybody is where they should be. */
  const saying = async (lines: (at: number) => string[], milliseconds: number, isDone = () => false) => {
    const end = Date.now() + milliseconds
    while (Date.now() < end && !isDone()) {
      await say(lines(Date.now()))
      await sleep(lasts(0.5))
    }
  }
  const fired = (since: number) =>
    [...alarms.map(({ name }) => name), ...parents].filter((name) =>
      history.some((it) => it.alarm === name && it.at >= since && it.to === 'ALARM' && it.from !== it.to),
    )
  const calm = () =>
    again(
      drills.flatMap(({ calm }) => calm ?? []),
      lasts(1),
    )

  // A quiet beginning, so that what is found belongs to the fault.
  const before = calm()
  const settled = Date.now() + lasts(quiet.least)
  await saying(fine, lasts(quiet.most), () => Date.now() >= settled && !alarms.some(({ name }) => isOn(name)))
  await before.end()

  const struck = Date.now()
  const strikes = again(
    drills.map(({ strike }) => strike),
    lasts(1),
  )
  try {
    const longest = Math.max(...scenarios.map(({ alarm, takes }) => lasts(firesWithin(alarm)) + takes))
    const isThere = () => alarms.every(({ name }) => fired(struck).includes(name))
    await saying(breaching, longest + grace, isThere)
    const there = fired(struck)
    const not = alarms.flatMap(({ name }) => (there.includes(name) ? [] : [withoutStage(name)]))
    note(`${alarms.length - not.length} of ${alarms.length} fired${not.length > 0 ? `, not ${not.join(', ')}` : ''}`)
    await saying(breaching, lasts(composing))
  } catch (error) {
    await mended(strikes.end(), drills)
    throw error
  }

  const over = Date.now()
  let isMended = false
  const mending = Promise.allSettled([mended(strikes.end(), drills)]).then(([how]) => {
    isMended = true
    return how
  })
  await saying(fine, patience, () => isMended)
  const how = await mending
  if (how.status === 'rejected') throw how.reason
  const after = calm()
  const slowest = Math.max(...alarms.map(clearsWithin))
  // What a drill broke takes its time to come right by the clock.
  await saying(fine, lasts(slowest) + patience, () => !alarms.some(({ name }) => isOn(name)))
  // A composite waits for all that is below it: orders that end late after an outage keep a promise broken for hours. One
  // that had been on before is somebody else's, and may stay so.
  const above = parents.filter((name) => fired(struck).includes(name))
  await saying(fine, lasts(descending), () => !above.some(isOn))
  await after.end()
  return { struck, over }
}

/** Does things again and again, each once in so many milliseconds or as it can, until the end; which throws what went wrong. */
const again = (things: readonly ((times: number) => Promise<unknown>)[], every: number) => {
  const over = new AbortController()
  const going = things.map(async (thing) => {
    for (let times = 0; !over.signal.aborted; times += 1) {
      const next = Date.now() + every
      await thing(times)
      await sleep(Math.max(1, next - Date.now()), undefined, { signal: over.signal }).catch(() => undefined)
    }
  })
  const settled = Promise.allSettled(going)
  return {
    end: async () => {
      over.abort()
      const wrong = (await settled).find((it) => it.status === 'rejected')
      if (wrong) throw wrong.reason
    },
  }
}

/** Mends what every drill broke, however its strikes and the mending of the others went. */
const mended = async (ended: Promise<void>, drills: readonly Drill[]) => {
  const [strikes] = await Promise.allSettled([ended])
  const mends = await Promise.allSettled(drills.map(({ mend }) => mend()))
  const wrong = [strikes, ...mends].find((it) => it.status === 'rejected')
  if (wrong) throw wrong.reason
}
