import { createHash } from 'node:crypto'
import type { Caller } from '../../reactive/http-endpoint.ts'

/**
 * Whose load an order is: the caller's organisation, or the caller alone. A person's name goes no further than it must, so
 * that a customer is a tenant under a pseudonym, the same in every message.
 *
 * @example
 * tenantOf({ subject: 'alice', role: 'customer' }) // 'c-2bd806c97f0e'
 */
export const tenantOf = ({ subject, tenant }: Pick<Caller, 'subject' | 'tenant'>): string =>
  tenant ?? `c-${createHash('sha256').update(subject).digest('hex').slice(0, 12)}`
