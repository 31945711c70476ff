import { inject, test } from 'vitest'
import type { Capability } from '../../local/capabilities.ts'

/**
 * A test of what only some clouds can do: where this one cannot, it is skipped, and counted as skipped.
 *
 * @example
 * where('load')('a hundred orders at once all end', async () => …)
 */
export const where = (...needed: readonly Capability[]) => {
  const able = inject('capabilities')
  return test.skipIf(needed.some((capability) => !able.includes(capability)))
}
