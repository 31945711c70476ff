import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root } from '../../infra/constructs/bundle.ts'
import { estimate } from '../../infra/prices/estimate.ts'
import { templatesOf } from './support/templates.ts'

const page = readFileSync(join(root, 'docs/deploy.md'), 'utf8')

describe('the page about deployment', () => {
  const { lines, idle, paidIdle } = estimate(Object.values(templatesOf('dev')), {
    region: 'eu-central-1',
    ordersPerDay: 0,
  })

  test('itemises what stands idle as the templates have it', () => {
    const rows = page
      .split('\n')
      .filter((line) => /^\| .+ \|\s+[\d,.]+ \|/.test(line))
      .map((line) => line.split('|').map((cell) => cell.trim()))
      .map(([, what, units, usd, paid]) => [what, units, usd, paid])
    expect(rows.map(([what]) => what)).toEqual(lines.map(({ what }) => what))
    // A new alarm does not make the page wrong; a tenth more of anything does.
    const near = (written: string, meant: number, of: string) =>
      expect(Math.abs(Number(written.replaceAll(',', '')) - meant), of).toBeLessThanOrEqual(Math.max(0.1 * meant, 0.06))
    for (const [index, { what, units, usd, paid }] of lines.entries()) {
      const row = rows[index]!
      near(row[1]!, units, what)
      near(row[2]!, usd, what)
      near(row[3]!, paid, what)
    }
    const [, together, left] = /together \$ ([\d.]+), of which \$ ([\d.]+) are left/.exec(page)!
    near(together!, idle, 'together')
    near(left!, paidIdle, 'left')
  })

  test('costs nothing idle but for what watches, what waits for messages, and what runs by the clock', () => {
    expect(new Set(lines.map(({ price }) => price.split('.')[0]))).toEqual(
      new Set(['cloudwatch', 'sqs', 'dynamodb', 'logs', 'lambda']),
    )
  })
})

describe.each(['dev', 'test', 'prod'] as const)('the stage %s', (stage) => {
  const stacks = Object.entries(templatesOf(stage))

  test.each(stacks)('keeps %s within what CloudFormation takes', (_, { Resources, Outputs = {} }) => {
    // Of 500 resources, 200 outputs and 1 MB: with room for a release that needs more.
    expect(Object.keys(Resources).length).toBeLessThanOrEqual(400)
    expect(Object.keys(Outputs).length).toBeLessThanOrEqual(150)
    expect(JSON.stringify({ Resources, Outputs }).length).toBeLessThanOrEqual(800_000)
  })

  test('keeps the environment of every function within the 4 KB of Lambda, with real addresses in it', () => {
    for (const [, { Resources }] of stacks)
      for (const { Type, Properties } of Object.values(Resources)) {
        if (Type !== 'AWS::Lambda::Function') continue
        const { FunctionName, Environment } = Properties
        const written = Object.entries(Environment.Variables).map(([name, value]) => name.length + sizeOf(value))
        expect(
          written.reduce((sum, size) => sum + size, 0),
          FunctionName,
        ).toBeLessThanOrEqual(4_096)
      }
  })

  test('gives no alarm an action more than CloudWatch takes, nor a composite a rule that is too long', () => {
    for (const [, { Resources }] of stacks)
      for (const { Type, Properties } of Object.values(Resources)) {
        if (Type === 'AWS::CloudWatch::CompositeAlarm')
          expect(sizeOf(Properties.AlarmRule), Properties.AlarmName).toBeLessThanOrEqual(10_240)
        if (Type === 'AWS::CloudWatch::Alarm') expect((Properties.AlarmActions ?? []).length).toBeLessThanOrEqual(5)
      }
  })
})

/** How many bytes a value has once an account has filled it in: its id, a long region, names that CloudFormation makes. */
const sizeOf = (value: unknown): number => {
  if (typeof value === 'string') return Buffer.byteLength(value)
  if (typeof value !== 'object' || value === null) return String(value).length
  const node = value as Record<string, unknown>
  if (Array.isArray(node['Fn::Join'])) {
    const [separator, parts] = node['Fn::Join'] as [string, unknown[]]
    return parts.reduce<number>((sum, part) => sum + sizeOf(part), separator.length * Math.max(0, parts.length - 1))
  }
  if (node.Ref === 'AWS::AccountId') return 12
  if (node.Ref === 'AWS::Region') return 'ap-southeast-1'.length
  if (node.Ref === 'AWS::Partition') return 'aws'.length
  if (node.Ref === 'AWS::URLSuffix') return 'amazonaws.com'.length
  // A name that CloudFormation makes, or an ARN or URL with one.
  return 110
}
