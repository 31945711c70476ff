/**
 * The watch's time: it begins with the clock's and runs `scale` times as fast, so that an alarm's minutes pass in seconds
 * where somebody tests it. Only the watch's time is scaled: what is measured, such as the age of a message, is not.
 */
export type WatchClock = {
  readonly scale: number
  /** The watch's time of a moment. Both in epoch milliseconds. */
  readonly of: (moment: number) => number
  /** How long a span of the watch's time takes. Both in milliseconds. */
  readonly lasts: (span: number) => number
}

/**
 * @example
 * watchClock({ origin: 0, scale: 60 }).of(1_000) // 60_000: a second is a minute
 */
export const watchClock = ({ origin, scale }: { origin: number; scale: number }): WatchClock => ({
  scale,
  of: (moment) => origin + (moment - origin) * scale,
  lasts: (span) => span / scale,
})
