import type { Definition } from './engine/definition.ts'
import { fulfilOrder } from './fulfil-order.ts'
import { refundOrder } from './refund-order.ts'
import { fulfilOrderV1 } from './retired/fulfil-order-v1.ts'
import { refundOrderV1 } from './retired/refund-order-v1.ts'
import { returnOrder } from './return-order.ts'

/**
 * Every definition that may have instances. A changed shape is a new version beside the old one; only the newest of a
 * name starts instances, the others stay until theirs have ended.
 */
export const definitions: readonly Definition[] = [fulfilOrder, refundOrder, returnOrder, fulfilOrderV1, refundOrderV1]
