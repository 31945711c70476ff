import { describe, expect, test } from 'vitest'
import { allows, type Statement } from '../../infra/support/iam.ts'

const statement = (over: Partial<Statement> = {}): Statement => ({
  effect: 'Allow',
  actions: ['sqs:SendMessage'],
  resources: ['queue'],
  conditions: {},
  ...over,
})
const send = { action: 'sqs:SendMessage', resource: 'queue' }

describe('the evaluator of policies', () => {
  test('denies what nobody allows', () => {
    expect(allows([], send)).toBe(false)
    expect(allows([statement({ actions: ['sqs:ReceiveMessage'] })], send)).toBe(false)
    expect(allows([statement({ resources: ['other'] })], send)).toBe(false)
  })

  test('allows what some statement allows', () => {
    expect(allows([statement({ resources: ['other'] }), statement()], send)).toBe(true)
  })

  test('lets a denial win, wherever it stands', () => {
    const denial = statement({ effect: 'Deny', actions: ['sqs:*'], resources: ['*'] })
    expect(allows([statement(), denial], send)).toBe(false)
    expect(allows([denial, statement()], send)).toBe(false)
  })

  test.each([
    ['*', 'sqs:SendMessage', true],
    ['sqs:*', 'sqs:SendMessage', true],
    ['sqs:Send*', 'sqs:SendMessage', true],
    ['SQS:sendmessage', 'sqs:SendMessage', true],
    ['sqs:Send?essage', 'sqs:SendMessage', true],
    ['sqs:Send', 'sqs:SendMessage', false],
    ['sns:*', 'sqs:SendMessage', false],
    ['sqs.SendMessage', 'sqs:SendMessage', false],
  ])('reads the action %s as IAM does', (pattern, action, expected) => {
    expect(allows([statement({ actions: [pattern] })], { ...send, action })).toBe(expected)
  })

  test.each([
    ['arn:table/index/*', 'arn:table/index/due', true],
    ['arn:table/index/*', 'arn:table', false],
    ['arn:Table', 'arn:table', false],
    ['arn:a+b', 'arn:aab', false],
  ])('reads the resource %s as IAM does', (pattern, resource, expected) => {
    expect(allows([statement({ resources: [pattern] })], { ...send, resource })).toBe(expected)
  })

  test('asks every condition, and takes a key that is not there for a condition that does not hold', () => {
    const owned = [statement({ conditions: { StringEquals: { 'events:source': ['neverstop.payments'] } } })]
    expect(allows(owned, { ...send, context: { 'events:source': 'neverstop.payments' } })).toBe(true)
    expect(allows(owned, { ...send, context: { 'events:source': 'neverstop.ordering' } })).toBe(false)
    expect(allows(owned, send)).toBe(false)
  })

  test('lets IfExists hold without its key, and Like match', () => {
    const ifExists = [statement({ conditions: { StringEqualsIfExists: { 'lambda:FunctionArn': ['arn:a'] } } })]
    expect(allows(ifExists, send)).toBe(true)
    expect(allows(ifExists, { ...send, context: { 'lambda:FunctionArn': 'arn:b' } })).toBe(false)
    const like = [statement({ conditions: { ArnLike: { 'aws:SourceArn': ['arn:*:rule/x'] } } })]
    expect(allows(like, { ...send, context: { 'aws:SourceArn': 'arn:aws:rule/x' } })).toBe(true)
  })

  test('refuses a condition that it does not know, instead of guessing', () => {
    const dated = [statement({ conditions: { DateLessThan: { 'aws:CurrentTime': ['2030-01-01'] } } })]
    expect(() => allows(dated, { ...send, context: { 'aws:CurrentTime': '2029' } })).toThrow('DateLessThan')
  })
})
