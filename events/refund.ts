import * as z from 'zod'
import { command, reply } from './contract.ts'
import { money, orderId, reason } from './vocabulary.ts'

/** How another saga has an order refunded, and hears what came of it. The refund's own inbox takes it. */
export const RefundOrder = command('saga', 'RefundOrder', 1, { orderId, amount: money })
export const RefundCompleted = reply('saga', 'RefundCompleted', 1, { orderId, refundId: z.string().min(1) })
/** Also the answer to a second caller: an order is refunded once. */
export const RefundDeclined = reply('saga', 'RefundDeclined', 1, { reason })
