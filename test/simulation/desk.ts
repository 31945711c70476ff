import type { Context, SQSEvent } from 'aws-lambda'
import { type Message, seal } from '../../events/envelope.ts'
import { contracts } from '../../events/index.ts'
import { ReleaseStock, ReserveStock } from '../../events/inventory.ts'
import { takeInAll } from '../../functions/recovery/intake.ts'
import { deskCommands, deskCommandsOf } from '../../functions/recovery/outcomes.ts'
import { type DeskRecord, statuses } from '../../functions/recovery/record.ts'
import { leasesOf } from '../../functions/recovery/redrive.ts'
import { sendBack } from '../../functions/recovery/send-back.ts'
import { startStaged } from '../../functions/recovery/staged.ts'
import { sweep } from '../../functions/recovery/sweep.ts'
import { tryGroups } from '../../functions/recovery/try.ts'
import { consumer } from '../../reactive/consume.ts'
import { PermanentError } from '../../reactive/errors.ts'
import { sendAll } from '../../reactive/send.ts'
import { hours, iso, minutes, seconds } from '../../reactive/time.ts'
import { timings } from '../../reactive/timing.ts'
import { deskTables, memoryPayloads, memoryPlans, memoryStore } from '../support/memory-desk.ts'
import { unobserved } from '../support/observation.ts'
import { accounting, type Posted } from './desk-ledger.ts'
import { every } from './environments.ts'
import { paceOf } from './event-source.ts'
import { queueing } from './queues.ts'
import { seeded } from './random.ts'
import { leftUnderWay } from './witness.ts'
import { type Fault, faultKinds, type Process, world } from './world.ts'

const nobody = unobserved('/recovery')

export type DeskResult = {
  readonly seed: number
  readonly messages: number
  readonly records: number
  readonly failures: number
  readonly redrives: number
  readonly automatic: number
  /** Redrives because somebody said that a cause has cleared. */
  readonly cleared: number
  /** Messages that were taken away behind the system's back; that the ledger has named; that were given once more. */
  readonly stolen: number
  readonly named: number
  readonly resent: number
  readonly unobserved: number
  readonly faults: Readonly<Record<Fault, number>>
  readonly virtualSeconds: number
  readonly violations: readonly string[]
}

/** Messages that somebody takes from the queue, at any time. */
const thefts = 3

const usual: Partial<Record<Fault, number>> = {
  'crash-before': 0.01,
  'crash-after': 0.01,
  throttled: 0.02,
  'ambiguous-write': 0.02,
  slow: 0.02,
  duplicate: 0.03,
  'unseen-receive': 0.02,
  'malformed-response': 0.02,
  'entry-refused': 0.02,
  vanished: 0.02,
  'skewed-clock': 0.1,
}

/**
 * One run of the desk under faults: commands of two kinds meet a consumer that fails transiently for a while, and for
 * one kind permanently until somebody repairs it. Intake, outcomes, sweep and staged redrives are the production code;
 * queues, tables and processes fail as everywhere in the simulation. The transient ones must come back by themselves, the
 * permanent ones by operators who redrive their group, two at a time, too early and again. A thief takes messages from the
 * queue; the ledger must name them, and an operator gives them to the consumer once more. Then everything must be at rest:
 * all handled, no record open or on its way, every count what a recount says, nothing missing and nothing watched.
 */
export const runDesk = async (seed: number, { messages = 40 } = {}): Promise<DeskResult> => {
  const random = seeded(seed)
  const timing = timings.brief
  const start = Date.UTC(2026, 0, 1)
  const severity = random.pick([0.3, 1, 2])
  const pace = paceOf(random)
  let odds: Partial<Record<Fault, number>> = {}
  const taken = new Set<string>()
  const sim = world(
    random,
    (fault, _where, about) => {
      const struck = random.chance((odds[fault] ?? 0) * severity)
      if (struck && fault === 'vanished') taken.add((JSON.parse(about) as Message).id)
      return struck
    },
    start,
    () => {},
  )
  const violations: string[] = []
  const answered = (process: Process) => {
    violations.push(...leftUnderWay(process))
  }
  const queues = queueing(sim, timing, { lasting: [], watch: () => {}, answered })

  const dead = queues.create('inventory-commands-dead')
  const commands = queues.create('inventory-commands', dead)
  const deskDead = queues.create('recovery-commands-dead')
  const own = queues.create('recovery-commands', deskDead)

  const tables = deskTables()
  const kept = memoryPayloads()
  const tools = (process: Process) => {
    const reach = <T>(what: string, effect: () => T, kind?: 'read' | 'write') => sim.call(process, what, effect, kind)
    const sqs = queues.client(process)
    const clock = () => sim.now() + process.skew
    return {
      desk: memoryStore(tables, reach),
      plans: memoryPlans(tables, reach),
      payloads: kept,
      knows: (queue: string) => queues.find(queue) !== undefined,
      send: sendBack(
        sqs,
        { 'inventory-commands': 'inventory-commands', 'recovery-commands': 'recovery-commands' },
        nobody.measure,
      ),
      remind: (message: Message, delay: number) =>
        sendAll(sqs, own.name, [{ message, delaySeconds: Math.ceil(delay / 1_000) }]),
      clock,
      log: nobody.log,
      measure: nobody.measure,
      observed: nobody,
      leases: leasesOf(timing),
    }
  }

  // The consumer, with an inbox: what it did once it answers from its record.
  const done = new Map<string, number>()
  const outageEnds = start + minutes(1 + random.upTo(6))
  const repairedAt = outageEnds + minutes(random.upTo(10))
  const consuming = (process: Process) => ({
    sqs: queues.client(process),
    urlOf: (queue: string) => queue,
    deadLetterUrlOf: (queue: string) => `${queue}-dead`,
    desk: own.name,
    receives: timing.receives,
    observed: nobody,
    clock: () => sim.now() + process.skew,
    random: random.next,
  })
  queues.subscribe({
    queue: commands,
    batch: 10,
    pace,
    function: (process) =>
      consumer(
        {
          service: '/inventory',
          contracts: [ReserveStock, ReleaseStock],
          handle: ({ message }) =>
            sim.call(process, `handle ${message.id}`, () => {
              if (done.has(message.id)) return
              if (sim.now() < outageEnds) throw new Error(`the table of ${message.subject} does not answer`)
              if (message.type === ReleaseStock.type && sim.now() < repairedAt)
                throw new PermanentError('damaged-stock-record', `The record of ${message.subject} is damaged.`)
              done.set(message.id, sim.now())
            }),
        },
        consuming(process),
      ),
  })
  for (const queue of [dead, deskDead])
    queues.subscribe({
      queue,
      batch: 10,
      pace,
      function: (process) => (event: SQSEvent, context: Context) => takeInAll(event, tools(process), context),
    })
  queues.subscribe({
    queue: own,
    batch: 10,
    pace,
    function: (process) =>
      consumer(
        { service: '/recovery', contracts: deskCommands, handleBatch: deskCommandsOf(tools(process)) },
        consuming(process),
      ),
  })
  const schedule = (period: number, name: string, work: (process: Process) => Promise<unknown>) =>
    every(sim, period, { name, lifetime: seconds(25), work, answered })
  schedule(minutes(1), 'recovery-sweeper', (process) => sweep(tools(process)))

  // Two operators who know of no other: each tries every group that waits for people, too early and too often.
  const byPeople = (name: string) => async (process: Process) => {
    const its = tools(process)
    for (const group of await its.desk.groups({ all: false }))
      if (group.class !== 'transient' && group.open > 0)
        await startStaged(group.fingerprint, { by: name, reason: 'let us see', rate: 20, stopAt: 0.2 }, its)
  }
  schedule(minutes(2), 'olga', byPeople('olga'))
  schedule(minutes(2) + seconds(1), 'oleg', byPeople('oleg'))

  // An alarm is over: support says so, a little late.
  sim.after(outageEnds - start + random.upTo(minutes(2)), () => {
    const its = tools(sim.process('support', seconds(25)))
    const cleared = { by: 'support', because: 'the table answers again' }
    const told = its.desk.groups({ all: false }).then((groups) => tryGroups(groups, cleared, its))
    told.catch(() => {})
  })

  const posted = new Map<string, Posted>()
  const isCopyOf = (id: string, body: string) => body.includes(`"id":"${id}"`)
  const ledger = accounting(sim, {
    queue: commands.name,
    grace: timing.ledgerGrace,
    posted,
    done,
    tables,
    taken,
    somewhere: (id) =>
      [commands, dead].some(({ messages }) => [...messages.values()].some(({ body }) => isCopyOf(id, body))),
    send: (process, message) => sendAll(queues.client(process), commands.name, [{ message }]),
  })
  schedule(minutes(1), 'recovery-ledger', (process) => ledger.run(process))
  schedule(minutes(1) + seconds(7), 'olga-at-the-ledger', ledger.mend)

  let stolen = 0
  for (let theft = 0; theft < thefts; theft++)
    sim.after(random.upTo(repairedAt - start), () => {
      const [loot] = [...commands.messages.values()]
      const id = loot && [...posted.keys()].find((one) => isCopyOf(one, loot.body))
      if (id === undefined || done.has(id)) return
      for (const copy of [...commands.messages.values()]) if (isCopyOf(id, copy.body)) commands.messages.delete(copy.id)
      taken.add(id)
      stolen += 1
    })

  const ids: string[] = []
  for (let index = 0; index < messages; index++) {
    const contract = random.chance(0.5) ? ReserveStock : ReleaseStock
    const orderId = `ord_${String(index).padStart(20, '0')}`
    const id = `fulfil-order:${orderId}/step/do/1`
    ids.push(id)
    const draft = (contract === ReserveStock
      ? ReserveStock({ orderId, lines: [{ sku: 'SKU-A', quantity: 1 }] })
      : ReleaseStock({ orderId })) as unknown as Parameters<typeof seal>[0]
    const message = seal(draft, {
      id,
      source: '/saga/fulfil-order',
      subject: orderId,
      time: iso(start),
      correlationid: orderId,
    })
    sim.after(random.upTo(seconds(90)), () => {
      posted.set(id, { message, at: sim.now() })
      queues.put(commands, JSON.stringify(message))
    })
  }
  odds = usual

  await sim.run(repairedAt + minutes(5))
  odds = {}
  const settled = () =>
    ids.every((id) => done.has(id)) &&
    [...tables.records.values()].every(({ status }) => status === 'handled') &&
    [...tables.plans.values()].every(({ status }) => status !== 'running') &&
    commands.messages.size + dead.messages.size + deskDead.messages.size === 0 &&
    ledger.isAtRest()
  const giveUp = sim.now() + hours(8)
  while (!settled() && sim.now() < giveUp) await sim.run(sim.now() + minutes(1))

  const records = [...tables.records.values()]
  for (const id of ids) if (!done.has(id)) violations.push(`${id} was never handled`)
  for (const record of records) violations.push(...wrongWith(record, repairedAt))
  violations.push(...miscounted(tables, records), ...ledger.violations())
  if (!ledger.isAtRest()) violations.push('the ledger never came to rest')

  const acts = records.flatMap(({ history }) => history)
  return {
    seed,
    messages,
    records: records.length,
    failures: records.reduce((sum, { count }) => sum + count, 0),
    redrives: acts.length,
    automatic: acts.filter(({ by }) => by === '/recovery').length,
    cleared: acts.filter(({ by }) => by === 'support').length,
    stolen,
    ...ledger.figures(),
    unobserved: acts.filter(({ outcome }) => outcome === 'unobserved').length,
    faults: sim.faults,
    virtualSeconds: (sim.now() - start) / 1_000,
    violations,
  }
}

const wrongWith = (record: DeskRecord, repairedAt: number): string[] => {
  const { recordId, status, history, count, attempts, arrivals } = record
  const wrong: string[] = []
  if (status !== 'handled') wrong.push(`${recordId} is still ${status}: ${record.failure.message}`)
  if (new Set(arrivals).size !== arrivals.length || count !== arrivals.length)
    wrong.push(`${recordId} counts ${count} failures and knows ${new Set(arrivals).size}`)
  const plans = history.flatMap(({ plan }) => (plan ? [plan] : []))
  if (new Set(plans).size !== plans.length) wrong.push(`${recordId} was sent twice by one staged redrive`)
  // A message may fail transiently first; what is put back by itself is put back because it last did.
  for (const act of history) {
    if (act.by !== '/recovery' && act.by !== 'support') continue
    // Clocks differ by up to four seconds.
    const before = attempts.filter(({ at }) => Date.parse(at) < Date.parse(act.at) - seconds(5)).at(-1)
    if (before && before.class !== 'transient' && Date.parse(act.at) < repairedAt - seconds(10))
      wrong.push(`${recordId} is ${before.class} and was put back by nobody's wish`)
  }
  if (!contracts.some(({ type }) => type === record.identity?.type)) wrong.push(`${recordId} lost its identity`)
  return wrong
}

const miscounted = (tables: ReturnType<typeof deskTables>, records: readonly DeskRecord[]): string[] => {
  const wrong: string[] = []
  for (const group of tables.groups.values())
    for (const status of statuses) {
      const recounted = records.filter((one) => one.fingerprint === group.fingerprint && one.status === status).length
      if (group[status] !== recounted)
        wrong.push(`group ${group.fingerprint} counts ${group[status]} ${status}, there are ${recounted}`)
    }
  const acts = records.flatMap(({ history }) => history)
  for (const plan of tables.plans.values()) {
    const its = acts.filter(({ plan: planId }) => planId === plan.planId)
    const recounted = {
      sent: its.length,
      handled: its.filter(({ outcome }) => outcome === 'handled').length,
      failed: its.filter(({ outcome }) => outcome === 'failed').length,
      unobserved: its.filter(({ outcome }) => outcome === 'unobserved').length,
    }
    for (const [name, count] of Object.entries(recounted))
      if (plan[name as keyof typeof recounted] !== count)
        wrong.push(`${plan.planId} counts ${plan[name as keyof typeof recounted]} ${name}, there are ${count}`)
    if (plan.status === 'running') wrong.push(`${plan.planId} never ended`)
  }
  return wrong
}

export const deskFaults: readonly Fault[] = faultKinds.filter((kind) => usual[kind] !== undefined)
