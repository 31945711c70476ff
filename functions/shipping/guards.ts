import { type Carrier, carriers } from '../../events/partners/carriers.ts'
import type { Guard } from '../../reactive/guard.ts'
import { sharedGuard } from '../../reactive/shared-guard.ts'

/** A guard for each carrier: they fail one by one. */
export const carrierGuards = (ports: Parameters<typeof sharedGuard>[1]): Readonly<Record<Carrier, Guard>> => {
  const guards = carriers.map((carrier) => [carrier, sharedGuard(carrier, ports)] as const)
  return Object.fromEntries(guards) as Record<Carrier, Guard>
}
