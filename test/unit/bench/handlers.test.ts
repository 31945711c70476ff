import { describe, expect, test } from 'vitest'
import { startedOf } from '../../../bench/functions.ts'
import { filledIn } from '../../../bench/handler-environments.ts'

describe('the cold starts that are measured', () => {
  const small = [
    ['a', 1],
    ['payments-commands', 2],
    ['b', 3],
  ] as const

  test('are those of the three largest bundles, and of payments-commands though it is none of them', () => {
    const sizes = new Map<string, number>([...small, ['c', 5], ['d', 4], ['e', 6]])
    expect(startedOf(sizes)).toEqual(['payments-commands', 'e', 'c', 'd'])
  })

  test('are measured once when it is one of them', () => {
    expect(startedOf(new Map<string, number>(small))).toEqual(['payments-commands', 'b', 'a'])
  })
})

describe('a value of an environment', () => {
  test.each([
    ['text', 'local', 'local'],
    ['a number', 7, '7'],
    ['the region', { Ref: 'AWS::Region' }, 'eu-central-1'],
    ['a name that CloudFormation makes', { Ref: 'Table' }, 'made-up'],
    ['an attribute', { 'Fn::GetAtt': ['Queue', 'Arn'] }, 'made-up'],
    [
      'what is joined of them',
      { 'Fn::Join': ['', ['https://sqs.', { Ref: 'AWS::Region' }, '.', { Ref: 'AWS::URLSuffix' }, '/queue']] },
      'https://sqs.eu-central-1.made-up/queue',
    ],
  ])('that is %s can be read without a cloud', (_, value, text) => {
    expect(filledIn(value)).toBe(text)
  })
})
