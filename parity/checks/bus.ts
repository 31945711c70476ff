import {
  CreateEventBusCommand,
  DeleteEventBusCommand,
  DeleteRuleCommand,
  EventBridgeClient,
  PutEventsCommand,
  PutRuleCommand,
  PutTargetsCommand,
  RemoveTargetsCommand,
  type Target,
} from '@aws-sdk/client-eventbridge'
import { SQSClient } from '@aws-sdk/client-sqs'
import { type Check, must, present, refusalOf } from '../check.ts'
import type { Lab } from '../lab.ts'
import { collect, openQueue, parsed, type Queue } from '../tools.ts'

const bus = async ({ events, name, later }: Lab): Promise<string> => {
  const Name = name('bus')
  await events.send(new CreateEventBusCommand({ Name }))
  later(() => events.send(new DeleteEventBusCommand({ Name })))
  return Name
}

/** A queue that rules may send to. */
const open = (lab: Lab, word: string): Promise<Queue> => openQueue(lab, word, 'events.amazonaws.com')

const rule = async (
  { events, name, later }: Lab,
  EventBusName: string,
  pattern: object,
  target: Omit<Target, 'Id'>,
  word = 'rule',
) => {
  const Name = name(word)
  await events.send(new PutRuleCommand({ Name, EventBusName, EventPattern: JSON.stringify(pattern) }))
  later(() => events.send(new DeleteRuleCommand({ Name, EventBusName })))
  later(() => events.send(new RemoveTargetsCommand({ Rule: Name, EventBusName, Ids: ['target'] })))
  await events.send(
    new PutTargetsCommand({ Rule: Name, EventBusName, Targets: [{ Id: 'target', ...target } as Target] }),
  )
}

const publish = ({ events }: Lab, EventBusName: string, ...details: object[]) =>
  events.send(
    new PutEventsCommand({
      Entries: details.map((detail) => ({
        EventBusName,
        Source: 'parity.shop',
        DetailType: 'order',
        Detail: JSON.stringify(detail),
      })),
    }),
  )

const idsOf = (bodies: readonly { Body?: string }[]) =>
  bodies
    .map((message) => {
      const { id, detail } = parsed(message) as { id?: string; detail?: { id?: string } }
      return detail?.id ?? id
    })
    .sort()
    .join()

/** The event bus: who is told what. */
export const busChecks: readonly Check[] = [
  {
    id: 'bus.filters',
    behaviour: 'A pattern with prefix, anything-but, numeric and exists lets through exactly what it says.',
    guarantee: 'right-audience',
    run: async (lab) => {
      const [its, target] = [await bus(lab), await open(lab, 'target')]
      const detail = {
        id: [{ prefix: 'ok' }],
        kind: [{ 'anything-but': ['test'] }],
        total: [{ numeric: ['>=', 100, '<', 200] }],
        card: [{ exists: true }],
        coupon: [{ exists: false }],
      }
      await rule(lab, its, { source: ['parity.shop'], detail }, { Arn: target.arn })
      const good = { id: 'ok-1', kind: 'real', total: 150, card: 'x' }
      await publish(
        lab,
        its,
        good,
        { ...good, id: 'no-prefix' },
        { ...good, id: 'ok-test', kind: 'test' },
        { ...good, id: 'ok-cheap', total: 99 },
        { ...good, id: 'ok-dear', total: 200 },
        { ...good, id: 'ok-cash', card: undefined },
        { ...good, id: 'ok-coupon', coupon: 'y' },
      )
      const ids = idsOf(await collect(lab, target, 2, 6_000))
      must(ids === 'ok-1', `let through are ${ids || 'none'}`)
    },
  },
  {
    id: 'bus.input-path',
    behaviour: 'A target with an input path gets that part of the event, unchanged.',
    guarantee: 'right-audience',
    run: async (lab) => {
      const [its, target] = [await bus(lab), await open(lab, 'target')]
      await rule(lab, its, { source: ['parity.shop'] }, { Arn: target.arn, InputPath: '$.detail' })
      const detail = { id: 'a', lines: [{ sku: 'MUG', quantity: 2 }], note: 'ü "quoted"' }
      await publish(lab, its, detail)
      const [message] = await collect(lab, target, 1, 10_000)
      must(message !== undefined, 'nothing arrives')
      must(JSON.stringify(parsed(message)) === JSON.stringify(detail), 'it is not the same')
    },
  },
  {
    id: 'bus.input-transformer',
    behaviour: 'A target with an input transformer gets what its template makes of the event.',
    guarantee: 'right-audience',
    run: async (lab) => {
      const [its, target] = [await bus(lab), await open(lab, 'target')]
      await rule(
        lab,
        its,
        { source: ['parity.shop'] },
        {
          Arn: target.arn,
          InputTransformer: {
            InputPathsMap: { id: '$.detail.id', total: '$.detail.total' },
            InputTemplate: '{"order": <id>, "text": "order <id>", "total": <total>}',
          },
        },
      )
      await publish(lab, its, { id: 'a', total: 12 })
      const [message] = await collect(lab, target, 1, 10_000)
      const text = JSON.stringify(message && parsed(message))
      must(text === '{"order":"a","text":"order a","total":12}', 'it is something else, or nothing')
    },
  },
  {
    id: 'bus.all-targets',
    behaviour: 'Every rule that matches gets the event.',
    guarantee: 'right-audience',
    run: async (lab) => {
      const its = await bus(lab)
      const targets = [await open(lab, 'one'), await open(lab, 'two'), await open(lab, 'three')]
      for (const [index, { arn }] of targets.entries())
        await rule(lab, its, { source: ['parity.shop'] }, { Arn: arn }, `rule-${index}`)
      await publish(lab, its, { id: 'a' })
      for (const target of targets)
        must((await collect(lab, target, 1, 10_000)).length === 1, 'one of three does not get it')
    },
  },
  {
    id: 'bus.target-dead-letter',
    behaviour: "An event that cannot be delivered goes to the target's dead-letter queue, with the reason.",
    guarantee: 'parked-and-explained',
    run: async (lab) => {
      const [its, dead] = [await bus(lab), await open(lab, 'dead')]
      const gone = dead.arn.replace(/[^:]+$/, lab.name('gone'))
      await rule(
        lab,
        its,
        { source: ['parity.shop'] },
        { Arn: gone, DeadLetterConfig: { Arn: dead.arn }, RetryPolicy: { MaximumRetryAttempts: 0 } },
      )
      await publish(lab, its, { id: 'a' })
      const [message] = await collect(lab, dead, 1, 15_000)
      must(message !== undefined, 'it is lost')
      must(message.MessageAttributes?.ERROR_CODE !== undefined, 'it comes without a reason')
    },
  },
  {
    id: 'bus.entry-fails',
    behaviour: 'Of several events, those that are refused are named and the others are taken.',
    guarantee: 'nothing-lost',
    run: async (lab) => {
      const its = await bus(lab)
      const entry = { EventBusName: its, Source: 'parity.shop', DetailType: 'order' }
      const { FailedEntryCount, Entries = [] } = await lab.events.send(
        new PutEventsCommand({
          Entries: [
            { ...entry, Detail: '{"id":"a"}' },
            { ...entry, Detail: 'no JSON' },
          ],
        }),
      )
      must(FailedEntryCount === 1, `of one that is no JSON ${FailedEntryCount} are told to fail`)
      must(Entries[0]?.EventId !== undefined && Entries[1]?.ErrorCode !== undefined, 'it does not tell which')
    },
  },
  {
    id: 'bus.size-limit',
    behaviour: 'Events above 256 KB are refused.',
    guarantee: 'nothing-lost',
    run: async (lab) => {
      const its = await bus(lab)
      const refused = await refusalOf(
        publish(lab, its, { text: 'x'.repeat(300_000) }).then(({ FailedEntryCount }) => {
          if (FailedEntryCount) throw new Error('refused')
        }),
      )
      must(refused !== undefined, 'it is taken')
    },
  },
  {
    id: 'bus.other-region',
    behaviour: 'A rule may send to a bus in another region.',
    guarantee: 'endures',
    run: async (lab) => {
      const its = await bus(lab)
      const config = { ...lab.config, region: 'eu-west-1' }
      const far = { ...lab, events: new EventBridgeClient(config), sqs: new SQSClient(config) }
      const [there, target] = [await bus(far), await open(far, 'far')]
      await rule(far, there, { source: ['parity.shop'] }, { Arn: target.arn })
      const arn = `arn:aws:events:eu-west-1:${target.arn.split(':')[4]}:event-bus/${there}`
      await rule(lab, its, { source: ['parity.shop'] }, { Arn: arn, RoleArn: lab.roles.all }, 'over')
      await publish(lab, its, { id: 'a' })
      must((await collect(far, target, 1, 15_000)).length === 1, 'it does not arrive')
    },
  },
  {
    id: 'bus.archive',
    behaviour: 'CloudFormation gives a bus an archive.',
    guarantee: 'nothing-lost',
    run: async (lab) => {
      await lab.stack({
        Bus: { Type: 'AWS::Events::EventBus', Properties: { Name: lab.name('archived') } },
        Archive: { Type: 'AWS::Events::Archive', Properties: { SourceArn: { 'Fn::GetAtt': ['Bus', 'Arn'] } } },
      })
    },
  },
  {
    id: 'schedule.rate',
    behaviour: 'A rule with a rate fires, again and again.',
    guarantee: 'end-of-every-saga',
    run: async (lab) => {
      const target = await open(lab, 'target')
      const Name = lab.name('rate')
      await lab.events.send(new PutRuleCommand({ Name, ScheduleExpression: 'rate(1 minute)' }))
      lab.later(() => lab.events.send(new DeleteRuleCommand({ Name })))
      lab.later(() => lab.events.send(new RemoveTargetsCommand({ Rule: Name, Ids: ['target'] })))
      await lab.events.send(new PutTargetsCommand({ Rule: Name, Targets: [{ Id: 'target', Arn: target.arn }] }))
      must((await collect(lab, target, 2, 150_000)).length >= 2, 'it does not fire twice within 150 s')
    },
  },
  {
    id: 'schedule.once',
    behaviour: 'A schedule for one moment fires then.',
    guarantee: 'end-of-every-saga',
    run: async (lab) => {
      const target = await open(lab, 'target')
      const at = new Date(Date.now() + 20_000).toISOString().slice(0, 19)
      await lab.stack({
        Once: {
          Type: 'AWS::Scheduler::Schedule',
          Properties: {
            ScheduleExpression: `at(${at})`,
            FlexibleTimeWindow: { Mode: 'OFF' },
            Target: { Arn: target.arn, RoleArn: lab.roles.all, Input: '{"id":"woken"}' },
          },
        },
      })
      const [message] = await collect(lab, target, 1, 100_000)
      must(parsed(present(message, 'it does not fire within 80 s')).id === 'woken', 'it says something else')
    },
  },
]
