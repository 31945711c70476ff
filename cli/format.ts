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

/** Words cut to a width, so that a table stays one. */
export const shortened = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, width - 1)}…`
