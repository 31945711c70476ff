import { existsSync, writeFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Whoever passes minutes in a second needs the machine for itself, and says by a file when others may have their share:
 * whoever started it waits for that.
 */
export const shareMachine = (file: string | null): void => {
  if (file !== null) writeFileSync(file, '')
}

/** Resolves when the machine is shared, or when nobody is left who could say so. */
export const machineShared = async (file: string, alone: Promise<unknown>): Promise<void> => {
  let left = true
  const leave = () => {
    left = false
  }
  const end = alone.then(leave, leave)
  while (left && !existsSync(file)) await Promise.race([sleep(200), end])
}
