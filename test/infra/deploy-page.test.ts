import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root } from '../../infra/constructs/bundle.ts'
import { estimate } from '../../infra/prices/estimate.ts'
import { resourcesOf, templatesOf } from './support/templates.ts'

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

describe('the commands of the page', () => {
  const blocks = [...page.matchAll(/^( *)```sh\n([\s\S]*?)^ *```$/gm)].map(([, indent = '', text = '']) =>
    text.replaceAll(new RegExp(`^${indent}`, 'gm'), ''),
  )
  const commands = blocks.join('\n')

  test.each(blocks)('can be read by a shell: %s', (block) => {
    expect(() => execFileSync('bash', ['-n'], { input: block, stdio: 'pipe' })).not.toThrow()
  })

  test('use nothing that no command before them sets', () => {
    const sets = (text: string) =>
      [...text.matchAll(/\b([A-Z][A-Z_]*)=|\bread -\w+ ([A-Za-z_ ]+)|\bfor (\w+) in/g)].flatMap(([, ...names]) =>
        names.flatMap((name) => name?.split(' ') ?? []),
      )
    const known = new Set<string>()
    for (const block of blocks) {
      for (const name of sets(block)) known.add(name)
      const used = [...block.matchAll(/\$\{?([A-Za-z_]+)/g)].map(([, name]) => name!)
      expect(used.filter((name) => !known.has(name))).toEqual([])
    }
    for (const name of ['NEVERSTOP_PASSWORD', 'POOL', 'APIS', 'key']) expect(known).toContain(name)
  })

  test('name outputs that the stacks have', () => {
    const asked = [...commands.matchAll(/--stack-name (neverstop-\S+) --query "[^"]*OutputKey=='(\w+)'/g)]
    expect(asked).toHaveLength(2)
    for (const [, stack, key] of asked) expect(templatesOf('dev')[stack!]!.Outputs).toHaveProperty(key!)
  })

  test('take away what they made', () => {
    const made = [...commands.matchAll(/aws iam (?:create|put)-(\S+)/g)].map(([, thing]) => thing)
    expect(made).toEqual(['open-id-connect-provider', 'role', 'role-policy'])
    for (const thing of made) expect(commands).toContain(`aws iam delete-${thing} `)
    expect(commands).toContain('cdk bootstrap')
    expect(commands).toContain('delete-stack --stack-name CDKToolkit')
  })

  test('take away each kind of thing that prod keeps, by the tag of its stage', () => {
    const ends: Readonly<Record<string, string>> = {
      'AWS::Cognito::UserPool': 'aws cognito-idp delete-user-pool',
      'AWS::DynamoDB::Table': 'aws dynamodb delete-table',
      'AWS::KMS::Key': 'aws kms schedule-key-deletion',
      'AWS::S3::Bucket': 'aws s3 rb',
    }
    const kept = resourcesOf(templatesOf('prod')).filter(({ DeletionPolicy }) => DeletionPolicy?.startsWith('Retain'))
    expect([...new Set(kept.map(({ Type }) => Type))].sort()).toEqual(Object.keys(ends))
    for (const command of Object.values(ends)) expect(commands).toContain(command)
    for (const { id, Properties } of kept) {
      const { Tags = [], UserPoolTags = {} } = Properties as { Tags?: object[]; UserPoolTags?: Record<string, string> }
      const tags = [...Tags, ...Object.entries(UserPoolTags).map(([Key, Value]) => ({ Key, Value }))]
      expect(tags, id).toContainEqual({ Key: 'neverstop:stage', Value: 'prod' })
    }
  })

  test('find the APIs whose logs no stack owns, where the stages of those APIs are', () => {
    const apis = resourcesOf(templatesOf('dev'), 'AWS::ApiGateway::RestApi')
    expect(apis.length).toBeGreaterThan(0)
    for (const { Properties } of apis) expect(Properties.Tags).toContainEqual({ Key: 'neverstop:stage', Value: 'dev' })
    for (const { Properties } of resourcesOf(templatesOf('dev'), 'AWS::ApiGateway::Stage'))
      expect(commands).toContain(`API-Gateway-Execution-Logs_$api/${Properties.StageName}"`)
  })

  test('give roles policies that are JSON', () => {
    const policies = [...commands.matchAll(/policy-document '([^']+)'/g)].map(([, text]) => JSON.parse(text!))
    expect(policies).toHaveLength(2)
    for (const { Version, Statement } of policies)
      expect([Version, Statement.length]).toEqual(['2012-10-17', expect.any(Number)])
  })

  test('let the deployer of prod read through DynamoDB what the key of the stage encrypts, and use it for nothing else', () => {
    const [{ Properties } = { Properties: {} }] = resourcesOf(templatesOf('prod'), 'AWS::KMS::Alias')
    const [, statement] = /```json\n([\s\S]*?)```/.exec(page)!
    expect(JSON.parse(statement!)).toEqual({
      Effect: 'Allow',
      Action: 'kms:Decrypt',
      Resource: expect.stringMatching(/^arn:aws:kms:.*:key\/\*$/),
      Condition: {
        StringLike: { 'kms:ViaService': 'dynamodb.*.amazonaws.com' },
        'ForAnyValue:StringEquals': { 'kms:ResourceAliases': Properties.AliasName },
      },
    })
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
