import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import type { LedgerReport } from '../functions/recovery/ledger/report.ts'
import type { Resent } from '../functions/recovery/ledger/resend.ts'
import { exitCodes, Failure } from '../local/failure.ts'
import { formatTime } from './format.ts'
import { outputOf } from './outputs.ts'
import type { System } from './system.ts'
import { table } from './table.ts'
import { until } from './wait.ts'

type LookOptions = {
  /** Asks with another patience than the stage's, in milliseconds. */
  readonly graceMs?: number
}

/**
 * What the conservation ledger finds at this moment. The deployed ledger itself looks, so the answer is what its alarm
 * would say; nothing that it remembers is changed.
 *
 * @throws Failure when it could not look.
 *
 * @example
 * const { drift } = await lookIntoLedger(system)
 */
export const lookIntoLedger = async (system: System, { graceMs }: LookOptions = {}): Promise<LedgerReport> => {
  const answer = await invokeLedger(system, { look: graceMs === undefined ? {} : { graceMs } })
  return answer as LedgerReport
}

/** Looks again and again until nothing is missing and everybody has answered; resolves to the last look. */
export const settledLedger = async (
  system: System,
  within: number,
  options: LookOptions = {},
): Promise<LedgerReport> => {
  let last = await lookIntoLedger(system, options)
  if (!isSettled(last))
    await until(
      async () => {
        last = await lookIntoLedger(system, options)
        return isSettled(last) ? last : undefined
      },
      { within, every: 3_000 },
    )
  return last
}

export const isSettled = ({ drift, unanswered }: LedgerReport): boolean => drift.length === 0 && unanswered.length === 0

/**
 * Gives a missing message to the one who misses it once more, under its own id.
 *
 * @throws Failure when the ledger refuses: it is not missing there, or its sender cannot say it again.
 */
export const resendMissing = async (
  system: System,
  request: { readonly id: string; readonly queue: string; readonly reason: string; readonly graceMs?: number },
): Promise<{ readonly resent: string; readonly queue: string }> => {
  const answer = (await invokeLedger(system, { resend: { ...request, by: 'cli' } })) as Resent
  if ('refused' in answer) throw new Failure(answer.detail, { exitCode: exitCodes.refused })
  return answer
}

const invokeLedger = async (system: System, payload: unknown): Promise<unknown> => {
  const client = new LambdaClient(system.clientConfig)
  const FunctionName = outputOf(system, 'RecoveryLedgerFunctionName')
  try {
    const { FunctionError, Payload } = await client.send(
      new InvokeCommand({ FunctionName, Payload: JSON.stringify(payload) }),
    )
    const text = Payload?.transformToString() ?? ''
    if (FunctionError)
      throw new Failure(`the ledger could not look: ${text.slice(0, 500)}`, {
        remedy: "'./neverstop logs recovery-ledger' tells more",
      })
    return JSON.parse(text)
  } finally {
    client.destroy()
  }
}

/** What the ledger found, for a person: the span, where everything stands, and each message that is missing. */
export const describeLedger = (report: LedgerReport): string => {
  const { from, to, graceMs, share, flows, pairs, drift, unanswered, behindMs } = report
  const standing = Object.entries(pairs).filter(([, count]) => count > 0)
  return [
    `flows that began from ${formatTime(from)} to ${formatTime(to)}, ${describeShare(share)}, after a grace of ${graceMs / 1_000} s`,
    `${flows.begun} flows begun, ${flows.settled} settled, ${flows.watched} watched${flows.postponed > 0 ? ` (${flows.postponed} not looked at this time)` : ''}`,
    `messages: ${standing.map(([name, count]) => `${count} ${name}`).join(', ') || 'none'}`,
    ...(behindMs > 60_000 ? [`the ledger is ${Math.round(behindMs / 60_000)} min behind`] : []),
    ...unanswered.map((line) => `could not be asked: ${line}`),
    ...(drift.length === 0
      ? [unanswered.length === 0 ? 'nothing is missing' : 'nothing is known to be missing']
      : [
          `${drift.length} missing:`,
          table(
            ['message', 'type', 'sent by', 'missing at', 'since', 'about'],
            drift.map(({ id, type, sender, subscriber, since, subject }) => [
              id,
              type,
              sender.replace(/-evidence$/, ''),
              subscriber,
              formatTime(since),
              subject,
            ]),
          ),
          ...[...new Set(drift.map(({ remedy }) => remedy))].map((remedy) => `- ${remedy}`),
        ]),
  ].join('\n')
}

const describeShare = (share: number): string =>
  share >= 1 ? 'all of them' : `a sample of ${Number((share * 100).toPrecision(3))} %`
