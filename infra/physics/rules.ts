import { type CfnResource, Stack } from 'aws-cdk-lib'
import { CfnMethod } from 'aws-cdk-lib/aws-apigateway'
import { CfnArchive, CfnRule } from 'aws-cdk-lib/aws-events'
import { CfnEventSourceMapping, type CfnFunction } from 'aws-cdk-lib/aws-lambda'
import { CfnQueue } from 'aws-cdk-lib/aws-sqs'
import { days } from '../../reactive/time.ts'
import { ServiceStack } from '../constructs/service-stack.ts'
import type { References } from './references.ts'

/** As long as SQS keeps anything, in seconds. */
const longest = days(14) / 1_000

/** What a service takes where a template says nothing, in seconds. */
const otherwise = { visibility: 30, retention: 4 * 24 * 3_600, timeout: 3, integration: 29 }

const timeoutOf = ({ timeout }: CfnFunction) => timeout ?? otherwise.timeout
const visibilityOf = ({ visibilityTimeout }: CfnQueue) => visibilityTimeout ?? otherwise.visibility
const retentionOf = ({ messageRetentionPeriod }: CfnQueue) => messageRetentionPeriod ?? otherwise.retention
const nameOf = (resource: CfnQueue | CfnFunction) =>
  (resource instanceof CfnQueue ? resource.queueName : resource.functionName) ?? resource.node.path

const inDays = (seconds: number) => `${Math.round((seconds / 86_400) * 10) / 10} days`

/** What resources that nobody made by mistake have in common: the times and counts by which nothing is lost or done twice. */
type Rule = (resource: CfnResource, references: References) => readonly (string | false | undefined)[]

const ofMappings: Rule = (mapping, { queueOf, functionOf }) => {
  if (!(mapping instanceof CfnEventSourceMapping)) return []
  const consumer = functionOf(mapping, mapping.functionName)
  const queue = queueOf(mapping, mapping.eventSourceArn)
  if (!queue)
    return [
      !(Number(mapping.maximumRetryAttempts ?? -1) >= 0) &&
        'a change that fails would be tried until the stream has forgotten it: give the mapping a number of retries',
      mapping.bisectBatchOnFunctionError !== true &&
        'a change that fails would take its whole batch along: let the mapping bisect',
    ]
  if (!consumer) return [`what consumes ${nameOf(queue)} is not found, so nobody knows how long it may run`]
  const resolved = Stack.of(mapping).resolve({ scaling: mapping.scalingConfig }) as {
    scaling?: { maximumConcurrency?: number }
  }
  const busy = resolved.scaling?.maximumConcurrency
  const reserved = consumer.reservedConcurrentExecutions
  const needed = 6 * timeoutOf(consumer) + (mapping.maximumBatchingWindowInSeconds ?? 0)
  return [
    visibilityOf(queue) < needed &&
      `the visibility of ${nameOf(queue)}, ${visibilityOf(queue)} s, is less than six times the ${timeoutOf(consumer)} s of ${nameOf(consumer)}: a message would come back while it is still being handled`,
    !mapping.functionResponseTypes?.includes('ReportBatchItemFailures') &&
      `a message of ${nameOf(queue)} that fails would bring its whole batch back: report batch item failures`,
    reserved !== undefined &&
      busy !== undefined &&
      reserved < busy &&
      `${nameOf(queue)} may keep ${busy} of ${nameOf(consumer)} busy, which has ${reserved} executions reserved: a message that finds none has been received in vain`,
  ]
}

const ofQueues: Rule = (queue, { queueOf }) => {
  if (!(queue instanceof CfnQueue)) return []
  const redrive = Stack.of(queue).resolve(queue.redrivePolicy) as
    | { deadLetterTargetArn: unknown; maxReceiveCount: number }
    | undefined
  if (!redrive)
    return [
      retentionOf(queue) < longest &&
        `${nameOf(queue)} has no dead-letter queue, so it must be one, and keeps messages for ${inDays(retentionOf(queue))} only: make it 14`,
    ]
  const { maxReceiveCount: receives } = redrive
  const dead = queueOf(queue, redrive.deadLetterTargetArn)
  return [
    !(receives > 1) &&
      `${nameOf(queue)} gives a message up after ${receives} receive: a queue counts receives that nobody got, so it must be two at least`,
    retentionOf(queue) <= receives * visibilityOf(queue) &&
      `${nameOf(queue)} forgets a message after ${retentionOf(queue)} s, before its ${receives} receives of ${visibilityOf(queue)} s are over`,
    dead &&
      retentionOf(dead) <= retentionOf(queue) &&
      `${nameOf(dead)} keeps messages for ${inDays(retentionOf(dead))} and ${nameOf(queue)} for ${inDays(retentionOf(queue))}: dead letters keep their first enqueue time, so they must be kept longer`,
  ]
}

/** A caller who is told that it took too long does not know what was done. */
const ofMethods: Rule = (method, { functionOf }) => {
  if (!(method instanceof CfnMethod)) return []
  const { uri, timeoutInMillis } = (Stack.of(method).resolve(method.integration) ?? {}) as {
    uri?: unknown
    timeoutInMillis?: number
  }
  const asked = functionOf(method, uri)
  const patience = timeoutInMillis === undefined ? otherwise.integration : timeoutInMillis / 1_000
  return [
    asked &&
      timeoutOf(asked) >= patience &&
      `${nameOf(asked)} may run for ${timeoutOf(asked)} s, and the gateway waits for ${patience} s only`,
  ]
}

const ofSchedules: Rule = (rule, { functionOf }) => {
  if (!(rule instanceof CfnRule)) return []
  const [, count, unit] = /^rate\((\d+) (minute|hour|day)s?\)$/.exec(rule.scheduleExpression ?? '') ?? []
  if (count === undefined) return []
  const every = Number(count) * { minute: 60, hour: 3_600, day: 86_400 }[unit as 'minute']
  const targets = (Stack.of(rule).resolve(rule.targets) ?? []) as { arn: unknown }[]
  return targets.map(({ arn }) => {
    const run = functionOf(rule, arn)
    return (
      run &&
      timeoutOf(run) > every &&
      `${nameOf(run)} may run for ${timeoutOf(run)} s and is started every ${every} s: runs would overlap`
    )
  })
}

const ofArchives: Rule = (archive) => {
  if (!(archive instanceof CfnArchive)) return []
  const stack = Stack.of(archive)
  if (!(stack instanceof ServiceStack)) return []
  const { horizon } = stack.site.stage.timing
  const kept = archive.retentionDays || Number.POSITIVE_INFINITY
  return [
    days(kept) !== horizon &&
      `the archive keeps events for ${kept} days, and their duplicates are known for ${horizon / days(1)}: make the two agree`,
  ]
}

const rules: readonly Rule[] = [ofMappings, ofQueues, ofMethods, ofSchedules, ofArchives]

/** What a resource breaks, in words; empty when it holds together with those that it refers to. */
export const brokenBy = (resource: CfnResource, references: References): string[] =>
  rules.flatMap((rule) => rule(resource, references)).filter((words) => typeof words === 'string')
