import { describe, expect, test } from 'vitest'
import {
  type ActionMemory,
  childrenOf,
  holds,
  nameOf,
  parseRule,
  stepActions,
  untold,
} from '../../../local/watch/composite.ts'
import type { AlarmState } from '../../../local/watch/evaluate.ts'

const states: Record<string, AlarmState> = { on: 'ALARM', off: 'OK', new: 'INSUFFICIENT_DATA' }
const says = (rule: string) => holds(parseRule(rule), (alarm) => states[alarm]!)

describe('a rule', () => {
  test.each([
    ['ALARM("on")', true],
    ['ALARM("off")', false],
    ['OK("off")', true],
    ['INSUFFICIENT_DATA(new)', true],
    ['TRUE AND NOT FALSE', true],
    ['NOT ALARM("on")', false],
    ['ALARM("on") AND ALARM("off")', false],
    ['ALARM("off") OR ALARM("on")', true],
    ['ALARM("on") OR ALARM("on") AND ALARM("off")', true],
    ['(ALARM("on") OR ALARM("on")) AND ALARM("off")', false],
    ['NOT (ALARM("off") OR ALARM("new"))', true],
    ['ALARM("arn:aws:cloudwatch:eu-central-1:000000000000:alarm:on")', true],
  ])('%s is %s', (rule, expected) => {
    expect(says(rule)).toBe(expected)
  })
  test.each([
    ['AT_LEAST(1, ALARM, (on, off))', /'AT_LEAST' is none of ALARM, OK/],
    ['ALARM("on"', /ends too soon/],
    ['ALARM("on") ALARM("off")', /'ALARM' is too much/],
    ['ALARM "on"', /'\(' is missing before '"on"'/],
    ['ALARM("on', /quotation mark that nothing closes/],
    ['', /ends too soon/],
  ])('%s is refused', (rule, reason) => {
    expect(() => parseRule(rule)).toThrow(reason)
  })
  test('names its children once each', () => {
    expect(childrenOf(parseRule('ALARM("a") AND (OK("b") OR NOT ALARM("a")) OR TRUE'))).toEqual(['a', 'b'])
    expect(nameOf('"a b"')).toBe('a b')
  })
})

describe('the actions of a composite', () => {
  const suppression = { wait: 120, extension: 180 }
  type Moment = { at: number; state: AlarmState; suppressorOn?: boolean }

  /** What it does at each moment: the state that it tells, or why it keeps silent, or nothing. */
  const run = (moments: readonly Moment[], by: typeof suppression | 'nobody' = suppression) => {
    let memory: ActionMemory = { ...untold, told: 'OK' }
    return moments.map(({ suppressorOn = false, ...moment }) => {
      const step = stepActions(memory, { ...moment, suppressorOn }, by === 'nobody' ? undefined : by)
      memory = step.memory
      return step.perform ?? step.suppressedBy ?? '-'
    })
  }

  test('are performed at once without a suppressor', () => {
    expect(
      run(
        [
          { at: 0, state: 'ALARM' },
          { at: 60, state: 'ALARM' },
          { at: 120, state: 'OK' },
        ],
        'nobody',
      ),
    ).toEqual(['ALARM', '-', 'OK'])
    expect(stepActions(untold, { at: 0, state: 'OK', suppressorOn: false }, undefined).perform).toBe('OK')
  })
  test('wait for the suppressor, and are performed when it does not come', () => {
    expect(
      run([
        { at: 0, state: 'ALARM' },
        { at: 60, state: 'ALARM' },
        { at: 120, state: 'ALARM' },
        { at: 180, state: 'ALARM' },
        { at: 240, state: 'OK' },
      ]),
    ).toEqual(['WaitPeriod', 'WaitPeriod', 'ALARM', '-', 'OK'])
  })
  test('are held back when it comes, for as long as it stays and the extension after', () => {
    expect(
      run([
        { at: 0, state: 'ALARM' },
        { at: 60, state: 'ALARM', suppressorOn: true },
        { at: 600, state: 'ALARM', suppressorOn: true },
        { at: 660, state: 'ALARM' },
        { at: 780, state: 'ALARM' },
        { at: 840, state: 'ALARM' },
      ]),
    ).toEqual(['WaitPeriod', 'Alarm', 'Alarm', 'ExtensionPeriod', 'ExtensionPeriod', 'ALARM'])
  })
  test('are never performed for what began and ended while it was held back', () => {
    expect(
      run([
        { at: 0, state: 'ALARM', suppressorOn: true },
        { at: 60, state: 'OK', suppressorOn: true },
        { at: 120, state: 'OK' },
        { at: 600, state: 'OK' },
      ]),
    ).toEqual(['Alarm', '-', '-', '-'])
    expect(
      run([
        { at: 0, state: 'ALARM' },
        { at: 60, state: 'OK' },
      ]),
    ).toEqual(['WaitPeriod', '-'])
  })
  test('hold back the good news of what was told too, while the suppressor is on', () => {
    expect(
      run([
        { at: 0, state: 'ALARM' },
        { at: 120, state: 'ALARM' },
        { at: 180, state: 'OK', suppressorOn: true },
        { at: 240, state: 'OK' },
        { at: 420, state: 'OK' },
      ]),
    ).toEqual(['WaitPeriod', 'ALARM', 'Alarm', 'ExtensionPeriod', 'OK'])
  })
  test('a second time wait anew', () => {
    expect(
      run([
        { at: 0, state: 'ALARM' },
        { at: 60, state: 'OK' },
        { at: 1_000, state: 'ALARM' },
        { at: 1_120, state: 'ALARM' },
      ]),
    ).toEqual(['WaitPeriod', '-', 'WaitPeriod', 'ALARM'])
  })
})
