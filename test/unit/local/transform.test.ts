import { describe, expect, test } from 'vitest'
import type { Template } from '../../../local/template.ts'
import { adapt, addressBy, changeEach, leaveOut } from '../../../local/transform.ts'

const base = 'http://localhost:4566/_aws/execute-api'
const because = 'a reason'

describe('leaving resources out', () => {
  const withoutPages = leaveOut({ name: 'no pages', because, matches: ({ Type }) => Type === 'Page' })

  test('takes them with their outputs and their places in orders of creation', () => {
    const template: Template = {
      Resources: {
        Page: { Type: 'Page' },
        Queue: { Type: 'Queue', DependsOn: ['Page', 'Table'] },
        Table: { Type: 'Table', DependsOn: 'Page' },
      },
      Outputs: { PageArn: { Value: { 'Fn::GetAtt': ['Page', 'Arn'] } }, QueueUrl: { Value: { Ref: 'Queue' } } },
    }

    expect(adapt('stack', template, [withoutPages])).toEqual({
      template: {
        Resources: { Queue: { Type: 'Queue', DependsOn: ['Table'] }, Table: { Type: 'Table' } },
        Outputs: { QueueUrl: { Value: { Ref: 'Queue' } } },
      },
      changes: ['Page', 'Queue', 'Table', 'PageArn'].map((target) => ({ stack: 'stack', rule: 'no pages', target })),
    })
  })

  test('takes several that refer to each other', () => {
    const template: Template = {
      Resources: { One: { Type: 'Page' }, Two: { Type: 'Page', Properties: { of: { Ref: 'One' } } } },
    }

    expect(adapt('stack', template, [withoutPages]).template).toEqual({ Resources: {} })
  })

  test('refuses when something that stays refers to one that goes, and names both', () => {
    const template: Template = {
      Resources: { Page: { Type: 'Page' }, Fn: { Type: 'Function', Properties: { env: { page: { Ref: 'Page' } } } } },
    }

    expect(() => adapt('stack', template, [withoutPages])).toThrow(
      "the rule 'no pages' leaves out Page, but Fn (Function) refers to it",
    )
  })

  test('changes nothing, and says so, where nothing matches', () => {
    const template: Template = { Resources: { Queue: { Type: 'Queue' } } }

    const adapted = adapt('stack', template, [withoutPages])

    expect(adapted).toEqual({ template, changes: [] })
    expect(adapted.template).toBe(template)
  })
})

describe('changing each resource of a type', () => {
  const louder = changeEach({
    name: 'louder',
    because,
    type: 'Bell',
    change: ({ volume }) => (volume === 11 ? undefined : { volume: 11 }),
  })

  test('records those that changed and no others', () => {
    const template: Template = {
      Resources: {
        Soft: { Type: 'Bell', Properties: { volume: 3 }, DependsOn: 'Loud' },
        Loud: { Type: 'Bell', Properties: { volume: 11 } },
        Other: { Type: 'Horn', Properties: { volume: 3 } },
      },
    }

    const { template: after, changes } = adapt('stack', template, [louder])

    expect(changes.map(({ target }) => target)).toEqual(['Soft'])
    expect(after.Resources.Soft).toEqual({ Type: 'Bell', Properties: { volume: 11 }, DependsOn: 'Loud' })
    expect(after.Resources.Other).toBe(template.Resources.Other)
  })
})

describe('addressing REST APIs and queues', () => {
  const local = addressBy({ name: 'local', because, apis: base, queues: 'http://localhost:4566' })
  const url = (api: unknown) => ({
    'Fn::Join': [
      '',
      [
        'https://',
        api,
        '.execute-api.',
        { Ref: 'AWS::Region' },
        '.',
        { Ref: 'AWS::URLSuffix' },
        '/',
        { Ref: 'Stage' },
        '/',
      ],
    ],
  })
  const addressed = (value: unknown) =>
    adapt('stack', { Resources: { It: { Type: 'T', Properties: { value } } } }, [local]).template.Resources.It!
      .Properties!.value

  test('keeps the API, the stage and the path', () => {
    expect(addressed(url({ Ref: 'Api' }))).toEqual({
      'Fn::Join': ['', [`${base}/`, { Ref: 'Api' }, '/', { Ref: 'Stage' }, '/']],
    })
  })

  test('follows an API of another stack', () => {
    expect(addressed(url({ 'Fn::ImportValue': 'partners:Api' }))).toEqual({
      'Fn::Join': ['', [`${base}/`, { 'Fn::ImportValue': 'partners:Api' }, '/', { Ref: 'Stage' }, '/']],
    })
  })

  test('reads a stack whose region is known at synth', () => {
    const value = {
      'Fn::Join': ['', ['https://', { Ref: 'Api' }, '.execute-api.eu-central-1.amazonaws.com/v1/orders']],
    }

    expect(addressed(value)).toEqual({ 'Fn::Join': ['', [`${base}/`, { Ref: 'Api' }, '/v1/orders']] })
  })

  test('finds every address inside a longer text', () => {
    const [, parts] = url({ Ref: 'Api' })['Fn::Join'] as [string, unknown[]]
    const value = { 'Fn::Join': ['', ['{"a":"', ...parts, '","b":"', ...parts, '"}']] }

    expect(addressed({ 'Fn::Join': ['', joined(value)] })).toEqual({
      'Fn::Join': [
        '',
        [
          '{"a":"',
          `${base}/`,
          { Ref: 'Api' },
          '/',
          { Ref: 'Stage' },
          '/',
          '","b":"',
          `${base}/`,
          { Ref: 'Api' },
          '/',
          { Ref: 'Stage' },
          '/',
          '"}',
        ],
      ],
    })
  })

  test('gives a queue of another stack the address that its own stack gives it', () => {
    const queue = (name: string) => [
      { Ref: 'AWS::Region' },
      '.',
      { Ref: 'AWS::URLSuffix' },
      '/',
      { Ref: 'AWS::AccountId' },
      name,
    ]
    const value = {
      'Fn::Join': ['', ['{"a":"https://sqs.', ...queue('/neverstop-a","b":"https://sqs.'), ...queue('/neverstop-b"}')]],
    }

    expect(addressed(value)).toEqual({
      'Fn::Join': [
        '',
        [
          '{"a":"http://localhost:4566',
          '/',
          { Ref: 'AWS::AccountId' },
          '/neverstop-a","b":"http://localhost:4566',
          '/',
          { Ref: 'AWS::AccountId' },
          '/neverstop-b"}',
        ],
      ],
    })
  })

  test('treats outputs like resources and records both', () => {
    const template: Template = {
      Resources: { Fn: { Type: 'F', Properties: { Environment: { Variables: { URL: url({ Ref: 'Api' }) } } } } },
      Outputs: { ApiUrl: { Value: url({ Ref: 'Api' }) }, Other: { Value: 'x' } },
    }

    const { template: after, changes } = adapt('stack', template, [local])

    expect(JSON.stringify(after)).not.toContain('https://')
    expect(changes.map(({ target }) => target)).toEqual(['Fn', 'ApiUrl'])
  })

  test.each([
    [
      'an ARN of an API',
      { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':execute-api:', { Ref: 'AWS::Region' }]] },
    ],
    ['another host', { 'Fn::Join': ['', ['https://', { Ref: 'Pool' }, '.auth.eu-central-1.amazoncognito.com/']] }],
    ['a join with a delimiter', { 'Fn::Join': ['.', ['https://', { Ref: 'Api' }, '.execute-api.', 'x/']] }],
    [
      'an ARN of a queue',
      { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':sqs:', { Ref: 'AWS::Region' }, ':1:q']] },
    ],
    ['plain text', 'https://abc.execute-api.eu-central-1.amazonaws.com/v1'],
  ])('leaves %s alone', (_, value) => {
    expect(addressed(value)).toBe(value)
  })
})

test('rules see what the rules before them made', () => {
  const rename = (from: string, to: string) =>
    changeEach({
      name: `${from}→${to}`,
      because,
      type: 'T',
      change: ({ name }) => (name === from ? { name: to } : undefined),
    })
  const template: Template = { Resources: { It: { Type: 'T', Properties: { name: 'a' } } } }

  const { template: after, changes } = adapt('stack', template, [rename('a', 'b'), rename('b', 'c')])

  expect(after.Resources.It!.Properties).toEqual({ name: 'c' })
  expect(changes.map(({ rule }) => rule)).toEqual(['a→b', 'b→c'])
  expect(template.Resources.It!.Properties).toEqual({ name: 'a' })
})

const joined = (value: { 'Fn::Join': unknown[] }) => value['Fn::Join'][1] as unknown[]
