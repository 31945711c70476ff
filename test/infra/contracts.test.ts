import { App } from 'aws-cdk-lib'
import { describe, expect, test } from 'vitest'
import { command, event } from '../../events/contract.ts'
import { parse } from '../../events/envelope.ts'
import { contracts, patternFor } from '../../events/index.ts'
import { ReserveStock } from '../../events/inventory.ts'
import { OrderConfirmed, OrderPlaced } from '../../events/ordering.ts'
import { TreatAlarm } from '../../events/support.ts'
import { learnsFrom } from '../../functions/ordering/learn.ts'
import { assertConsistency, looseEnds } from '../../infra/consistency.ts'
import { CommandQueue } from '../../infra/constructs/command-queue.ts'
import { EventSubscription } from '../../infra/constructs/event-subscription.ts'
import { ReliableQueue } from '../../infra/constructs/reliable-queue.ts'
import { stageFrom } from '../../infra/stages.ts'
import { definitions } from '../../sagas/index.ts'
import { emptyStack } from './support/app.ts'
import { nameIn, resourcesOf, templatesOf } from './support/templates.ts'

describe('the build', () => {
  const Heard = event('ordering', 'Heard', 1, {})
  const Unheard = event('ordering', 'Unheard', 1, {})
  const Offered = event('ordering', 'Offered', 1, {}, { public: true })
  const Asked = command('ordering', 'Asked', 1, {})

  test('accepts contracts that somebody consumes', () => {
    expect(looseEnds([Heard, Asked], { subscribed: [Heard], handled: [Asked] })).toEqual([])
  })

  test('refuses an event that nobody consumes', () => {
    expect(looseEnds([Heard, Unheard], { subscribed: [Heard], handled: [] })).toEqual([
      expect.stringContaining('nobody consumes the event ordering.Unheard.v1'),
    ])
  })

  test('accepts an event that is offered to the public', () => {
    expect(looseEnds([Offered], { subscribed: [], handled: [] })).toEqual([])
  })

  test('refuses a command that nobody can handle', () => {
    expect(looseEnds([Asked], { subscribed: [], handled: [] })).toEqual([
      expect.stringContaining('nobody can handle the command ordering.Asked.v1: give ordering a command queue'),
    ])
  })

  test('refuses a subscription to no contract, and to what is not on the bus', () => {
    const stack = emptyStack()
    const to = new ReliableQueue(stack, 'payments-events')
    expect(() => new EventSubscription(stack, { to, contracts: [] })).toThrow('subscribes to no contract')
    expect(
      () => new EventSubscription(stack, { to: new ReliableQueue(stack, 'other'), contracts: [ReserveStock] }),
    ).toThrow('subscribes to inventory.ReserveStock.v1, a command')
  })

  test('refuses a command queue for a context without commands', () => {
    expect(() => new CommandQueue(emptyStack('notifications'), 'notifications')).toThrow(
      'notifications has a command queue but no command',
    )
  })

  test('refuses a stage whose stacks leave contracts alone, naming each', () => {
    const stage = stageFrom(() => undefined)
    const failing = () => assertConsistency(new App(), stage)
    expect(failing).toThrow(`nobody consumes the event ${OrderPlaced.type}`)
    expect(failing).toThrow(`nobody can handle the command ${ReserveStock.type}`)
  })
})

describe('what the contracts generate', () => {
  const templates = templatesOf('dev')
  const rules = resourcesOf(templates, 'AWS::Events::Rule').filter(({ Properties }) => Properties.EventPattern)
  const ruleOf = (queue: string) => rules.find(({ Properties }) => Properties.Name === `neverstop-dev-${queue}`)!

  test('is a rule whose pattern matches exactly the subscribed events', () => {
    expect(ruleOf('inventory-events').Properties.EventPattern).toEqual(patternFor([OrderConfirmed]))
  })

  test('is a rule for all that ordering learns from, its own ends among it: unheard, they would be said for ever', () => {
    expect(ruleOf('ordering-events').Properties.EventPattern).toEqual(patternFor(learnsFrom))
  })

  test('is a rule for what starts, cancels and signals each saga, in any version', () => {
    for (const [name, versions] of Map.groupBy(definitions, ({ name }) => name)) {
      const { EventPattern } = ruleOf(`saga-${name}`).Properties
      const types = versions.flatMap(({ startedBy, cancelledBy, steps }) => [
        startedBy.type,
        ...(cancelledBy ? [cancelledBy.type] : []),
        ...steps.flatMap((step) => (step.kind === 'signal' ? [step.on.type] : [])),
      ])
      expect(new Set(EventPattern['detail-type'])).toEqual(new Set(types))
      expect(EventPattern['detail-type']).toHaveLength(new Set(types).size)
    }
  })

  test('puts our envelope and nothing else into the queues', () => {
    const ours = rules.filter(({ Properties }) => !Properties.Name.endsWith('-support-commands'))
    for (const { Properties } of ours)
      for (const { InputPath } of Properties.Targets) expect(InputPath, Properties.Name).toBe('$.detail')
    // CloudWatch knows nothing of our envelope: the rule puts its event into one.
    const { InputTransformer } = ruleOf('support-commands').Properties.Targets[0]
    const sample = InputTransformer.InputTemplate.replaceAll(/<detail-(?:previousState|state)-value>/g, '"OK"')
      .replaceAll(/<time>/g, '"2026-01-01T00:00:00Z"')
      .replaceAll(/<[^>]+>/g, '"x"')
    expect(parse(sample, [TreatAlarm])).toMatchObject({ ok: true, message: { data: { alarm: 'x', state: 'OK' } } })
  })

  test('parks every event of ours whose type no contract has', () => {
    const { EventPattern } = ruleOf('bus-unrouted').Properties
    expect(EventPattern).toEqual({
      source: [{ prefix: 'neverstop.' }],
      'detail-type': [{ 'anything-but': contracts.filter(({ kind }) => kind === 'event').map(({ type }) => type) }],
    })
  })

  test('lets a relay publish in the name of its owner only', () => {
    const grants = resourcesOf(templates, 'AWS::IAM::Policy').flatMap(({ stack, Properties }) =>
      Properties.PolicyDocument.Statement.filter(({ Action }: { Action: unknown }) =>
        [Action].flat().some((action) => String(action).startsWith('events:')),
      ).map((statement: object) => ({ stack, ...statement })),
    )
    expect(grants.length).toBeGreaterThanOrEqual(4)
    for (const { stack, Action, Condition, Resource } of grants) {
      const owner =
        { sagas: 'saga' }[stack.replace('neverstop-dev-', '') as 'sagas'] ?? stack.replace('neverstop-dev-', '')
      expect(Action).toBe('events:PutEvents')
      expect(Condition).toEqual({ StringEquals: { 'events:source': `neverstop.${owner}` } })
      expect(nameIn(templates[stack]!, Resource)).toBe('neverstop-dev')
    }
  })

  test('is a command queue for every context that owns commands, with a consumer', () => {
    const owners = new Set(contracts.filter(({ kind }) => kind === 'command').map(({ owner }) => owner))
    const sources = resourcesOf(templates, 'AWS::Lambda::EventSourceMapping').map(({ stack, Properties }) =>
      nameIn(templates[stack]!, Properties.EventSourceArn),
    )
    for (const owner of owners)
      expect(sources).toContain(owner === 'saga' ? 'neverstop-dev-saga-wakeups' : `neverstop-dev-${owner}-commands`)
  })
})
