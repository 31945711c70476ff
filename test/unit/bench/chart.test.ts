import { describe, expect, test } from 'vitest'
import { type Chart, chartOf } from '../../../bench/chart.ts'

const chart = (given: Partial<Chart> = {}): Chart => ({
  title: 'Goodput & more',
  caption: 'measured',
  x: {
    label: 'offered',
    ticks: [
      [1, '1×'],
      [4, '4×'],
    ],
  },
  y: { label: 'orders a second' },
  lines: [
    {
      name: 'with',
      points: [
        [1, 2],
        [4, 2],
      ],
    },
    {
      name: 'without',
      points: [
        [1, 2],
        [4, 0],
      ],
    },
  ],
  ...given,
})
const paths = (svg: string) => [...svg.matchAll(/<path class="line\d" d="([^"]*)"/g)].map(([, path]) => path!)
const heights = (path: string) => [...path.matchAll(/[ML][\d.]+ ([\d.]+)/g)].map(([, y]) => Number(y))

describe('a chart', () => {
  test('is the same text for the same numbers', () => {
    expect(chartOf(chart())).toBe(chartOf(chart()))
  })

  test('has a line for each arm, with its name, and what is higher stands higher', () => {
    const svg = chartOf(chart())
    const [level, falling] = paths(svg).map(heights)
    expect(level![0]).toBe(level![1])
    expect(falling![0]).toBe(level![0])
    expect(falling![1]).toBeGreaterThan(falling![0]!)
    expect(svg).toContain('>with</text>')
    expect(svg).toContain('>without</text>')
  })

  test('puts nought on its lowest grid line, and nothing above its highest', () => {
    const svg = chartOf(chart())
    const grid = [...svg.matchAll(/<line class="grid" x1="[\d.]+" y1="([\d.]+)"/g)].map(([, y]) => Number(y))
    expect(heights(paths(svg)[1]!)[1]).toBe(Math.max(...grid))
    expect(heights(paths(svg)[0]!)[0]).toBeGreaterThanOrEqual(Math.min(...grid))
    expect(grid.length).toBeGreaterThanOrEqual(4)
    expect(grid.length).toBeLessThanOrEqual(9)
  })

  test('reads on light and on dark, and without colours', () => {
    const svg = chartOf(chart())
    expect(svg).toContain('@media (prefers-color-scheme:dark)')
    expect(svg).toContain('stroke-dasharray')
  })

  test('writes words as words', () => {
    expect(chartOf(chart())).toContain('Goodput &amp; more')
  })

  test('breaks a long caption into lines', () => {
    const svg = chartOf(chart({ caption: 'word '.repeat(40).trim() }))
    expect(svg.match(/>word word/g)).toHaveLength(3)
  })

  test('of nothing but noughts can be drawn', () => {
    expect(chartOf(chart({ lines: [{ name: 'a', points: [[1, 0]] }] }))).toContain('<path')
  })

  test.each([
    [{ lines: [] }, 'one or two lines, not 0'],
    [{ lines: [{ name: 'a', points: [] }] }, 'one or two lines'],
    [{ lines: [{ name: 'a', points: [[1, Number.NaN]] }] }, 'two numbers'],
  ] as [Partial<Chart>, string][])('of %j is refused', (given, words) => {
    expect(() => chartOf(chart(given))).toThrow(words)
  })
})
