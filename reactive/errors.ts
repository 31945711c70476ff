/** Might succeed if tried again: the message goes back to its queue, with backoff. */
export class TransientError extends Error {
  override readonly name = 'TransientError'
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
