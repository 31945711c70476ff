import type { Money } from '../events/vocabulary.ts'

/** Minor units as people write them: `formatMoney({ amount: 1250, currency: 'EUR' })` is `12.50 EUR`. */
export const formatMoney = ({ amount, currency }: Money): string => {
  const digits =
    new Intl.NumberFormat('en', { style: 'currency', currency }).resolvedOptions().maximumFractionDigits ?? 2
  return `${(amount / 10 ** digits).toFixed(digits)} ${currency}`
}

/** An ISO time as a person in the same place reads it, without the date: `14:03:07.250`. */
export const formatTime = (iso: string): string => {
  const at = new Date(iso)
  const two = (n: number) => String(n).padStart(2, '0')
  return `${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, '0')}`
}

/** A span of milliseconds as people say it, in its two largest units: `0.4 s`, `42 s`, `3 m 12 s`, `4 d 3 h`. */
export const formatSpan = (millis: number): string => {
  const seconds = Math.max(0, millis) / 1_000
  if (seconds < 10) return `${seconds.toFixed(1)} s`
  const whole = Math.round(seconds)
  const units: readonly (readonly [string, number])[] = [
    ['d', Math.floor(whole / 86_400)],
    ['h', Math.floor(whole / 3_600) % 24],
    ['m', Math.floor(whole / 60) % 60],
    ['s', whole % 60],
  ]
  const from = units.findIndex(([, count]) => count > 0)
  const said = units.slice(from, from + 2).filter(([, count]) => count > 0)
  return said.map(([unit, count]) => `${count} ${unit}`).join(' ')
}

/** Words cut to a width, so that a table stays one. */
export const shortened = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, width - 1)}…`
