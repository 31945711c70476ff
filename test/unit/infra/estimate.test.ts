import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { countedUsage } from '../../../cli/account/ports.ts'
import { type Estimate, estimate } from '../../../infra/prices/estimate.ts'
import { assumptions, metricsOfOrders, type PricedTemplate, standing } from '../../../infra/prices/idle.ts'
import { priceOf, prices } from '../../../infra/prices/prices.ts'
import { failureClasses } from '../../../reactive/failure.ts'
import { combinationsOf, dimensions, metricNames } from '../../../reactive/metrics.ts'

type Resources = PricedTemplate['Resources']

const stack = (Resources: Resources): PricedTemplate => ({ Resources })
const alarm = (Properties: Record<string, unknown> = {}) => ({ Type: 'AWS::CloudWatch::Alarm', Properties })
const metric = (MetricName: string, Namespace = 'Neverstop/dev') => ({
  MetricStat: { Metric: { Namespace, MetricName } },
})
const unitsOf = (template: PricedTemplate, price: string) =>
  standing([template]).find((line) => line.price === price)?.units ?? 0

describe('what stands idle', () => {
  test('is nothing in a stack of what is only paid by use', () => {
    expect(standing([stack({ A: { Type: 'AWS::SQS::Queue' }, B: { Type: 'AWS::DynamoDB::Table' } })])).toEqual([])
  })

  test('counts an alarm by the metrics that it looks at, not by its expressions', () => {
    const math = alarm({ Metrics: [{ Expression: 'a / b' }, metric('a'), metric('b')] })
    expect(unitsOf(stack({ A: alarm({ MetricName: 'x' }), B: math }), 'cloudwatch.alarm')).toBe(3)
  })

  test('counts what is paid by the piece over all stacks', () => {
    const board = stack({ A: { Type: 'AWS::CloudWatch::Dashboard' }, B: { Type: 'AWS::CloudWatch::CompositeAlarm' } })
    const lines = standing([board, board, stack({ K: { Type: 'AWS::KMS::Key' } })])
    expect(lines.map(({ price, units }) => [price, units])).toEqual([
      ['cloudwatch.composite', 2],
      ['cloudwatch.dashboard', 2],
      ['kms.key', 1],
    ])
  })

  test('counts the polls of queues, and none of streams', () => {
    const source = (Properties: Record<string, unknown>) => ({ Type: 'AWS::Lambda::EventSourceMapping', Properties })
    const template = stack({ A: source({}), B: source({ StartingPosition: 'TRIM_HORIZON' }), C: source({}) })
    expect(unitsOf(template, 'sqs.request')).toBe(2 * 648_000)
    expect(assumptions.pollsOfAQueue).toBe(648_000)
  })

  describe('counts scheduled runs', () => {
    const scheduled = (ScheduleExpression: string | undefined, Arn: unknown) =>
      stack({
        Rule: { Type: 'AWS::Events::Rule', Properties: { ScheduleExpression, Targets: [{ Arn }] } },
        Fn: { Type: 'AWS::Lambda::Function', Properties: { MemorySize: 512 } },
        Live: { Type: 'AWS::Lambda::Alias', Properties: { FunctionName: { Ref: 'Fn' } } },
      })

    test.each([
      ['rate(1 minute)', 43_200],
      ['rate(5 minutes)', 8_640],
      ['rate(1 hour)', 720],
      ['rate(2 days)', 15],
    ])('at %s', (expression, times) => {
      expect(unitsOf(scheduled(expression, { 'Fn::GetAtt': ['Fn', 'Arn'] }), 'lambda.request')).toBe(times)
    })

    test.each([
      ['the function', { 'Fn::GetAtt': ['Fn', 'Arn'] }, 512],
      ['its alias', { Ref: 'Live' }, 512],
      ['one of another stack', { Ref: 'Elsewhere' }, 128],
    ])('with the memory of %s', (_, arn, memory) => {
      expect(unitsOf(scheduled('rate(1 minute)', arn), 'lambda.gb-second')).toBeCloseTo(43_200 * 0.1 * (memory / 1_024))
    })

    test('and none of a rule that waits for events', () => {
      expect(standing([scheduled(undefined, { Ref: 'Live' })])).toEqual([])
    })

    test('and refuses a schedule whose rate it cannot read', () => {
      expect(() => standing([scheduled('cron(0 3 * * ? *)', { Ref: 'Live' })])).toThrow(
        "'cron(0 3 * * ? *)' is no rate",
      )
    })
  })
})

describe('the metrics of the platform’s own', () => {
  const scheduled = (FunctionName: string) =>
    stack({
      Rule: {
        Type: 'AWS::Events::Rule',
        Properties: { ScheduleExpression: 'rate(1 minute)', Targets: [{ Arn: { Ref: 'Live' } }] },
      },
      Fn: { Type: 'AWS::Lambda::Function', Properties: { FunctionName } },
      Live: { Type: 'AWS::Lambda::Alias', Properties: { FunctionName: { Ref: 'Fn' } } },
    })

  test.each([
    ['neverstop-dev-recovery-ledger', 1],
    // Of each class of failure, of all of them, and how old the oldest is.
    ['neverstop-dev-recovery-sweeper', failureClasses.length + 2],
    ['neverstop-prod-eu-saga-sweeper', dimensions.saga.most * 2 + 2],
    ['neverstop-dev-support-leases', 0],
  ])('are paid although nothing happens where every run of %s publishes them', (name, units) => {
    expect(unitsOf(scheduled(name), 'cloudwatch.metric')).toBe(units)
  })

  test('are counted once, however many functions publish them or alarms look at them', () => {
    const alarms = stack({ A: alarm({ Metrics: [metric('LedgerDrift'), metric('LedgerDrift')] }) })
    const both = standing([
      scheduled('neverstop-dev-recovery-ledger'),
      scheduled('neverstop-dev-recovery-ledger'),
      alarms,
    ])
    expect(both.find(({ price }) => price === 'cloudwatch.metric')!.units).toBe(1)
  })

  test('are added to by orders, at most by every other combination that the catalogue knows', () => {
    const { lines } = estimate([scheduled('neverstop-dev-recovery-ledger')], {
      region: 'eu-central-1',
      ordersPerDay: 1,
    })
    const [added] = lines.filter(({ price, because }) => price === 'cloudwatch.metric' && because === 'orders')
    expect(added).toMatchObject({ what: expect.stringContaining('at most'), units: metricsOfOrders() })
    const all = metricNames.reduce((sum, name) => sum + combinationsOf(name), 0)
    expect(metricsOfOrders()).toBeGreaterThan(all / 2)
    expect(metricsOfOrders()).toBeLessThan(all)
  })
})

describe('an estimate', () => {
  const region = 'eu-central-1' as const
  const templates = [stack({ A: alarm({ Namespace: 'Neverstop/dev', MetricName: 'x' }), K: { Type: 'AWS::KMS::Key' } })]
  const perOrder = { 'dynamodb.write': 40, 'sqs.request': 25, 'lambda.request': 20 }
  const sumOf = ({ lines }: Estimate, of: 'usd' | 'paid') => lines.reduce((sum, line) => sum + line[of], 0)

  test('is what stands idle when nobody orders', () => {
    const { lines, idle, total } = estimate(templates, { region, ordersPerDay: 0, perOrder })
    expect(lines.map(({ because }) => because)).toEqual(['idle', 'idle'])
    expect(idle).toBeCloseTo(1.1)
    expect(total).toBe(idle)
  })

  test('multiplies what one order uses by the orders of a month', () => {
    const { lines } = estimate(templates, { region, ordersPerDay: 1_000, perOrder })
    const writes = lines.find(({ price }) => price === 'dynamodb.write')!
    expect(writes).toMatchObject({ because: 'orders', units: 1_200_000 })
    expect(writes.usd).toBeCloseTo(1.2 * 0.7625)
  })

  test('gives away what is free only once', () => {
    const polled = stack({ A: { Type: 'AWS::Lambda::EventSourceMapping', Properties: {} } })
    const { lines } = estimate([polled], { region, ordersPerDay: 1_000, perOrder: { 'sqs.request': 30 } })
    const [idle, orders] = lines.filter(({ price }) => price === 'sqs.request')
    expect(idle!.paid).toBe(0)
    const each = priceOf('sqs.request', region)
    expect(orders!.paid).toBeCloseTo((900_000 - (prices['sqs.request'].freePerMonth! - 648_000)) * each)
  })

  test('adds up, never pays more than the list says, and grows with the orders', () => {
    fc.assert(
      fc.property(fc.nat(1e6), fc.nat(1e6), (some, more) => {
        const few = estimate(templates, { region, ordersPerDay: some, perOrder })
        const many = estimate(templates, { region, ordersPerDay: some + more, perOrder })
        expect(few.total).toBeCloseTo(sumOf(few, 'usd'), 6)
        expect(few.paid).toBeCloseTo(sumOf(few, 'paid'), 6)
        for (const { usd, paid } of few.lines) expect(paid).toBeLessThanOrEqual(usd)
        expect(many.total).toBeGreaterThanOrEqual(few.total)
        expect(many.paid).toBeGreaterThanOrEqual(few.paid)
        expect(many.idle).toBe(few.idle)
      }),
    )
  })

  test('says of everything that a counted order uses what it is, beside what it is paid by', async () => {
    const counted = await countedUsage()
    const { lines } = estimate([], { region, ordersPerDay: 1, perOrder: counted! })
    expect(lines.length).toBeGreaterThanOrEqual(Object.keys(counted!).length)
    for (const { what, price } of lines) expect(what).not.toBe(prices[price].unit)
  })

  test.each([-1, Number.NaN, Number.POSITIVE_INFINITY])('refuses %s orders a day', (ordersPerDay) => {
    expect(() => estimate(templates, { region, ordersPerDay })).toThrow(`${ordersPerDay} is no number of orders a day`)
  })
})
