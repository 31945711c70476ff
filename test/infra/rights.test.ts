import { describe, expect, test } from 'vitest'
import { allows, rolesOf, type Statement } from './support/iam.ts'
import { resourcesOf, templatesOf, textOf } from './support/templates.ts'

const templates = templatesOf('prod')
const roles = rolesOf(templates)
const handlers = Object.keys(roles).sort()

/** The ARN of a resource as a policy would name it: in text, with what only an account knows left out. */
const arnsOf = (type: string, arn: (name: string) => string) =>
  resourcesOf(templates, type).map(({ stack, id }) => {
    const name = textOf(templates[stack]!, { Ref: id })
    return { name: name.replace(/^neverstop-prod-/, '').replace(/Table[0-9A-F]{8}$/, 'Table'), arn: arn(name) }
  })

const here = (service: string) => `arn:AWS::Partition:${service}:AWS::Region:AWS::AccountId:`
const plain = (name: string) => name
/** A queue is named by its ARN in other stacks and by a reference in its own. */
const both = (service: string) => (name: string) => [name, `${here(service)}${name}`]

const queues = arnsOf('AWS::SQS::Queue', plain)
const tables = arnsOf('AWS::DynamoDB::Table', plain)
const topics = arnsOf('AWS::SNS::Topic', plain)
const logs = resourcesOf(templates, 'AWS::Logs::LogGroup').map(({ id, Properties }) => ({
  arn: id,
  group: Properties.LogGroupName as string,
}))
const owners = ['ordering', 'inventory', 'payments', 'shipping', 'notifications', 'saga', 'recovery', 'support']

const may = (statements: readonly Statement[], action: string, resources: readonly string[], context = {}) =>
  resources.some((resource) => allows(statements, { action, resource, context }))

/** A table's name in its own stack, and what another stack imports it as. */
const namesOf = (statements: readonly Statement[], table: string) => [
  table,
  ...statements.flatMap(({ resources }) => resources.filter((resource) => resource.includes(`GetAtt${table}`))),
]

/** Everything that a function may do, in words. */
const wordsOf = (statements: readonly Statement[]): string[] => {
  const words: string[] = []
  const note = (allowed: boolean, word: string) => {
    if (allowed) words.push(word)
  }
  for (const { name, arn } of tables) {
    for (const [verb, action] of [
      ['read', 'GetItem'],
      ['write', 'PutItem'],
      ['scan', 'Scan'],
      ['delete from', 'DeleteItem'],
      ['write batches to', 'BatchWriteItem'],
      ['follow', 'GetRecords'],
    ] as const)
      note(may(statements, `dynamodb:${action}`, namesOf(statements, arn)), `${verb} ${name}`)
  }
  for (const { name, arn } of queues) {
    const named = both('sqs')(arn)
    note(may(statements, 'sqs:SendMessage', named), `send to ${name}`)
    note(may(statements, 'sqs:ReceiveMessage', named), `take from ${name}`)
    note(
      !may(statements, 'sqs:ReceiveMessage', named) && may(statements, 'sqs:GetQueueAttributes', named),
      `look at ${name}`,
    )
  }
  for (const { name, arn } of topics) note(may(statements, 'sns:Publish', both('sns')(arn)), `tell ${name}`)
  for (const owner of owners)
    note(
      may(statements, 'events:PutEvents', [`${here('events')}event-bus/neverstop-prod`], {
        'events:source': `neverstop.${owner}`,
      }),
      `publish as ${owner}`,
    )
  for (const handler of handlers)
    note(
      may(statements, 'lambda:InvokeFunction', [`${here('lambda')}function:neverstop-prod-${handler}:live`]),
      `call ${handler}`,
    )
  note(
    statements.some(({ actions }) => actions.includes('execute-api:Invoke')),
    `call partners: ${statements
      .filter(({ actions }) => actions.includes('execute-api:Invoke'))
      .flatMap(({ resources }) => resources.map((resource) => resource.split('/v1/')[1]))
      .join(', ')}`,
  )
  note(
    statements.some(({ actions }) => actions.includes('s3:PutObject')),
    'keep payloads',
  )
  return words
}

describe('every function', () => {
  test('may do what is written down, and nothing else is found', async () => {
    const text = handlers.map((handler) => [handler, ...wordsOf(roles[handler]!).map((word) => `  ${word}`)].join('\n'))
    expect(handlers.length).toBeGreaterThan(35)
    await expect(`${text.join('\n')}\n`).toMatchFileSnapshot('./rights.txt')
  })

  test.each(handlers)('%s is denied what no function needs', (handler) => {
    const statements = roles[handler]!
    for (const { arn } of tables)
      for (const action of [
        'DeleteTable',
        'UpdateTable',
        'UpdateTimeToLive',
        'ExportTableToPointInTime',
        'PartiQLSelect',
      ])
        expect(may(statements, `dynamodb:${action}`, [arn]), `${action} ${arn}`).toBe(false)
    for (const { arn } of queues)
      for (const action of ['PurgeQueue', 'DeleteQueue', 'SetQueueAttributes', 'AddPermission'])
        expect(may(statements, `sqs:${action}`, both('sqs')(arn)), `${action} ${arn}`).toBe(false)
    for (const { arn } of topics)
      for (const action of ['Subscribe', 'SetTopicAttributes', 'DeleteTopic'])
        expect(may(statements, `sns:${action}`, both('sns')(arn)), `${action} ${arn}`).toBe(false)
    for (const action of [
      'iam:PassRole',
      'iam:CreateRole',
      'sts:AssumeRole',
      'kms:Decrypt',
      'lambda:UpdateFunctionCode',
    ])
      expect(allows(statements, { action, resource: 'arn:anything' }), action).toBe(false)
  })

  test.each(handlers)('%s writes its own log, and no other', (handler) => {
    const written = logs.filter(({ arn }) => may(roles[handler]!, 'logs:PutLogEvents', [arn])).map(({ group }) => group)
    expect(written).toEqual([`/aws/lambda/neverstop-prod-${handler}`])
  })

  test('comes to the key through a service only', () => {
    for (const [handler, statements] of Object.entries(roles))
      for (const { actions, conditions } of statements)
        if (actions.some((action) => action.startsWith('kms:')))
          expect(Object.keys(conditions.StringEquals ?? {}), handler).toContain('kms:ViaService')
  })

  test('that reads objects may list their bucket: S3 says 403, and not 404, of what is not there to all others', () => {
    const readers = Object.entries(roles).filter(([, statements]) =>
      statements.some(({ actions }) => actions.includes('s3:GetObject')),
    )
    expect(readers.length).toBeGreaterThan(0)
    for (const [handler, statements] of readers)
      for (const { actions, resources } of statements)
        for (const resource of actions.includes('s3:GetObject') ? resources : [])
          expect(may(statements, 's3:ListBucket', [resource.replace(/\/payloads\/.*$/, '')]), handler).toBe(true)
  })

  test('has no statement that is wider than it says why', () => {
    const wide = Object.entries(roles).flatMap(([handler, statements]) =>
      statements.flatMap(({ actions, resources }) => [
        ...actions.filter((action) => action.includes('*')),
        ...resources
          .filter((resource) => resource.includes('*'))
          .map((resource) => `${handler}: ${actions} ${resource}`),
      ]),
    )
    const explained = [
      // Paths below one partner carry ids; payloads are named after records; listing knows no resource.
      /execute-api:Invoke .*\/v1\/(GET|POST)\/(acquirer|carriers)\/\*$/,
      /^recovery-\w+: s3:DeleteObject,s3:GetObject,s3:PutObject .*\/payloads\/\*$/,
      /^support-(commands|leases): lambda:ListEventSourceMappings \*$/,
      /^support-(commands|leases): lambda:UpdateEventSourceMapping .*:event-source-mapping:\*$/,
    ]
    expect(wide.filter((one) => !explained.some((reason) => reason.test(one)))).toEqual([])
    for (const reason of explained)
      expect(
        wide.some((one) => reason.test(one)),
        String(reason),
      ).toBe(true)
  })

  test('publishes in nobody else’s name', () => {
    for (const [handler, statements] of Object.entries(roles)) {
      const [context] = handler.split('-')
      const names = wordsOf(statements).filter((word) => word.startsWith('publish as'))
      for (const name of names) expect(name, handler).toBe(`publish as ${context}`)
    }
  })

  test('leaves dead letters to the desk', () => {
    for (const [handler, statements] of Object.entries(roles))
      for (const word of wordsOf(statements))
        if (/^take from .*-dead$/.test(word)) expect(handler).toBe('recovery-intake')
  })

  test('reads only tables of its own stack', () => {
    for (const [handler, statements] of Object.entries(roles)) {
      const { stack } = resourcesOf(templates, 'AWS::Lambda::Function').find(
        ({ Properties }) => Properties.FunctionName === `neverstop-prod-${handler}`,
      )!
      const own = resourcesOf({ [stack]: templates[stack]! }, 'AWS::DynamoDB::Table').map(({ id }) => id)
      // What controls share is shared: breakers, valves, admission.
      for (const { arn } of tables)
        if (!own.includes(arn) && !arn.startsWith('ControlsTable'))
          expect(may(statements, 'dynamodb:GetItem', [arn]), `${handler} ${arn}`).toBe(false)
    }
  })
})
