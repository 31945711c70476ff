import * as z from 'zod'

export const failureClasses = ['transient', 'poison', 'permanent', 'expired', 'unknown'] as const

/**
 * Why a consumer gave a message up: the SQS attribute `failure` on what it sends to its dead-letter queue. A message that
 * the queue itself moved, because a receive was lost that nobody got, carries none.
 */
export const failureSchema = z.object({
  class: z.enum(failureClasses),
  code: z.string(),
  message: z.string(),
  stack: z.string().optional(),
  consumer: z.string(),
  receives: z.int().min(0),
  at: z.iso.datetime(),
  /** URL of the queue that it came from; absent for streams. */
  origin: z.string().optional(),
  /** Which code gave it up. */
  build: z.string().optional(),
  /** When its queue first had it, and when a consumer first received it. */
  sent: z.iso.datetime().optional(),
  firstReceived: z.iso.datetime().optional(),
})

export type Failure = z.infer<typeof failureSchema>
export const failureAttribute = 'failure'
