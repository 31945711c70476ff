/**
 * Resolves when the user (Ctrl-C) or the system asks this process to end. A second Ctrl-C ends it at once.
 *
 * Made before the work begins, so that an interruption finds an owner from then on.
 */
export const interruption = (): Promise<NodeJS.Signals> =>
  new Promise((resolve) => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => {
        process.once('SIGINT', () => process.exit(130))
        resolve(signal)
      })
    }
  })
