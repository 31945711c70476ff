import { describe, expect, test } from 'vitest'
import { describeEstimate } from '../../../../cli/account/describe.ts'
import { estimate } from '../../../../infra/prices/estimate.ts'
import { prices } from '../../../../infra/prices/prices.ts'

const region = 'eu-central-1' as const

const estimateOf = (type: string) => estimate([{ Resources: { A: { Type: type } } }], { region, ordersPerDay: 0 })

describe('an estimate for people', () => {
  test('names the prices that nobody has compared with the list, and only those that it used', () => {
    expect(prices['cloudwatch.composite'].by).toBe('nobody')
    const said = describeEstimate(estimateOf('AWS::CloudWatch::CompositeAlarm'))
    expect(said).toContain('nobody has compared with AWS’s list: cloudwatch.composite')
    expect(said).not.toContain('cognito.user')
  })

  test('says nothing of that when all were', () => {
    expect(describeEstimate(estimateOf('AWS::KMS::Key'))).not.toContain('nobody has compared')
  })

  test('says for which days its prices are', () => {
    const { asOf } = prices['kms.key']
    expect(describeEstimate(estimateOf('AWS::KMS::Key'))).toContain(`List prices as of ${asOf} to ${asOf}`)
  })
})
