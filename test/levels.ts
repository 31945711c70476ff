/** Every test level, the quick ones first. */
export const levels = ['check', 'unit', 'simulation', 'infra', 'integration'] as const

export type Level = (typeof levels)[number]

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
