import { nearest } from '../nearest.ts'
import type { Datapoint } from './evaluate.ts'
import { NotEvaluated } from './statistic.ts'

/** A time series: one data point a period, oldest first. All series of one expression are equally long. */
export type Series = readonly Datapoint[]

/** What an expression is evaluated over. */
export type MathInput = {
  /** Metrics and other expressions by their id. */
  readonly series: Readonly<Record<string, Series>>
  /** The ids that are metrics, which METRICS() means; in the order of the alarm. */
  readonly metrics: readonly string[]
  /** Seconds a period. */
  readonly period: number
}

type Node =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'id'; readonly name: string }
  | { readonly kind: 'call'; readonly name: string; readonly of: readonly Node[] }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'list'; readonly items: readonly Node[] }
  | { readonly kind: 'negate'; readonly of: Node }
  | { readonly kind: 'binary'; readonly operator: string; readonly left: Node; readonly right: Node }

/** A value on the way: a number, a series, or an array of series. */
type Value = number | Series | { readonly many: readonly Series[] }

/** The functions of metric math that are evaluated here. CloudWatch knows more. */
const functionNames = ['ABS', 'AVG', 'CEIL', 'FILL', 'FLOOR', 'IF', 'MAX', 'METRICS', 'MIN', 'RATE', 'SUM'] as const
type FunctionName = (typeof functionNames)[number]

/** From loosest to tightest binding. `&&` and `||` also have the names AND and OR. */
const precedence: readonly (readonly string[])[] = [
  ['||'],
  ['&&'],
  ['==', '!=', '<=', '>=', '<', '>'],
  ['+', '-'],
  ['*', '/'],
  ['^'],
]

/**
 * Evaluates a metric math expression to a time series: arithmetic, comparisons, AND and OR,
 * and the functions ABS, AVG, CEIL, FILL, FLOOR, IF, MAX, METRICS, MIN, RATE and SUM.
 *
 * As in CloudWatch a period has a value only where every operand has one, so use FILL for what is silent when all is
 * well; a division by zero has none; a comparison is 1 or 0; over an array, SUM, AVG, MIN and MAX leave out who is
 * silent, while over one series they are a single number.
 *
 * @throws NotEvaluated naming what this subset does not have, with the nearest name that it has.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
 *
 * @example
 * metricMath('100 * FILL(errors, 0) / requests', {
 *   series: { errors: [undefined, 1], requests: [10, 4] }, metrics: ['errors', 'requests'], period: 60,
 * }) // [0, 25]
 */
export const metricMath = (expression: string, input: MathInput): Series => {
  const length = Math.max(0, ...Object.values(input.series).map((series) => series.length))
  const value = compute(parse(expression), input, expression)
  if (typeof value === 'number') return Array.from({ length }, () => value)
  if ('many' in value)
    throw new NotEvaluated(`'${expression}' gives ${value.many.length} series; an alarm watches exactly one`)
  return value
}

/** The ids that an expression mentions. METRICS() stands for all metrics and mentions none. */
export const idsOf = (expression: string): string[] => {
  const within = (node: Node): string[] => {
    if (node.kind === 'id') return [node.name]
    if (node.kind === 'call') return node.of.flatMap(within)
    if (node.kind === 'list') return node.items.flatMap(within)
    if (node.kind === 'negate') return within(node.of)
    return node.kind === 'binary' ? [...within(node.left), ...within(node.right)] : []
  }
  return [...new Set(within(parse(expression)))].filter((name) => !fillWords.includes(name))
}

/** What FILL takes besides numbers and series. */
const fillWords = ['REPEAT']

const tokens =
  /\s*(?:(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)|([A-Za-z_]\w*)|("[^"]*"|'[^']*')|(&&|\|\||==|!=|<=|>=|[-+*/^<>(),[\]]))/y

const parse = (expression: string): Node => {
  const words = tokenize(expression)
  let at = 0
  const peek = () => words[at]
  const take = (wanted?: string) => {
    const word = words[at++]
    if (word === undefined || (wanted !== undefined && word !== wanted))
      throw new NotEvaluated(
        `'${expression}' is no metric math: ${wanted === undefined ? 'it ends too soon' : `'${wanted}' is missing before '${word ?? 'the end'}'`}`,
      )
    return word
  }
  const several = (close: string): Node[] => {
    const items: Node[] = []
    while (peek() !== close) {
      items.push(level(0))
      if (peek() !== close) take(',')
    }
    take(close)
    return items
  }
  const primary = (): Node => {
    const word = take()
    if (word === '-') return { kind: 'negate', of: primary() }
    if (word === '(') {
      const inner = level(0)
      take(')')
      return inner
    }
    if (word === '[') return { kind: 'list', items: several(']') }
    if (/^\d/.test(word)) return { kind: 'number', value: Number(word) }
    if (/^["']/.test(word)) return { kind: 'text', value: word.slice(1, -1) }
    if (!/^[A-Za-z_]/.test(word)) throw new NotEvaluated(`'${expression}' is no metric math: '${word}' stands alone`)
    if (peek() !== '(') return { kind: 'id', name: word }
    take('(')
    return { kind: 'call', name: word, of: several(')') }
  }
  const level = (depth: number): Node => {
    if (depth === precedence.length) return primary()
    let left = level(depth + 1)
    while (peek() !== undefined && precedence[depth]!.includes(operatorOf(peek()!))) {
      const operator = operatorOf(take())
      left = { kind: 'binary', operator, left, right: level(depth + 1) }
    }
    return left
  }
  const node = level(0)
  if (peek() !== undefined) throw new NotEvaluated(`'${expression}' is no metric math: '${peek()}' is too much`)
  return node
}

const operatorOf = (word: string) => (word === 'AND' ? '&&' : word === 'OR' ? '||' : word)

const tokenize = (expression: string): string[] => {
  const words: string[] = []
  tokens.lastIndex = 0
  const end = expression.trimEnd().length
  while (tokens.lastIndex < end) {
    const from = tokens.lastIndex
    const match = tokens.exec(expression)
    if (!match)
      throw new NotEvaluated(`'${expression}' is no metric math: it cannot be read from '${expression.slice(from)}' on`)
    words.push(match[0].trim())
  }
  return words
}

const binary: Record<string, (left: number, right: number) => Datapoint> = {
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': (left, right) => (right === 0 ? undefined : left / right),
  '^': (left, right) => left ** right,
  '==': (left, right) => Number(left === right),
  '!=': (left, right) => Number(left !== right),
  '<': (left, right) => Number(left < right),
  '>': (left, right) => Number(left > right),
  '<=': (left, right) => Number(left <= right),
  '>=': (left, right) => Number(left >= right),
  '&&': (left, right) => Number(left !== 0 && right !== 0),
  '||': (left, right) => Number(left !== 0 || right !== 0),
}

const compute = (node: Node, input: MathInput, expression: string): Value => {
  const value = (inner: Node) => compute(inner, input, expression)
  switch (node.kind) {
    case 'number':
      return node.value
    case 'text':
      throw new NotEvaluated(`'${expression}': the text '${node.value}' is understood only as the argument of METRICS`)
    case 'id': {
      const series = input.series[node.name]
      if (!series)
        throw new NotEvaluated(
          `'${expression}' mentions '${node.name}', which is neither a metric nor an expression of this alarm: ${Object.keys(input.series).join(', ')}`,
        )
      return series
    }
    case 'list':
      return { many: node.items.map((item) => oneOf(value(item), expression)) }
    case 'negate':
      return each(value(node.of), (point) => -point)
    case 'binary':
      return zip(value(node.left), value(node.right), binary[node.operator]!, expression)
    case 'call':
      return call(node, input, expression)
  }
}

const call = ({ name, of }: Extract<Node, { kind: 'call' }>, input: MathInput, expression: string): Value => {
  const known = functionNames.find((one) => one === name)
  if (!known) {
    const near = nearest(name.toUpperCase(), functionNames)
    throw new NotEvaluated(
      `'${expression}': the function ${name} is not evaluated here${near ? `; did you mean ${near}?` : `: use ${functionNames.join(', ')}`}`,
    )
  }
  const value = (at: number): Value => {
    const node = of[at]
    if (!node) throw new NotEvaluated(`'${expression}': ${name} needs an argument more`)
    return compute(node, input, expression)
  }
  const compare: Record<FunctionName, () => Value> = {
    ABS: () => each(value(0), Math.abs),
    CEIL: () => each(value(0), Math.ceil),
    FLOOR: () => each(value(0), Math.floor),
    SUM: () => reduce(value(0), (points) => points.reduce((one, other) => one + other, 0)),
    AVG: () => reduce(value(0), (points) => points.reduce((one, other) => one + other, 0) / points.length),
    MIN: () => reduce(value(0), (points) => Math.min(...points)),
    MAX: () => reduce(value(0), (points) => Math.max(...points)),
    RATE: () => perSeries(value(0), (series) => rate(series, input.period)),
    METRICS: () => ({ many: metricsNamed(of[0], input).map((id) => input.series[id]!) }),
    FILL: () => {
      const filler = of[1]
      if (filler?.kind === 'id' && filler.name === 'REPEAT') return perSeries(value(0), repeat)
      if (filler?.kind === 'id' && !(filler.name in input.series))
        throw new NotEvaluated(`'${expression}': FILL takes a number, a series or REPEAT here, not ${filler.name}`)
      const other = value(1)
      return perSeries(value(0), (series) =>
        series.map((point, index) => point ?? (typeof other === 'number' ? other : oneOf(other, expression)[index])),
      )
    },
    IF: () => choose(value(0), value(1), of.length > 2 ? value(2) : undefined, expression),
  }
  return compare[known]()
}

/** `METRICS('errors')` are the metrics whose id contains the text. */
const metricsNamed = (filter: Node | undefined, { metrics }: MathInput): readonly string[] =>
  filter?.kind === 'text' ? metrics.filter((id) => id.includes(filter.value)) : metrics

const each = (value: Value, change: (point: number) => number): Value => {
  if (typeof value === 'number') return change(value)
  return perSeries(value, (series) => series.map((point) => (point === undefined ? undefined : change(point))))
}

const perSeries = (value: Value, change: (series: Series) => Series): Value => {
  if (typeof value === 'number') return value
  return 'many' in value ? { many: value.many.map(change) } : change(value)
}

/** Over an array: period by period. Over one series: a single number. */
const reduce = (value: Value, by: (points: readonly number[]) => number): Value => {
  if (typeof value === 'number') return value
  const present = (points: Series) => points.filter((point) => point !== undefined)
  if (!('many' in value)) {
    const points = present(value)
    return points.length === 0 ? value : by(points)
  }
  const length = Math.max(0, ...value.many.map((series) => series.length))
  return Array.from({ length }, (_, at) => {
    const points = present(value.many.map((series) => series[at]))
    return points.length === 0 ? undefined : by(points)
  })
}

const zip = (
  left: Value,
  right: Value,
  operate: (left: number, right: number) => Datapoint,
  expression: string,
): Value => {
  const both = (one: Datapoint, other: Datapoint) =>
    one === undefined || other === undefined ? undefined : operate(one, other)
  if (typeof left === 'number' && typeof right === 'number') {
    const result = operate(left, right)
    if (result === undefined) throw new NotEvaluated(`'${expression}' divides by the number 0`)
    return result
  }
  const many = [left, right].find((value) => typeof value === 'object' && 'many' in value)
  if (many) {
    if (typeof left === 'object' && 'many' in left)
      return perSeries(left, (series) => zip(series, oneOrNumber(right, expression), operate, expression) as Series)
    return perSeries(right, (series) => zip(oneOrNumber(left, expression), series, operate, expression) as Series)
  }
  const length = [left, right].flatMap((value) => (typeof value === 'number' ? [] : [(value as Series).length]))[0]!
  return Array.from({ length }, (_, at) => both(pointAt(left, at), pointAt(right, at)))
}

const pointAt = (value: Value, at: number): Datapoint => (typeof value === 'number' ? value : (value as Series)[at])

const choose = (condition: Value, then: Value, otherwise: Value | undefined, expression: string): Value => {
  if (typeof condition === 'number') {
    if (condition !== 0) return then
    return otherwise ?? perSeries(then, (series) => series.map(() => undefined))
  }
  return oneOf(condition, expression).map((point, at) => {
    if (point === undefined) return undefined
    const chosen = point === 0 ? otherwise : then
    return chosen === undefined ? undefined : pointAt(oneOrNumber(chosen, expression), at)
  })
}

/** Change a second since the last point that was there. */
const rate = (series: Series, period: number): Series => {
  let last: { at: number; point: number } | undefined
  return series.map((point, at) => {
    if (point === undefined) return undefined
    const before = last
    last = { at, point }
    return before && (point - before.point) / ((at - before.at) * period)
  })
}

const repeat = (series: Series): Series => {
  let last: Datapoint
  return series.map((point) => {
    last = point ?? last
    return last
  })
}

const oneOf = (value: Value, expression: string): Series => {
  if (typeof value === 'number' || 'many' in value)
    throw new NotEvaluated(
      `'${expression}': a single series is needed where it has ${typeof value === 'number' ? 'a number' : 'several'}`,
    )
  return value
}

const oneOrNumber = (value: Value, expression: string): number | Series =>
  typeof value === 'number' ? value : oneOf(value, expression)
