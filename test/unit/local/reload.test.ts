import { describe, expect, test } from 'vitest'
import { deployedCode, handlerIn } from '../../../local/code.ts'
import { consequenceOf } from '../../../local/reload.ts'

describe('what follows from a save', () => {
  test.each([
    ['functions/payments/decide.ts', { code: true, stacks: false }],
    ['reactive/inbox.ts', { code: true, stacks: false }],
    ['events/payments.ts', { code: true, stacks: true }],
    ['sagas/fulfil-order.ts', { code: true, stacks: true }],
    ['infra/stacks/edge.ts', { code: false, stacks: true }],
    ['functions/README.md', { code: false, stacks: false }],
    ['functions/payments/.decide.ts.swp', { code: false, stacks: false }],
  ])('of %s', (path, consequence) => {
    expect(consequenceOf([path])).toEqual(consequence)
  })

  test('of several is what follows from each', () => {
    expect(consequenceOf(['infra/app.ts', 'functions/edge/openapi.handler.ts'])).toEqual({ code: true, stacks: true })
  })

  test('of none is nothing', () => {
    expect(consequenceOf([])).toEqual({ code: false, stacks: false })
  })
})

describe('a function', () => {
  const named = (FunctionName: string, handler?: string) => ({
    FunctionName,
    Environment: { Variables: { ...(handler ? { NEVERSTOP_HANDLER: handler } : {}) } as Record<string, string> },
  })

  test('is of the stage whose name it bears', () => {
    const own = named('neverstop-dev-payments-commands', 'payments-commands')
    expect(handlerIn('dev', own)).toBe('payments-commands')
    expect(handlerIn('test', own)).toBeUndefined()
    expect(handlerIn('dev', named('neverstop-dev-payments-commands'))).toBeUndefined()
  })

  test('is not of a stage that is called alike', () => {
    const other = named('neverstop-dev-anna-payments-commands', 'payments-commands')
    expect(handlerIn('dev', other)).toBeUndefined()
    expect(handlerIn('dev-anna', other)).toBe('payments-commands')
  })
})

describe('where the deployed code of a handler lies', () => {
  const fn = (Properties: Record<string, unknown>) => [
    { template: { Resources: { Fn: { Type: 'AWS::Lambda::Function', Properties } } } },
  ]
  const Environment = { Variables: { NEVERSTOP_HANDLER: 'payments-commands' } }

  test('is read from the template, with the placeholders of the bucket filled in', () => {
    // biome-ignore lint/suspicious/noTemplateCurlyInString: placeholders of CloudFormation, not of TypeScript
    const S3Bucket = { 'Fn::Sub': 'cdk-assets-${AWS::AccountId}-${AWS::Region}' }

    expect(deployedCode(fn({ Environment, Code: { S3Bucket, S3Key: 'abc.zip' } }), 'eu-west-1')).toEqual(
      new Map([['payments-commands', { S3Bucket: 'cdk-assets-000000000000-eu-west-1', S3Key: 'abc.zip' }]]),
    )
  })

  test.each([
    ['a function without a handler name', { Code: { S3Bucket: 'b', S3Key: 'k' } }],
    ['a function with inline code', { Environment, Code: { ZipFile: 'x' } }],
  ])('is unknown for %s', (_, properties) => {
    expect(deployedCode(fn(properties), 'eu-west-1').size).toBe(0)
  })
})
