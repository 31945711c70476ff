import * as z from 'zod'
import { stepStatuses, verbs } from '../saga.ts'
import { reason } from '../vocabulary.ts'
import { cursor, limit, pageOf } from './paging.ts'

/**
 * How a saga stands, for those who operate it.
 * - `early`: a cancellation or a signal that overtook its saga's start; nothing runs yet
 * - `forward`, `compensating`: on its way there, or back
 * - `case`: an undo has failed for good; a person must retry, resolve or skip it
 * - `done`, `undone`, `operator`: ended; the last one by a person's decision
 */
export const unfinishedStates = ['early', 'forward', 'compensating', 'case'] as const
export const endedStates = ['done', 'undone', 'operator'] as const
export const sagaStates = [...unfinishedStates, ...endedStates] as const
export const sagaState = z.enum(sagaStates)

const name = z.string().regex(/^[a-z][a-z0-9-]{0,47}$/, 'must be lower-case letters, digits and -, at most 48')
const at = z.iso.datetime()

/** `<definition>:<subject>`. */
export const sagaId = z
  .string()
  .max(200)
  .regex(/^[a-z][a-z0-9-]{0,47}:[^\s/]+$/, "is not a saga's id: <definition>:<subject>")

/** A line of `GET /sagas`. */
export const sagaSummary = z
  .object({
    sagaId: z.string(),
    definition: z.string(),
    version: z.int().min(1),
    subject: z.string().describe('What it is about: an order.'),
    tenant: z.string().optional(),
    state: sagaState,
    failedStep: z.string().optional().describe('A step that could not be undone, whose answer is missing, or refused.'),
    because: reason.optional().describe('Why it turned back.'),
    startedAt: at,
    updatedAt: at.describe('When it moved last.'),
    dueAt: at.optional().describe('When it looks again by itself; absent when it waits for a person, or has ended.'),
    overdue: z.boolean().describe('It should have looked again by now and has not.'),
    revision: z.int().min(1),
  })
  .meta({ description: 'A saga in a list.' })

/** What `GET /sagas` answers. It follows the sagas themselves by a moment. */
export const sagaPage = pageOf(sagaSummary).meta({ description: 'Sagas, the newest first. A page may be short.' })

/** Which sagas are meant; all that is given must hold. */
const filters = {
  definition: name.optional(),
  state: z
    .enum(['unfinished', 'ended', ...sagaStates])
    .optional()
    .describe('One state, or all that have not ended, or all that have.'),
  failedStep: name.optional(),
  tenant: z.string().min(1).max(128).optional(),
  startedBefore: at.optional().describe('Only what is older.'),
}
const numeral = z
  .string()
  .regex(/^[1-9]\d{0,5}$/, 'must be a whole number from 1')
  .transform(Number)
  .pipe(z.int().min(1))
const yes = z
  .enum(['true', 'false'])
  .transform((word) => word === 'true')
  .pipe(z.boolean())

export const listSagasQuery = z.strictObject({
  limit: limit.optional(),
  cursor: cursor.optional(),
  ...filters,
  version: numeral.optional(),
  overdue: yes.optional(),
})

/** An act as it stands in the history: who did what, and why. */
const actNote = z.object({
  id: z.string(),
  verb: z.enum(verbs),
  step: z.string().optional(),
  by: z.string(),
  reason: z.string(),
})

const change = z.object({ step: z.string(), to: z.string(), attempt: z.int().min(1).optional() })

/** One commit of a saga. */
export const sagaAdvance = z.object({
  revision: z.int().min(1),
  at,
  phase: z.string(),
  mode: z.enum(['forward', 'compensating']),
  changes: z.array(change).describe('`step` is a step, `saga` or `end`.'),
  because: reason.optional(),
  outcome: z.enum(endedStates).optional(),
  acts: z.array(actNote).optional(),
})

const question = z.object({
  id: z.string().describe('The same however often it is asked.'),
  type: z.string().describe('The contract.'),
  step: z.string(),
  until: at.optional().describe('When its silence becomes a fact.'),
})

/** What may be done to a saga as it stands. */
const option = z.object({
  verb: z.enum(verbs),
  step: z.string().optional(),
  as: z.enum(['done', 'refused', 'undone']).optional(),
})

/** What `GET /sagas/{id}` answers: the state as it is at this moment, and the history as far as it has come. */
export const sagaDocument = sagaSummary
  .extend({
    correlationId: z.string(),
    deadlineAt: at.optional().describe('When it turns back by itself, unless the pivot is sent before.'),
    case: z
      .object({ by: z.string(), reason: z.string() })
      .optional()
      .describe('Who answers for what the saga could not bring to its end.'),
    cancelNoted: z.boolean(),
    steps: z.array(
      z.object({
        step: z.string(),
        kind: z.string().optional(),
        status: z.enum(stepStatuses),
        attempt: z.int().min(1),
        asks: z.int().min(0).describe('How often it was asked again for want of an answer.'),
        until: at.optional(),
        because: reason.optional().describe('Why its undo cannot be done, as its participant said.'),
      }),
    ),
    outstanding: z.array(question).describe('What it has asked and not been answered.'),
    options: z.array(option).describe('What an operator may do to it now.'),
    acts: z.array(actNote).describe('What operators did to it last.'),
    history: z.array(sagaAdvance),
  })
  .meta({ description: 'A saga with its state, what it waits for, and its history.' })

const act = {
  verb: z.enum(verbs),
  step: name.optional().describe('Which step it is about; `skip`, `resolve` and `signal` need one.'),
  as: z.enum(['done', 'refused', 'undone']).optional().describe('With `resolve`: what became of the step.'),
  attempt: z
    .int()
    .min(1)
    .optional()
    .describe('With `resolve`: which attempt of the step it became so of; needed once there was more than one.'),
  data: z.unknown().optional().describe('With `resolve`: the reply that it stands for; with `signal`: what it says.'),
  reason: z.string().trim().min(1).max(300).describe('Why; kept in the history of the saga.'),
}

type Worded = { readonly verb: string; readonly step?: string; readonly as?: string; readonly data?: unknown }

/** What a verb needs and what it has no use for. */
const wellWorded = (check: z.core.ParsePayload<Worded>) => {
  const { verb, step, as, data } = check.value
  const fault = (path: string, message: string) =>
    check.issues.push({ code: 'custom', input: check.value, path: [path], message })
  if (['skip', 'resolve', 'signal'].includes(verb) && step === undefined) fault('step', `is needed to ${verb}`)
  if (['compensate', 'cancel'].includes(verb) && step !== undefined) fault('step', `${verb} is about the whole saga`)
  if (verb === 'resolve' && as === undefined) fault('as', 'is needed to resolve: done, refused or undone')
  if (verb !== 'resolve' && as !== undefined) fault('as', `${verb} has no use for it`)
  if (!['resolve', 'signal'].includes(verb) && data !== undefined) fault('data', `${verb} has no use for it`)
}

/** What `POST /sagas/{id}/acts` takes. */
export const actBody = z
  .strictObject(act)
  .check(wellWorded)
  .meta({ description: 'What an operator does to a saga, and why.' })

/** The most sagas that one request acts on. */
export const maxBulk = 100

/** What `POST /sagas/acts` takes: the same act on every unfinished saga that the filter means. */
export const bulkActBody = z
  .strictObject({
    ...act,
    where: z
      .strictObject({
        ...filters,
        state: z.enum(['unfinished', ...unfinishedStates]).optional(),
        version: z.int().min(1).optional(),
        overdue: z.boolean().optional(),
      })
      .refine((given) => Object.values(given).some((value) => value !== undefined), 'must say which sagas are meant'),
    limit: z.int().min(1).max(maxBulk).optional().describe(`How many at most in this request, to ${maxBulk}.`),
    rate: z.number().min(0.2).max(50).optional().describe('How many a second; 5 when absent.'),
    cursor: cursor.optional(),
  })
  .check(wellWorded)
  .meta({ description: 'The same act on every saga that a filter means, spread over time.' })

/** `POST /sagas/…/acts?dryRun=true`. */
export const actQuery = z.strictObject({
  dryRun: yes.optional().describe('Say what would come of it, and do nothing.'),
})

/** What an act would do, or is about to do. */
export const actTaken = z
  .object({
    sagaId: z.string(),
    actId: z
      .string()
      .describe('By which the history names it; the same for the same act under the same Idempotency-Key.'),
    verdict: z
      .enum(['applied', 'known'])
      .describe('`applied` moves the saga; `known` changes nothing: the same act has been done before.'),
    changes: z.array(change),
    state: sagaState.describe('What the saga would be then.'),
    asks: z.array(question).describe('What it then asks, or asks again.'),
    dryRun: z.boolean(),
  })
  .meta({ description: 'The act is on its way through the machine; the saga tells what came of it.' })

/** What `POST /sagas/acts` answers. */
export const bulkTaken = z
  .object({
    taken: z.array(actTaken),
    refused: z.array(z.object({ sagaId: z.string(), code: z.string(), detail: z.string() })),
    seconds: z.number().describe('Over how long the acts of this request are spread.'),
    dryRun: z.boolean(),
    next: cursor.optional(),
  })
  .meta({ description: 'The acts are on their way; `refused` says whom the verb does not fit.' })

/** What `GET /sagas/versions` answers. */
export const sagaVersions = z
  .object({
    items: z.array(
      z.object({
        definition: z.string(),
        version: z.int().min(1),
        hash: z.string().optional(),
        deployed: z.boolean().describe('This deployment can run it.'),
        newest: z.boolean().describe('New instances are started on it.'),
        unfinished: z.int().min(0).describe('How many instances it still has.'),
        cases: z.int().min(0).describe('How many of them wait for a person.'),
        oldestStartedAt: at.optional(),
        removable: z.boolean().describe('Nothing runs on it and nothing will.'),
        because: z.string(),
      }),
    ),
  })
  .meta({ description: 'Every version of every definition that is deployed or still has instances.' })

export type SagaStateWord = z.infer<typeof sagaState>
export type SagaSummary = z.infer<typeof sagaSummary>
export type SagaPage = z.infer<typeof sagaPage>
export type SagaDocument = z.infer<typeof sagaDocument>
export type SagaAdvance = z.infer<typeof sagaAdvance>
export type ActBody = z.infer<typeof actBody>
export type BulkActBody = z.infer<typeof bulkActBody>
export type ActTaken = z.infer<typeof actTaken>
export type BulkTaken = z.infer<typeof bulkTaken>
export type SagaVersions = z.infer<typeof sagaVersions>
