import type { Definition } from './engine/definition.ts'
import { fulfilOrder } from './fulfil-order.ts'
import { refundOrder } from './refund-order.ts'

/** Every definition that may have instances. A changed shape is a new version beside the old one, until that is drained. */
export const definitions: readonly Definition[] = [fulfilOrder, refundOrder]
