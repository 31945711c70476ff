/** A line of a chart, through its points from left to right. */
export type Line = { readonly name: string; readonly points: readonly (readonly [x: number, y: number])[] }

export type Chart = {
  readonly title: string
  readonly caption: string
  readonly x: { readonly label: string; readonly ticks: readonly (readonly [at: number, label: string])[] }
  readonly y: { readonly label: string }
  readonly lines: readonly Line[]
}

const width = 720
const height = 420
const edge = { left: 64, right: 24, top: 56, bottom: 92 }
/** Told apart by people who see no colours, on light and dark: a line and a dashed line in blue and orange. */
const strokes = [
  { light: '#0b62a4', dark: '#6cb6ff', dash: '' },
  { light: '#b4500f', dark: '#ffa657', dash: '7 5' },
] as const

/**
 * Draws a chart of one or two lines as an SVG that reads well on light and on dark. Pure: the same chart is the same text.
 *
 * @throws RangeError without a line, with more than two, or with a number that is none.
 *
 * @example
 * chartOf({ title: 'Goodput', …, lines: [{ name: 'regulated', points: [[1, 2.5], [4, 2.6]] }] })
 */
export const chartOf = ({ title, caption, x, y, lines }: Chart): string => {
  const all = lines.flatMap(({ points }) => points)
  if (lines.length < 1 || lines.length > strokes.length || all.length === 0)
    throw new RangeError(`a chart has one or two lines, not ${lines.length}`)
  if (all.some((point) => point.some((value) => !Number.isFinite(value))))
    throw new RangeError('a point of a chart is two numbers')
  const right = Math.max(...all.map(([at]) => at), ...x.ticks.map(([at]) => at))
  const step = stepFor(Math.max(...all.map(([, value]) => value)))
  const top = step * Math.max(1, Math.ceil(Math.max(...all.map(([, value]) => value)) / step))
  const atX = (value: number) => round(edge.left + (value / right) * (width - edge.left - edge.right))
  const atY = (value: number) => round(height - edge.bottom - (value / top) * (height - edge.top - edge.bottom))
  const rows = Array.from({ length: Math.round(top / step) + 1 }, (_, index) => round(index * step))
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img" aria-label="${escaped(title)}">`,
    `<style>${styles()}</style>`,
    `<rect class="ground" width="${width}" height="${height}"/>`,
    text('title', edge.left, 30, title),
    ...rows.flatMap((value) => [
      `<line class="grid" x1="${edge.left}" y1="${atY(value)}" x2="${width - edge.right}" y2="${atY(value)}"/>`,
      text('tick end', edge.left - 8, atY(value) + 4, String(value)),
    ]),
    ...x.ticks.map(([at, label]) => text('tick middle', atX(at), height - edge.bottom + 20, label)),
    text('tick', edge.left, 48, y.label),
    text('tick middle', (width + edge.left - edge.right) / 2, height - edge.bottom + 40, x.label),
    ...lines.flatMap(({ name, points }, index) => {
      const [lastX, lastY] = points.at(-1) ?? [0, 0]
      const path = points.map(([px, py], n) => `${n === 0 ? 'M' : 'L'}${atX(px)} ${atY(py)}`).join(' ')
      return [
        `<path class="line${index}" d="${path}"/>`,
        ...points.map(([px, py]) => `<circle class="dot${index}" cx="${atX(px)}" cy="${atY(py)}" r="3"/>`),
        text(`name${index} end`, atX(lastX), atY(lastY) - 10, name),
      ]
    }),
    ...wrapped(caption, 98).map((line, index) => text('tick', edge.left, height - 36 + index * 15, line)),
    '</svg>',
    '',
  ].join('\n')
}

const styles = (): string => {
  const colours = (mode: 'light' | 'dark') =>
    strokes
      .map((stroke, index) => `.line${index}{stroke:${stroke[mode]}}.dot${index},.name${index}{fill:${stroke[mode]}}`)
      .join('')
  const dashes = strokes.map(({ dash }, index) => (dash ? `.line${index}{stroke-dasharray:${dash}}` : '')).join('')
  const plain = 'text{font:13px system-ui,sans-serif;fill:#57606a}.title{font-size:16px;font-weight:600;fill:#1f2328}'
  return [
    plain,
    '.end{text-anchor:end}.middle{text-anchor:middle}.ground{fill:#ffffff}.grid{stroke:#d0d7de;stroke-width:1}',
    '[class^=line]{fill:none;stroke-width:2.5}[class^=name]{font-weight:600}',
    dashes,
    colours('light'),
    '@media (prefers-color-scheme:dark){text{fill:#9198a1}.title{fill:#f0f6fc}.ground{fill:#0d1117}.grid{stroke:#30363d}',
    colours('dark'),
    '}',
  ].join('')
}

const text = (kind: string, x: number, y: number, words: string): string =>
  `<text class="${kind}" x="${round(x)}" y="${round(y)}">${escaped(words)}</text>`

const escaped = (words: string): string =>
  words.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')

const round = (value: number): number => Math.round(value * 100) / 100

/** A distance of grid lines that people count in: 1, 2 or 5 and their tenfolds, four to ten of them. */
const stepFor = (most: number): number => {
  if (most <= 0) return 1
  const power = 10 ** Math.floor(Math.log10(most / 4))
  return [1, 2, 5, 10].map((digit) => digit * power).find((step) => most / step <= 8)!
}

const wrapped = (words: string, most: number): string[] => {
  const lines: string[] = ['']
  for (const word of words.split(' ')) {
    const last = lines.at(-1)!
    if (last !== '' && last.length + 1 + word.length > most) lines.push(word)
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`
  }
  return lines
}
