import { table } from '../table.ts'
import type { Gameday } from './run.ts'

/** A game day for a person: an alarm a line, then the sum. */
export const describeGameday = ({ proofs, composites, unproven, seconds, scale }: Gameday): string => {
  const rows = proofs.map(({ alarm, severity, fault, within, fired, cleared, notified, remedy, proven }) => [
    proven ? '✔' : '✘',
    alarm.replace(/^neverstop-[a-z0-9]+-/, ''),
    severity,
    fault,
    fired === undefined ? `not within ${within}` : `${fired} of ${within}`,
    cleared === undefined ? 'never' : String(cleared),
    notified,
    remedy ? (remedy.acted ?? `${remedy.named}: not seen`) : '',
  ])
  return [
    table(['', 'alarm', 'severity', 'fault', 'fired, min', 'ok, min', 'notified', 'remedy'], rows),
    `composites: ${composites.fired.length} fired, ${composites.cleared.length} cleared`,
    `${proofs.length - unproven.length} of ${proofs.length} alarms proven in ${seconds} s, ${scale} times as fast as the clock; faults are metric data, collected as any`,
  ].join('\n')
}

/** The same as a page of `docs/`: what was proven, how, and how fast. */
export const gamedayPage = ({ proofs, seconds, scale }: Gameday): string =>
  [
    '# Game day',
    '',
    `Written by \`./neverstop gameday --one-each --page docs/gameday.md\`: ${proofs.filter(({ proven }) => proven).length} of ${proofs.length} kinds of alarm proven in ${seconds} s, ${scale} times as fast as the clock. Faults are metric data, said where the watch collects: collection, evaluation, notification, remedy and recovery are the real ones. Minutes are the watch's; what fired later than documented was waiting for the machine, which no scale shortens.`,
    '',
    '| kind | alarm | severity | fault | fires within | fired | ok again | notified | remedy | proven |',
    '| --- | --- | --- | --- | --- | --- | --- | --- | --- | --- |',
    ...proofs.map(
      ({ alarm, kind, severity, fault, within, fired, cleared, notified, remedy, proven }) =>
        `| [${kind}](runbooks/${kind}.md) | ${alarm.replace(/^neverstop-[a-z0-9]+-/, '')} | ${severity} | ${fault} | ${within} | ${fired ?? ''} | ${cleared ?? ''} | ${notified} | ${remedy?.named ?? ''} | ${proven ? 'yes' : 'no'} |`,
    ),
    '',
  ].join('\n')
