import type { Figure, Lab, Result } from './lab.ts'

/** Both arms side by side, as rows under `head`: figure, without, with, ratio, what it says. */
export const comparison = (its: Lab, result: Result): { head: string[]; rows: string[][] } => ({
  head: ['', its.arms.without, its.arms.with, 'ratio', ''],
  rows: Object.entries(its.figures).map(([name, { unit, meaning }]) => {
    const ratio = result.ratio[name]
    return [
      name,
      written(result.without[name]!, unit),
      written(result.with[name]!, unit),
      ratio === undefined ? '' : `× ${ratio}`,
      meaning,
    ]
  }),
})

const written = (value: number, unit: Figure['unit']): string => {
  const rounded = Number.isInteger(value) ? value : Number(value.toPrecision(3))
  if (unit === 'count' || unit === 'ratio') return String(rounded)
  return unit === '/s' ? `${rounded} /s` : `${rounded} ${unit}`
}
