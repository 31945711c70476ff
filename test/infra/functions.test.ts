import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { entryPoints } from '../../infra/constructs/bundle.ts'
import { resourcesOf, templatesOf } from './support/templates.ts'

const desk = ['DESK_TABLE', 'GROUPS_TABLE', 'PLANS_TABLE', 'PAYLOADS_BUCKET']

const support = [
  'SUPPORT_TABLE',
  'CONTROLS_TABLE',
  'CONSUMERS',
  'OPERATORS',
  'PARTNERS',
  'QUEUE_ARN_PREFIX',
  'FUNCTION_PREFIX',
  'PAGE_TOPIC',
  'CONTEXT_TOPIC',
]
/** What each function must find in its environment besides what all have. */
const agreed: Readonly<Record<string, readonly string[]>> = {
  'ordering-api': ['EVENTS_TABLE', 'VIEWS_TABLE', 'PRICES_TABLE', 'LEDGER_SHARE', 'CONTROLS_TABLE', 'ADMISSION_PATH'],
  'ordering-commands': ['EVENTS_TABLE', 'SAGA_INBOXES', 'QUEUE_URL', 'DEAD_LETTER_QUEUE', 'LEDGER_SHARE'],
  'ordering-relay': ['BUS_NAME', 'DEAD_LETTER_QUEUE'],
  'ordering-projector': ['VIEWS_TABLE', 'DEAD_LETTER_QUEUE'],
  'ordering-events': ['EVENTS_TABLE', 'VIEWS_TABLE', 'PRICES_TABLE', 'QUEUE_URL', 'DEAD_LETTER_QUEUE'],
  'ordering-reconciler': ['VIEWS_TABLE', 'EVENTS_TABLE', 'BUS_NAME'],
  'inventory-api': ['STOCK_TABLE', 'RESERVATIONS_TABLE'],
  'inventory-commands': ['STOCK_TABLE', 'RESERVATIONS_TABLE', 'SAGA_INBOXES', 'QUEUE_URL', 'DEAD_LETTER_QUEUE'],
  'inventory-events': ['RESERVATIONS_TABLE', 'QUEUE_URL', 'DEAD_LETTER_QUEUE'],
  'inventory-relay': ['BUS_NAME', 'DEAD_LETTER_QUEUE'],
  'payments-commands': [
    'PAYMENTS_TABLE',
    'ACQUIRER_URL',
    'CONTROLS_TABLE',
    'SAGA_INBOXES',
    'QUEUE_URL',
    'DEAD_LETTER_QUEUE',
  ],
  'payments-intents': ['PAYMENTS_TABLE', 'ACQUIRER_URL', 'CONTROLS_TABLE', 'QUEUE_URL'],
  'shipping-api': ['SHIPMENTS_TABLE', 'BUS_NAME'],
  'shipping-commands': [
    'SHIPMENTS_TABLE',
    'CARRIERS_URL',
    'CONTROLS_TABLE',
    'SAGA_INBOXES',
    'QUEUE_URL',
    'DEAD_LETTER_QUEUE',
  ],
  'shipping-intents': ['SHIPMENTS_TABLE', 'CARRIERS_URL', 'CONTROLS_TABLE', 'QUEUE_URL'],
  'notifications-events': ['NOTIFICATIONS_TABLE', 'TOPIC_ARN', 'CONTROLS_TABLE', 'QUEUE_URL', 'DEAD_LETTER_QUEUE'],
  'partners-acquirer': ['BOOKS_TABLE', 'FAULTS_TABLE'],
  'partners-carriers': ['BOOKINGS_TABLE', 'FAULTS_TABLE'],
  'saga-coordinator': ['SAGAS_TABLE', 'COMMAND_QUEUES', 'WAKEUPS_QUEUE', 'QUEUE_URL', 'DEAD_LETTER_QUEUE'],
  'saga-sweeper': ['SAGAS_TABLE', 'SAGA_INBOXES', 'WAKEUPS_QUEUE'],
  'saga-relay': ['BUS_NAME', 'DEAD_LETTER_QUEUE'],
  'saga-historian': ['HISTORY_TABLE', 'DEAD_LETTER_QUEUE'],
  'saga-api': ['SAGAS_TABLE', 'HISTORY_TABLE', 'WAKEUPS_QUEUE'],
  'recovery-intake': desk,
  'recovery-api': [...desk, 'QUEUE_URLS', 'DESK_QUEUE', 'SAGAS_QUEUE', 'NAME_PREFIX', 'WITNESSES'],
  'recovery-commands': [...desk, 'QUEUE_URLS', 'QUEUE_URL', 'DEAD_LETTER_QUEUE'],
  'support-commands': [...support, 'QUEUE_URL', 'DEAD_LETTER_QUEUE'],
  'support-leases': support,
  'recovery-sweeper': [...desk, 'QUEUE_URLS', 'DESK_QUEUE'],
  'ordering-evidence': ['EVENTS_TABLE', 'VIEWS_TABLE', 'PRICES_TABLE'],
  'inventory-evidence': ['STOCK_TABLE', 'RESERVATIONS_TABLE'],
  'payments-evidence': ['PAYMENTS_TABLE', 'CONTROLS_TABLE'],
  'shipping-evidence': ['SHIPMENTS_TABLE', 'CONTROLS_TABLE'],
  'notifications-evidence': ['NOTIFICATIONS_TABLE'],
  'saga-evidence': ['SAGAS_TABLE'],
  'recovery-ledger': [
    'DESK_TABLE',
    'LEDGER_TABLE',
    'LEDGER_SHARE',
    'NAME_PREFIX',
    'WITNESSES',
    'SENDERS',
    'SUBSCRIPTIONS',
    'QUEUE_URLS',
  ],
  'edge-authorizer': ['ISSUER', 'AUDIENCE'],
  'edge-openapi': [],
}

/** They read the queues on the way of an order, and say how long messages wait there. */
const report = ['ordering-commands', 'inventory-commands', 'payments-commands', 'shipping-commands', 'saga-coordinator']

const common = [
  'NEVERSTOP_HANDLER',
  'STAGE',
  'TIMING',
  'POWERTOOLS_SERVICE_NAME',
  'METRICS_NAMESPACE',
  'TRACING',
  'LOG_LEVEL',
]

/** What writes one line an invocation, says it before the time is up, and measures; by the name of its maker. */
const frames = {
  queueConsumer: 'reactive/consume.ts',
  streamConsumer: 'reactive/stream-relay.ts',
  streamRelay: 'reactive/stream-relay.ts',
  httpEndpoint: 'reactive/http-endpoint.ts',
  scheduled: 'reactive/scheduled.ts',
  intentsSweep: 'reactive/intents-sweep.ts',
  invoked: 'reactive/invoked.ts',
  evidenceHandler: 'reactive/evidence.ts',
  deadLetterIntake: 'functions/recovery/intake.ts',
} as const

describe('every handler', () => {
  test.each(Object.entries(entryPoints()))('%s goes through a frame that writes its line', (_, file) => {
    const text = readFileSync(file, 'utf8')
    const [, maker = ''] = /^export const handler = (\w+)/m.exec(text) ?? []
    expect(Object.keys(frames), `${file} exports a handler made by ${maker || 'nobody'}`).toContain(maker)
    expect(text).toMatch(new RegExp(`import \\{[^}]*\\b${maker}\\b[^}]*\\} from '`))
  })

  test.each(Object.entries(frames))('%s is made of what tells of an invocation', (maker, file) => {
    const text = readFileSync(file, 'utf8')
    expect(text).toMatch(/tellsBatch\(|lastWord\(|answerOnce\(|\binvoked<|scheduled\(/)
    if (maker !== 'queueConsumer') expect(text).toContain(`export const ${maker} =`)
  })
})

describe.each(['local', 'dev'] as const)('the functions of stage %s', (stage) => {
  const templates = templatesOf(stage)
  const functions = resourcesOf(templates, 'AWS::Lambda::Function')
  const named = (handler: string) =>
    functions.find(({ Properties }) => Properties.FunctionName === `neverstop-${stage}-${handler}`)!

  test('are all handlers that exist, and no others', () => {
    const deployed = functions.map(({ Properties }) => Properties.Environment.Variables.NEVERSTOP_HANDLER)
    expect(deployed.toSorted()).toEqual(Object.keys(agreed).toSorted())
    expect(Object.keys(entryPoints()).filter((handler) => !deployed.includes(handler))).toEqual([])
  })

  test.each(Object.entries(agreed))('give %s the environment that it was promised', (handler, expected) => {
    const variables = Object.keys(named(handler).Properties.Environment.Variables)
    const optional = stage === 'local' && handler === 'edge-authorizer' ? ['JWKS'] : []
    // Whoever consumes a queue tells the desk what became of what the desk put back.
    const tells = expected.includes('QUEUE_URL') && expected.includes('DEAD_LETTER_QUEUE') ? ['DESK_QUEUE'] : []
    const reports = report.includes(handler) ? ['PRESSURE_TABLE'] : []
    expect(variables.toSorted()).toEqual([...common, ...expected, ...tells, ...reports, ...optional].toSorted())
  })

  test('run on Node 24 and ARM, with 256 to 512 MB and without X-Ray', () => {
    for (const { Properties } of functions) {
      expect(Properties).toMatchObject({ Runtime: 'nodejs24.x', Architectures: ['arm64'], Handler: 'index.handler' })
      expect([256, 512]).toContain(Properties.MemorySize)
      expect(Properties.TracingConfig).toBeUndefined()
    }
  })

  test('have environments that Lambda takes: at most four kilobytes', () => {
    // What is only known when it is deployed (an ARN, a table's name) counts with the length that it may have.
    const written = (value: unknown): string => {
      if (typeof value === 'string') return value
      const [name, content] = Object.entries(value as Record<string, unknown>)[0]!
      return name === 'Fn::Join' ? (content as [string, unknown[]])[1].map(written).join('') : 'x'.repeat(64)
    }
    for (const { Properties } of functions) {
      const variables = Object.entries(Properties.Environment.Variables)
      const size = variables.reduce((sum, [name, value]) => sum + name.length + written(value).length, 0)
      expect(size, Properties.FunctionName).toBeLessThanOrEqual(4 * 1024)
    }
  })

  test('know the timing of their stage', () => {
    for (const { Properties } of functions)
      expect(Properties.Environment.Variables.TIMING).toBe(stage === 'local' ? 'brief' : 'standard')
  })

  test('each have a role of their own, which only Lambda may take', () => {
    const roles = functions.map(({ stack, Properties }) => `${stack}/${Properties.Role['Fn::GetAtt'][0]}`)
    expect(new Set(roles).size).toBe(functions.length)
    for (const role of roles) {
      const [stack, id] = role.split('/') as [string, string]
      const { Properties } = templates[stack]!.Resources[id]!
      expect(Properties.ManagedPolicyArns).toBeUndefined()
      expect(Properties.AssumeRolePolicyDocument.Statement).toEqual([
        { Action: 'sts:AssumeRole', Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' } },
      ])
    }
  })

  test('may do nothing to everything, and nothing with everything', () => {
    for (const { stack, id, Properties } of resourcesOf(templates, 'AWS::IAM::Policy'))
      for (const { Action, Resource } of Properties.PolicyDocument.Statement) {
        for (const action of [Action].flat()) expect(action, `${stack}/${id}`).not.toContain('*')
        // Listing event sources knows no resource, and only reads.
        if (Action === 'lambda:ListEventSourceMappings') continue
        for (const resource of [Resource].flat()) expect(resource, `${stack}/${id}`).not.toBe('*')
      }
  })

  test('write to a log that their stack made and that is not kept for ever', () => {
    for (const { stack, Properties } of functions) {
      const log = templates[stack]!.Resources[Properties.LoggingConfig.LogGroup.Ref]!
      expect(log.Properties.LogGroupName).toBe(`/aws/lambda/${Properties.FunctionName}`)
      expect(log.Properties.RetentionInDays).toBe(stage === 'local' ? 1 : 7)
    }
    const actions = resourcesOf(templates, 'AWS::IAM::Policy')
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
      .flatMap(({ Action }) => Action)
    expect(actions).not.toContain('logs:CreateLogGroup')
  })

  test('take messages ten at a time, answer for each, and never take the whole account', () => {
    const queues = resourcesOf(templates, 'AWS::Lambda::EventSourceMapping').filter(
      ({ Properties }) => Properties.StartingPosition === undefined,
    )
    for (const { Properties } of queues) {
      expect(Properties).toMatchObject({ BatchSize: 10, FunctionResponseTypes: ['ReportBatchItemFailures'] })
      expect(Properties.ScalingConfig.MaximumConcurrency).toBeLessThanOrEqual(20)
    }
  })
})

describe('ordering', () => {
  test.each(['ordering-events', 'ordering-reconciler'])('lets %s change the marks of events', (handler) => {
    const tables = statementsOf(handler)
      .filter(({ Action }) => [Action].flat().includes('dynamodb:UpdateItem'))
      .map(({ Resource }) => JSON.stringify(Resource))
    expect(tables).toContainEqual(expect.stringContaining('EventsTable'))
  })
})

describe('the operators of sagas', () => {
  const tables = (handler: string) =>
    statementsOf(handler)
      .filter(({ Action }) => [Action].flat().some((action) => /^dynamodb:/.test(action)))
      .flatMap(({ Action, Resource }) => [Action].flat().map((action) => [action, JSON.stringify(Resource)] as const))

  test('see no table but those of the sagas, and write to none', () => {
    for (const [action, resource] of tables('saga-api')) {
      expect(action).toMatch(/^dynamodb:(GetItem|BatchGetItem|Query)$/)
      expect(resource).toMatch(/"(SagasTable|HistoryTable)/)
    }
    expect(tables('saga-api').length).toBeGreaterThan(2)
  })

  test('speak to the coordinator only, by its queue of wake-ups', () => {
    const sending = statementsOf('saga-api').filter(({ Action }) => [Action].flat().includes('sqs:SendMessage'))
    expect(sending.map(({ Resource }) => JSON.stringify(Resource))).toEqual([expect.stringContaining('sagawakeups')])
  })

  test('have a history that nobody writes but the one who reads the stream, and who may not write to sagas', () => {
    const writers = (table: string) =>
      resourcesOf(templatesOf('dev'), 'AWS::IAM::Policy')
        .filter(({ Properties }) =>
          Properties.PolicyDocument.Statement.some(
            ({ Action, Resource }: { Action: string | string[]; Resource: unknown }) =>
              [Action].flat().some((action) => /^dynamodb:(Put|Update|BatchWrite)/.test(action)) &&
              JSON.stringify(Resource).includes(table),
          ),
        )
        .map(({ id }) => id.replace(/Role.*$/, ''))
        .toSorted()
    expect(writers('HistoryTable')).toEqual(['sagahistorian'])
    expect(writers('SagasTable')).toEqual(['sagacoordinator', 'sagasweeper'])
  })
})

describe('a participant', () => {
  const grants = (handler: string) => statementsOf(handler).flatMap(({ Action }) => Action)

  test('may call its partner only where it has one', () => {
    expect(grants('payments-commands')).toContain('execute-api:Invoke')
    expect(grants('shipping-commands')).toContain('execute-api:Invoke')
    expect(grants('inventory-commands')).not.toContain('execute-api:Invoke')
    // To ask it whether it is back.
    expect(grants('payments-intents')).toContain('execute-api:Invoke')
    expect(grants('payments-evidence')).not.toContain('execute-api:Invoke')
  })

  test('may put a command back on its own queue, and a participant without a partner may not', () => {
    const queues = (handler: string) =>
      statementsOf(handler)
        .filter(({ Action }) => Action === 'sqs:SendMessage')
        .map(({ Resource }) => JSON.stringify(Resource))
    const own = (handler: string) => queues(handler).filter((arn) => /CommandsqueueQueue|commandsqueueQueue/.test(arn))
    expect(own('payments-commands')).toHaveLength(1)
    expect(own('shipping-commands')).toHaveLength(1)
    expect(own('inventory-commands')).toHaveLength(0)
  })

  test('may not publish, and a relay may not touch a table', () => {
    expect(grants('payments-commands')).not.toContain('events:PutEvents')
    expect(grants('ordering-relay').filter((action) => /^dynamodb:(Put|Update|Get|Query)/.test(action))).toEqual([
      'dynamodb:GetRecords',
      'dynamodb:GetShardIterator',
    ])
  })
})

const statementsOf = (handler: string): { Action: string | string[]; Resource: unknown }[] =>
  resourcesOf(templatesOf('dev'), 'AWS::IAM::Policy')
    .filter(({ id }) => id.startsWith(`${handler.replaceAll('-', '')}Role`))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)

describe('what has to work while everything else is busy', () => {
  const reserved = (stage: Parameters<typeof templatesOf>[0]) =>
    resourcesOf(templatesOf(stage), 'AWS::Lambda::Function').flatMap(({ Properties }) =>
      Properties.ReservedConcurrentExecutions === undefined
        ? []
        : [[Properties.Environment.Variables.NEVERSTOP_HANDLER, Properties.ReservedConcurrentExecutions]],
    )

  test('has executions of its own in production', () => {
    expect(reserved('prod').toSorted()).toEqual([
      ['recovery-api', 5],
      ['recovery-intake', 10],
      ['recovery-sweeper', 2],
      ['saga-api', 5],
      ['saga-sweeper', 2],
      ['support-commands', 5],
      ['support-leases', 2],
    ])
  })

  test.each(['local', 'dev', 'test'] as const)('takes nothing away from the others on %s', (stage) => {
    expect(reserved(stage)).toEqual([])
  })
})
