import * as z from 'zod'

/** The words that several contracts share. Sizes are limits of the domain, stated once. */

/**
 * A part of a message. As a contract does, it keeps what it does not know: who passes on what a newer sender has said must
 * not drop half of it.
 *
 * @example
 * part({ sku, quantity }).parse({ sku: 'TEA-01', quantity: 2, gift: true }) // with the gift
 */
export const part = <Shape extends z.ZodRawShape>(shape: Shape) => z.looseObject(shape) as unknown as z.ZodObject<Shape>

export const orderId = z.string().regex(/^ord_[0-9a-z]{16,40}$/)
export const sku = z.string().regex(/^[A-Z0-9][A-Z0-9-]{1,31}$/)
export const quantity = z.int().min(1).max(1_000)

export const line = part({ sku, quantity })
/** 100 is what one DynamoDB transaction can reserve together with its reservation, less headroom. */
export const maxLines = 50
export const lines = z.array(line).min(1).max(maxLines)

/** Integer minor units (cents) with an ISO 4217 currency. */
export const money = part({ amount: z.int().min(0).max(100_000_000_00), currency: z.string().regex(/^[A-Z]{3}$/) })

export const address = part({
  name: z.string().min(1).max(120),
  street: z.string().min(1).max(200),
  city: z.string().min(1).max(120),
  postcode: z.string().min(1).max(16),
  country: z.string().regex(/^[A-Z]{2}$/),
})

/** In what state goods come back. */
export const condition = z.enum(['resellable', 'damaged'])

/** Why something did not happen: `code` for machines, `message` for the customer. */
export const reason = part({ code: z.string().min(1).max(64), message: z.string().min(1).max(300) })

export type Sku = z.infer<typeof sku>
export type Line = z.infer<typeof line>
export type Money = z.infer<typeof money>
export type Address = z.infer<typeof address>
export type Condition = z.infer<typeof condition>
export type Reason = z.infer<typeof reason>
