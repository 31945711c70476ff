import { markdownTable } from '../markdown.ts'
import { table } from '../table.ts'
import type { Gameday } from './proof.ts'
import { withoutStage } from './scenarios.ts'
import { unbroken } from './unbroken.ts'

/** A game day for a person: an alarm a line, then the sum. */
export const describeGameday = ({ proofs, composites, pages, unproven, seconds, scale }: Gameday): string => {
  const rows = proofs.map(({ alarm, severity, fault, by, within, fired, cleared, notified, remedy, proven }) => [
    proven ? '✔' : '✘',
    withoutStage(alarm),
    severity,
    by === 'the system' ? fault : `${fault} (said)`,
    fired === undefined ? `not within ${within}` : `${fired} of ${within}`,
    cleared === undefined ? 'never' : String(cleared),
    notified,
    remedy ? (remedy.acted ?? `${remedy.named}: not seen`) : '',
  ])
  return [
    table(['', 'alarm', 'severity', 'fault', 'fired, min', 'ok, min', 'notified', 'remedy'], rows),
    `composites: ${composites.fired.length} fired, ${composites.cleared.length} cleared`,
    ...Object.entries(pages).map(([severity, alarms]) => `${severity}: ${alarms.length} told while the faults lasted`),
    `${proofs.length - unproven.length} of ${proofs.length} alarms proven in ${seconds} s, ${scale} times as fast as the clock; ${madeOf(proofs)}`,
  ].join('\n')
}

/** The same as a page of `docs/`: what was proven, how, and how fast. */
export const gamedayPage = ({ proofs, seconds, scale }: Gameday): string =>
  [
    '# Game day',
    '',
    `Written by \`./neverstop gameday --one-each --page docs/gameday.md\`: ${proofs.filter(({ proven }) => proven).length} of ${proofs.length} kinds of alarm proven in ${seconds} s, ${scale} times as fast as the clock. ${capital(madeOf(proofs))}. Collection, evaluation, notification, remedy and recovery are the real ones everywhere. Minutes are the watch's; what fired later than documented was waiting for the machine or for what takes its time by the clock, which no scale shortens; what was measured once came right before its fault was mended.`,
    '',
    ...markdownTable(
      [
        'kind',
        'alarm',
        'severity',
        'fault',
        'made in',
        'fires within',
        'fired',
        'ok again',
        'notified',
        'remedy',
        'proven',
      ],
      proofs.map(({ alarm, kind, severity, fault, by, within, fired, cleared, notified, remedy, proven }) => [
        `[${kind}](runbooks/${kind}.md)`,
        withoutStage(alarm),
        severity,
        fault,
        by,
        String(within),
        String(fired ?? ''),
        String(cleared ?? ''),
        notified,
        remedy?.named ?? '',
        proven ? 'yes' : 'no',
      ]),
    ),
    '',
    ...legend,
    '',
    ...notBroken(proofs),
  ].join('\n')

/** What the columns of the page mean. */
const legend = [
  '- _severity_: none where the alarm is one half of a composite, which has it.',
  '- _made in_: the fault was made in the running system, or said as data of its metric.',
  "- _fires within_: minutes that the alarm's own terms take.",
  '- _fired_: minutes from when the faults of its scene struck to its ALARM.',
  '- _ok again_: minutes from when their mending began to its OK; below zero, it was OK before that.',
  "- _notified_: told by its own topic, or through its owner's composite.",
  '- _proven_: it fired in time, with what the fault takes and a grace, came right, told, and had its remedy act where it has one.',
]

const notBroken = (proofs: Gameday['proofs']): string[] => {
  const said = proofs.flatMap(({ kind, by }) => (by === 'metric data' ? [kind] : []))
  const why = [...new Set(said)].toSorted().map((kind) => [kind, unbroken[kind] ?? impatient])
  if (why.length === 0) return []
  return ['## Said in numbers', '', ...markdownTable(['kind', 'why no drill makes its fault'], why), '']
}

const impatient = 'its drill takes longer by the clock than this run had patience for (`--patience`)'

const madeOf = (proofs: Gameday['proofs']): string =>
  `${proofs.filter(({ by }) => by === 'the system').length} faults were made in the running system, the others said in numbers where the watch collects`

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
