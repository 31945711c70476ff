/** Might succeed if tried again: the message goes back to its queue, with backoff. */
export class TransientError extends Error {
  override readonly name = 'TransientError'
}

/**
 * Was surely not tried, because what it needs is not there: the message goes to the back of its queue, with a delay and
 * without having used up one of its receives.
 */
export class PostponedError extends Error {
  override readonly name = 'PostponedError'
  /** Epoch milliseconds; before that it makes no sense to come back. */
  readonly until: number

  constructor(until: number, message: string) {
    super(message)
    this.until = until
  }
}

/** Will fail the same way every time: the message goes to its dead-letter queue at once, with this reason. */
export class PermanentError extends Error {
  override readonly name = 'PermanentError'
  readonly code: string

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}

/** What was thrown, as an error: anything can be. */
export const asError = (thrown: unknown): Error => (thrown instanceof Error ? thrown : new Error(String(thrown)))
