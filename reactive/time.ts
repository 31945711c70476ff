declare const unit: unique symbol

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number & { readonly [unit]?: 'EpochMs' }
/** A span of time in milliseconds. */
export type Millis = number & { readonly [unit]?: 'Millis' }

/** Time is passed in; nothing pure reads a clock. */
export type Clock = () => EpochMs

export const seconds = (n: number): Millis => n * 1_000
export const minutes = (n: number): Millis => seconds(n * 60)
export const hours = (n: number): Millis => minutes(n * 60)
export const days = (n: number): Millis => hours(n * 24)

/**
 * A moment in RFC 3339, as `Date` writes it. Every message says several, most of them of one day: what is written of the
 * day is kept, since it is most of the work.
 *
 * @throws RangeError for what is no moment.
 */
export const iso = (at: EpochMs): string => {
  const whole = Math.trunc(at)
  const day = Math.floor(whole / msPerDay)
  if (day !== lastDay.number) {
    const text = new Date(whole).toISOString()
    lastDay = { number: day, text: text.slice(0, text.indexOf('T') + 1) }
  }
  let rest = whole - day * msPerDay
  const ms = rest % 1_000
  rest = (rest - ms) / 1_000
  const second = rest % 60
  rest = (rest - second) / 60
  const minute = rest % 60
  return `${lastDay.text}${digits[(rest - minute) / 60]}:${digits[minute]}:${digits[second]}.${ms < 100 ? `0${digits[ms]}` : ms}Z`
}
const msPerDay = days(1)
const digits = Array.from({ length: 100 }, (_, number) => String(number).padStart(2, '0'))
let lastDay = { number: Number.NaN, text: '' }
/** The time to live of an item, as DynamoDB wants it: whole seconds, never early. */
export const expiryOf = (at: EpochMs): number => Math.ceil(at / 1_000)

export const fromIso = (text: string): EpochMs => Date.parse(text)
