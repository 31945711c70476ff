import { allEnded } from '../../../reactive/all-ended.ts'
import type { Finding, SentMessage } from '../../../reactive/evidence.ts'
import { portionsOf } from '../../../reactive/portions.ts'
import type { EpochMs, Millis } from '../../../reactive/time.ts'

/** A message and one who should handle it: `subscriber` is a queue without the stage. What the ledger reconciles. */
export type Pair = SentMessage & {
  readonly subscriber: string
  /** Who is committed to having sent it: a context's evidence. */
  readonly sender: string
}

/**
 * Where a pair stands. The first three are final.
 *
 * - `handled`, `expired`: its consumer has committed that
 * - `discarded`: an operator has, at the desk
 * - `under-way`: its consumer has taken it on; `parked`: the desk holds it; `young`: nobody has it, but it is not due yet
 * - `postponed`: nobody has it, and its consumer may have put it back until its partner is called again
 * - `drift`: nobody has it, and it should long be somewhere
 * - `unknown`: who would know could not be asked
 */
export type Standing =
  | 'handled'
  | 'expired'
  | 'discarded'
  | 'under-way'
  | 'parked'
  | 'young'
  | 'postponed'
  | 'drift'
  | 'unknown'

export type Reconciled = {
  readonly pair: Pair
  readonly standing: Standing
  /** Since when it has been in nobody's hands: when it was sent, or put back from the desk. */
  readonly since: EpochMs
  /** The message at the beginning of its flow. */
  readonly root: string
}

/** What the desk knows of a pair. `at`: when it was last put back. */
export type AtDesk = { readonly status: 'parked' | 'discarded' } | { readonly status: 'redriven'; readonly at: EpochMs }

export type FollowPorts = {
  /** The queues that take a message of this type when it names none itself. */
  readonly subscribersOf: (type: string) => readonly string[]
  /** Who knows what became of the messages of a queue. */
  readonly witnessOf: (subscriber: string) => string
  readonly ask: (witness: string, messages: readonly SentMessage[]) => Promise<readonly Finding[]>
  readonly desk: (pairs: readonly Pair[]) => Promise<ReadonlyMap<Pair, AtDesk>>
}

const final: readonly Standing[] = ['handled', 'expired', 'discarded']
export const isFinal = ({ standing }: Reconciled): boolean => final.includes(standing)

/** A command answers an event, its reply the command, an advance the saga: four links, and room for longer flows. */
const longestFlow = 12
const messagesPerQuestion = 200

/**
 * Follows flows from the messages that begin them through the records of all who should have handled a part of them, and
 * says of each pair of message and subscriber where it stands. What a consumer is committed to having sent because of a
 * message is asked after in turn, so a flow of any length is reconciled by identity and nobody reads another's tables.
 *
 * A witness that cannot be asked makes its pairs unknown, never handled and never drift.
 *
 * @example
 * const reconciled = await follow(begun, { now, grace: minutes(3) }, ports)
 * reconciled.filter(({ standing }) => standing === 'drift')
 */
export const follow = async (
  begun: readonly { readonly message: SentMessage; readonly sender: string }[],
  { now, grace }: { readonly now: EpochMs; readonly grace: Millis },
  ports: FollowPorts,
): Promise<{ readonly reconciled: readonly Reconciled[]; readonly failures: readonly string[] }> => {
  const reconciled = new Map<string, Reconciled>()
  const failures = new Set<string>()
  const expand = (message: SentMessage, sender: string, root: string): Step[] =>
    (message.to ? [message.to] : ports.subscribersOf(message.type)).map((subscriber) => ({
      pair: { ...message, subscriber, sender },
      root,
    }))

  let steps = begun.flatMap(({ message, sender }) => expand(message, sender, message.id))
  for (let link = 0; steps.length > 0; link++) {
    if (link === longestFlow) throw new Error(`A flow has more than ${longestFlow} links: ${steps[0]!.pair.id}.`)
    const fresh = [...new Map(steps.map((step) => [keyOf(step.pair), step])).values()].filter(
      ({ pair }) => !reconciled.has(keyOf(pair)),
    )
    const said = await askAll(
      fresh.map(({ pair }) => pair),
      ports,
      failures,
    )
    const missing = fresh.map(({ pair }) => pair).filter((pair) => isMissing(said.get(pair)))
    const atDesk = await ports.desk(missing)
    steps = []
    for (const { pair, root } of fresh) {
      const finding = said.get(pair)
      const judged =
        finding === 'unanswered'
          ? { standing: 'unknown' as const, since: pair.at }
          : finding && !isMissing(finding)
            ? { standing: finding.as, since: pair.at }
            : unaccounted(pair, atDesk.get(pair), finding ? undefined : now - grace)
      reconciled.set(keyOf(pair), { pair, root, ...judged })
      if (finding && finding !== 'unanswered')
        steps.push(...(finding.sent ?? []).flatMap((sent) => expand(sent, ports.witnessOf(pair.subscriber), root)))
    }
  }
  return { reconciled: [...reconciled.values()], failures: [...failures] }
}

type Step = { readonly pair: Pair; readonly root: string }

/** Whether a consumer's records do not mention a message. */
const isMissing = (finding: Finding | 'unanswered' | undefined): boolean =>
  finding === undefined || (finding !== 'unanswered' && finding.as === 'postponed')

/** Of a message that its consumer has no record of. `before`: when it is missed; undefined while it may have been put back. */
const unaccounted = (
  pair: Pair,
  atDesk: AtDesk | undefined,
  before: EpochMs | undefined,
): { readonly standing: Standing; readonly since: EpochMs } => {
  if (atDesk && atDesk.status !== 'redriven') return { standing: atDesk.status, since: pair.at }
  const since = Math.max(pair.at, atDesk?.at ?? 0)
  return { standing: before === undefined ? 'postponed' : since < before ? 'drift' : 'young', since }
}

const askAll = async (
  pairs: readonly Pair[],
  { witnessOf, ask }: FollowPorts,
  failures: Set<string>,
): Promise<ReadonlyMap<Pair, Finding | 'unanswered'>> => {
  const said = new Map<Pair, Finding | 'unanswered'>()
  const byWitness = Map.groupBy(pairs, ({ subscriber }) => witnessOf(subscriber))
  const questions = [...byWitness].flatMap(([witness, theirs]) =>
    portionsOf(theirs, messagesPerQuestion).map((some) => ({ witness, some })),
  )
  await allEnded(
    questions.map(async ({ witness, some }) => {
      try {
        // Two queues of one context may carry the same message: its records answer for both.
        const found = new Map((await ask(witness, some.map(messageOf))).map((finding) => [finding.id, finding]))
        for (const pair of some) {
          const finding = found.get(pair.id)
          if (finding) said.set(pair, finding)
        }
      } catch (error) {
        failures.add(`${witness}: ${(error as Error).message}`)
        for (const pair of some) said.set(pair, 'unanswered')
      }
    }),
  )
  return said
}

const messageOf = ({ subscriber: _, sender: __, ...message }: Pair): SentMessage => message

/** The identity that is reconciled: message and subscriber. */
export const keyOf = ({ id, subscriber }: Pick<Pair, 'id' | 'subscriber'>): string => `${subscriber} ${id}`
