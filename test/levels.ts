/** Every test level, the quick ones first. */
export const levels = ['check', 'unit', 'infra', 'simulation', 'integration'] as const

export type Level = (typeof levels)[number]

/** A level that has the machine, and one that takes what the first leaves of it. */
export type Turn = { readonly level: Level; readonly beside?: 'simulation' }

/**
 * The levels in the order of their turns. Much of the integration level is waiting, for deadlines, alarms and the ledger's
 * grace, and the simulation knows no time but its own: it runs beside the other, at the lowest priority, as soon as that shares the machine. Pure.
 *
 * @example
 * inTurn(['unit', 'simulation', 'integration']) // [{ level: 'unit' }, { level: 'integration', beside: 'simulation' }]
 */
export const inTurn = (wanted: readonly Level[]): Turn[] => {
  const together = wanted.includes('simulation') && wanted.includes('integration')
  return wanted.flatMap((level): Turn[] => {
    if (!together) return [{ level }]
    if (level === 'simulation') return []
    return [level === 'integration' ? { level, beside: 'simulation' } : { level }]
  })
}

/** How many tests of a level passed, failed and were skipped. */
export type Counts = { passed: number; failed: number; skipped: number }

/**
 * What a level comes to whose cloud this machine lacks. Who named the level or the cloud must not be told that all is
 * well when nothing ran; a plain `npm test` on a machine without the cloud runs what it can, and counts the rest as
 * skipped. Pure.
 *
 * @example
 * withoutItsCloud({ levels: [], cloud: 'localstack' }) // { passed: 0, failed: 1, skipped: 0 }
 */
export const withoutItsCloud = (named: { levels: readonly Level[]; cloud: string | undefined }): Counts =>
  named.levels.length > 0 || named.cloud !== undefined
    ? { passed: 0, failed: 1, skipped: 0 }
    : { passed: 0, failed: 0, skipped: 1 }
