import type { Change } from '../../reactive/stream-relay.ts'
import type { Recorded } from './events.ts'
import { readRecord } from './upcast.ts'

/**
 * The event that a change of the table appended. The other changes are the marks of the reconciler's index, which come
 * and go on events that were appended before.
 */
export const appendedBy = ({ before, after }: Change): Recorded | undefined =>
  after && !before ? readRecord(after) : undefined
