import { formatSpan } from '../format.ts'
import { table } from '../table.ts'
import { type Agreement, agrees, tolerance } from './agreement.ts'
import type { Progress } from './generate.ts'
import type { Spans } from './latencies.ts'
import { isSound, type LoadResult } from './result.ts'

/** A load run for a person. */
export const describeLoad = (result: LoadResult): string => {
  const { terms, offered, answers, orders, generator, steps } = result
  const { profile, rate, millis, mix, spacing, seed, objective } = terms
  return [
    `${profile}, up to ${rate} a second for ${formatSpan(millis)}, mix ${mix}, ${spacing} arrivals, seed ${seed}${result.interrupted ? '; interrupted' : ''}`,
    table(
      ['offered', 'admitted', 'served', 'shed', 'refused', 'failed', 'unsent'],
      [
        [offered, answers.admitted, answers.served, answers.shed, answers.refused, answers.failed, answers.unsent].map(
          String,
        ),
      ],
    ),
    table(
      ['confirmed', 'rejected', 'cancelled', 'under way', 'lost', 'ended otherwise', 'late', 'good'],
      [
        [
          orders.confirmed,
          orders.rejected,
          orders.cancelled,
          orders.underWay,
          orders.lost,
          orders.otherwise,
          orders.late,
          orders.good,
        ].map(String),
      ],
    ),
    table(
      ['from the intended start', 'number', 'p50', 'p90', 'p99', 'p99.9', 'longest'],
      [
        ['to the acceptance', result.acceptance],
        ['to the end of the order', result.toEnd],
        ['to the answer of a look', result.looking],
        ['to being told to come again', result.refusing],
        ['to being sent (the generator)', generator.lag],
      ].flatMap(([name, spans]) => spanRow(name as string, spans as Spans)),
    ),
    ...(steps.length === 0 ? [] : [stepTable(result)]),
    ...result.reasons.map(({ why, times }) => `${times} × ${why}`),
    ...(orders.measured < orders.admitted - orders.underWay - orders.lost
      ? [`the times of ${orders.measured} orders were read; late and good are carried over from them to all`]
      : []),
    `goodput ${result.goodput} a second: orders that ended as they should within ${formatSpan(objective)}`,
    ...conservation(result),
    ...(result.agreements ? [agreementTable(result.agreements)] : []),
  ].join('\n')
}

const conservation = (result: LoadResult): string[] => {
  const { conserved, differences, failedMessages, orders } = result
  if (conserved === undefined) return [isSound(result) ? 'every admitted order has ended' : notEnded(result)]
  return [
    ...(failedMessages ? [`${failedMessages} messages wait at the recovery desk: ./neverstop failed list`] : []),
    conserved ? 'money and stock are conserved' : 'money and stock are NOT conserved, or something is still under way',
    ...differences.slice(0, 10).map((line) => `  ${line}`),
    ...(orders.lost + orders.underWay > 0 ? [notEnded(result)] : []),
  ]
}

const notEnded = ({ orders }: LoadResult): string =>
  `${orders.underWay} admitted orders have not ended, ${orders.lost} are not known to the system`

const agreementTable = (agreements: readonly Agreement[]): string =>
  [
    table(
      ['counted twice', 'here', 'by the golden metrics', 'apart'],
      agreements.map(({ metric, generator, metrics, difference }) => [
        metric,
        String(generator),
        String(metrics),
        `${(100 * difference).toFixed(1)} %`,
      ]),
    ),
    agrees(agreements)
      ? `the metrics agree with what was counted here, within ${100 * tolerance} %`
      : `the metrics do NOT agree with what was counted here, within ${100 * tolerance} %`,
  ].join('\n')

const spanRow = (name: string, spans: Spans): string[][] =>
  spans.count === 0
    ? []
    : [
        [
          name,
          String(spans.count),
          ...[spans.p50, spans.p90, spans.p99, spans.p999, spans.max].map((millis) => `${millis} ms`),
        ],
      ]

const stepTable = ({ steps }: LoadResult): string =>
  table(
    ['seconds', 'rate', 'admitted', 'shed', 'failed', 'goodput', 'acceptance p99', 'to the end p50', 'p99'],
    steps.map(({ from, to, rate, goodput, answers, acceptance, toEnd }) => [
      `${Math.round(from)}–${Math.round(to)}`,
      String(rate),
      String(answers.admitted),
      String(answers.shed),
      String(answers.failed + answers.unsent),
      String(goodput),
      `${acceptance.p99} ms`,
      `${toEnd.p50} ms`,
      `${toEnd.p99} ms`,
    ]),
  )

/** What is counted while requests are sent. */
export type Counting = {
  readonly progress: Progress
  readonly answers: Readonly<Record<string, number>>
  /** So far. Milliseconds. */
  readonly passed: number
  readonly acceptance: Spans
}

/**
 * How a run stands, in a few lines.
 *
 * @example
 * describeProgress(counting, { planned: 300, millis: 30_000 })
 * // ['[######--------------] 9.0 s of 30 s · 91 of 300 offered · 3 under way', '88 admitted · …', …]
 */
export const describeProgress = (
  { progress, answers, passed, acceptance }: Counting,
  { planned, millis }: { readonly planned: number; readonly millis: number },
): string[] => {
  const width = 20
  const done = Math.min(width, Math.floor((passed / millis) * width))
  const counted = Object.entries(answers).filter(([, count]) => count > 0)
  return [
    `[${'#'.repeat(done)}${'-'.repeat(width - done)}] ${formatSpan(Math.min(passed, millis))} of ${formatSpan(millis)} · ${progress.offered} of ${planned} offered · ${progress.underWay} under way`,
    counted.map(([verdict, count]) => `${count} ${verdict}`).join(' · ') || 'no answer yet',
    `acceptance p50 ${acceptance.p50} ms · p99 ${acceptance.p99} ms · longest ${acceptance.max} ms`,
  ]
}
