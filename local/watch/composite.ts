import type { AlarmState } from './evaluate.ts'
import { NotEvaluated } from './statistic.ts'

/** The rule of a composite alarm, read. */
export type RuleNode =
  | { readonly kind: 'state'; readonly state: AlarmState; readonly alarm: string }
  | { readonly kind: 'literal'; readonly value: boolean }
  | { readonly kind: 'not'; readonly of: RuleNode }
  | { readonly kind: 'and' | 'or'; readonly of: readonly RuleNode[] }

const words = /\s*(?:("[^"]*")|([()])|([^\s()"]+))/y

/**
 * Reads the rule of a composite alarm: ALARM(), OK() and INSUFFICIENT_DATA() of alarms by name or ARN, TRUE, FALSE,
 * AND, OR, NOT and parentheses. AND binds tighter than OR.
 *
 * @throws NotEvaluated naming what it cannot read, AT_LEAST among others.
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutCompositeAlarm.html
 *
 * @example
 * holds(parseRule('ALARM("desk-age") AND NOT OK("desk")'), (alarm) => 'ALARM') // true
 */
export const parseRule = (rule: string): RuleNode => {
  const tokens = tokenize(rule)
  let at = 0
  const refuse = (why: string) => new NotEvaluated(`The rule '${shorten(rule)}' is not evaluated here: ${why}`)
  const take = (wanted?: string) => {
    const token = tokens[at++]
    if (token === undefined) throw refuse('it ends too soon')
    if (wanted !== undefined && token !== wanted) throw refuse(`'${wanted}' is missing before '${token}'`)
    return token
  }
  const operand = (): RuleNode => {
    const token = take()
    if (token === '(') {
      const inner = level('or')
      take(')')
      return inner
    }
    if (token === 'NOT') return { kind: 'not', of: operand() }
    if (token === 'TRUE' || token === 'FALSE') return { kind: 'literal', value: token === 'TRUE' }
    if (token !== 'ALARM' && token !== 'OK' && token !== 'INSUFFICIENT_DATA')
      throw refuse(`'${token}' is none of ALARM, OK, INSUFFICIENT_DATA, TRUE, FALSE, NOT and '('`)
    take('(')
    const alarm = nameOf(take())
    take(')')
    return { kind: 'state', state: token, alarm }
  }
  const level = (kind: 'and' | 'or'): RuleNode => {
    const next = () => (kind === 'or' ? level('and') : operand())
    const of = [next()]
    while (tokens[at] === kind.toUpperCase()) {
      at++
      of.push(next())
    }
    return of.length === 1 ? of[0]! : { kind, of }
  }
  const node = level('or')
  if (at < tokens.length) throw refuse(`'${tokens[at]}' is too much`)
  return node
}

const tokenize = (rule: string): string[] => {
  const tokens: string[] = []
  words.lastIndex = 0
  const end = rule.trimEnd().length
  while (words.lastIndex < end) {
    const match = words.exec(rule)
    if (!match) throw new NotEvaluated(`The rule '${shorten(rule)}' has a quotation mark that nothing closes`)
    tokens.push(match[0].trim())
  }
  return tokens
}

const shorten = (text: string) => (text.length > 120 ? `${text.slice(0, 117)}…` : text)

/** An alarm's name, from its name or its ARN, quoted or not. */
export const nameOf = (reference: string): string => {
  const plain = reference.replace(/^"|"$/g, '')
  return plain.startsWith('arn:') ? plain.split(':alarm:').slice(1).join(':alarm:') : plain
}

/** Whether a rule holds, given the states of the alarms. */
export const holds = (rule: RuleNode, stateOf: (alarm: string) => AlarmState): boolean => {
  switch (rule.kind) {
    case 'literal':
      return rule.value
    case 'state':
      return stateOf(rule.alarm) === rule.state
    case 'not':
      return !holds(rule.of, stateOf)
    case 'and':
      return rule.of.every((part) => holds(part, stateOf))
    case 'or':
      return rule.of.some((part) => holds(part, stateOf))
  }
}

/** The alarms that a rule mentions. */
export const childrenOf = (rule: RuleNode): string[] => {
  switch (rule.kind) {
    case 'literal':
      return []
    case 'state':
      return [rule.alarm]
    case 'not':
      return childrenOf(rule.of)
    default:
      return [...new Set(rule.of.flatMap(childrenOf))]
  }
}

/** What holds a composite's actions back, with its waits in milliseconds. */
export type Suppression = { readonly by: string; readonly wait: number; readonly extension: number }

/**
 * What a composite remembers of its actions: none due; due and held back since then; performed for the state it is in.
 * `suppressorOffSince` is when the suppressor last left ALARM.
 */
export type ActionMemory = {
  readonly held?: { readonly since: number }
  readonly told: AlarmState
  readonly suppressorWasOn: boolean
  readonly suppressorOffSince?: number
}

/** What a composite's actions do now. */
export type ActionStep = {
  readonly memory: ActionMemory
  /** The state whose actions are performed now, if any. */
  readonly perform?: AlarmState
  readonly suppressedBy?: 'Alarm' | 'WaitPeriod' | 'ExtensionPeriod'
}

export const untold: ActionMemory = { told: 'INSUFFICIENT_DATA', suppressorWasOn: false }

/**
 * Whether a composite performs the actions of its state now, or its suppressor holds them back.
 *
 * Going to ALARM it waits for its suppressor; when that goes to ALARM too, the actions stay back for as long as it is
 * there and for the extension after. Still in ALARM then, it acts. A state that ended while it was held back is never
 * told, nor is the OK after it.
 *
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Create_Composite_Alarm_Suppression.html
 */
export const stepActions = (
  before: ActionMemory,
  now: { state: AlarmState; at: number; suppressorOn: boolean },
  suppression: Omit<Suppression, 'by'> | undefined,
): ActionStep => {
  const suppressorOffSince =
    before.suppressorWasOn && !now.suppressorOn ? now.at : now.suppressorOn ? undefined : before.suppressorOffSince
  const kept = {
    suppressorWasOn: now.suppressorOn,
    ...(suppressorOffSince === undefined ? {} : { suppressorOffSince }),
  }
  const perform = (): ActionStep => ({ memory: { ...kept, told: now.state }, perform: now.state })
  const hold = (suppressedBy: NonNullable<ActionStep['suppressedBy']>): ActionStep => ({
    memory: { ...kept, told: before.told, held: before.held ?? { since: now.at } },
    suppressedBy,
  })
  if (now.state === before.told) return { memory: { ...kept, told: before.told } }
  if (!suppression) return perform()
  if (now.suppressorOn) return hold('Alarm')
  if (suppressorOffSince !== undefined && now.at < suppressorOffSince + suppression.extension)
    return hold('ExtensionPeriod')
  // Good news of what was told needs no waiting.
  if (now.state !== 'ALARM') return perform()
  const since = before.held?.since ?? now.at
  return now.at >= since + suppression.wait ? perform() : hold('WaitPeriod')
}
