import type { Operation } from 'rfc6902'
import * as z from 'zod'
import type { Message } from '../../events/envelope.ts'
import { defaultPage } from '../../events/http/paging.ts'
import {
  discardBody,
  editBody,
  failedId,
  importBody,
  listFailedQuery,
  redriveBody,
  showFailedQuery,
} from '../../events/http/recovery.ts'
import { allEnded } from '../../reactive/all-ended.ts'
import { type HttpRequest, type Route, route } from '../../reactive/http-endpoint.ts'
import { json, problem } from '../../reactive/problem.ts'
import { iso } from '../../reactive/time.ts'
import { type ActRefusal, beginDiscard, edit, noteView, openDiscard } from './acts.ts'
import { answerOf } from './answer.ts'
import { check as checkRecord } from './check.ts'
import { discard, leftOf } from './discard.ts'
import { documentOf } from './documents.ts'
import { patched } from './edit.ts'
import type { Foresee } from './foresee.ts'
import { importAll, wouldImport } from './import.ts'
import { type Payloads, textOf } from './payloads.ts'
import type { DeskRecord, Payload } from './record.ts'
import { type RedriveTools, redrive } from './redrive.ts'
import type { DeskStore } from './store.ts'

export type RecordTools = RedriveTools & {
  readonly desk: Pick<DeskStore, 'load' | 'update' | 'updateAll' | 'page'>
  readonly payloads: Payloads
  readonly tellSaga: (message: Message) => Promise<void>
  /** The queue by which sagas are told, and who knows what a consumer would do. */
  readonly sagasQueue: string
  readonly foresee: Foresee
  /** How long consumers remember what they did. */
  readonly horizon: number
}

const params = z.strictObject({ id: failedId })
/** A message may weigh as much as a queue carries, and its replacement too. */
const maxMessageBody = 600 * 1024

const unknown = (id: string) =>
  problem(404, 'No such failed message', `There is no failed message ${id}. GET /failed lists them.`)
const refusal = (title: string, { refused, detail }: { refused: string; detail: string }, id: string) =>
  refused === 'unknown-record' ? unknown(id) : problem(409, title, detail, { type: `urn:neverstop:problem:${refused}` })

/** The routes of single records: read, reveal, check, redrive, edit, discard, import. All for operators, all audited. */
export const recordRoutes = (tools: RecordTools): readonly Route[] => {
  const { desk, payloads, knows, clock, horizon, foresee, sagasQueue } = tools
  const doing = ({ caller, requestId }: Pick<HttpRequest, 'caller' | 'requestId'>, reason: string) => ({
    actId: requestId,
    by: caller.subject,
    reason,
    at: iso(clock()),
  })
  const documented = async (record: DeskRecord, revealed: boolean) =>
    documentOf(record, {
      payload: await leftOf(record, record.payload, payloads),
      original: record.original && (await leftOf(record, record.original, payloads)),
      revealed,
    })
  const check = (record: DeskRecord, payload: Payload) =>
    checkRecord({ record, text: textOf(payload) }, { knows, now: clock(), horizon, foresee })

  return [
    route('GET', '/failed', { access: 'operator', query: listFailedQuery }, async ({ query }) => {
      const { limit = defaultPage, cursor, ...filters } = query
      return json(200, await desk.page({ ...filters, limit, before: cursor }))
    }),

    route(
      'POST',
      '/failed/import',
      { access: 'operator', body: importBody, maxBodyBytes: 5 * 1024 * 1024 },
      async ({ body: { records, reason, dryRun = false }, log, ...request }) => {
        if (dryRun) {
          const would = await wouldImport(records, doing(request, reason), { desk, check })
          return json(200, { records: would, dryRun })
        }
        const result = await importAll(records, doing(request, reason), tools)
        log.info('imported', { by: request.caller.subject, reason, records: result.length })
        return json(200, { records: result, dryRun })
      },
    ),

    route(
      'GET',
      '/failed/{id}',
      { access: 'operator', params, query: showFailedQuery },
      async ({ params: { id }, query: { reveal }, log, ...request }) => {
        if (reveal === undefined) {
          const record = await desk.load(id)
          return record ? json(200, await documented(record, false)) : unknown(id)
        }
        const { caller } = request
        if (!caller.scopes?.includes('personal-data')) {
          log.warn('may not see what is personal', { record_id: id, by: caller.subject, reason: reveal })
          return problem(403, 'Not allowed', `${caller.subject} may not see what is personal in ${id}.`)
        }
        // Written down first: nobody sees what no record says that they saw.
        const seen = await desk.update(id, (before) => before && noteView(before, doing(request, reveal)))
        if (!seen) return unknown(id)
        log.info('revealed', { record_id: id, by: caller.subject, reason: reveal })
        return json(200, await documented(seen, true))
      },
    ),

    route('GET', '/failed/{id}/check', { access: 'operator', params }, async ({ params: { id } }) => {
      const record = await desk.load(id)
      return record ? json(200, await check(record, await leftOf(record, record.payload, payloads))) : unknown(id)
    }),

    route(
      'POST',
      '/failed/{id}/redrive',
      { access: 'operator', params, body: redriveBody },
      async ({ params: { id }, body: { reason }, log, ...request }) => {
        const result = await redrive({ recordId: id, ...doing(request, reason) }, tools)
        if ('refused' in result) return refusal('Cannot be redriven', result, id)
        const { origin: queue, status } = result.record
        log.info('redriven', { record_id: id, by: request.caller.subject, reason, queue })
        return json(202, { id, status, queue })
      },
    ),

    route(
      'POST',
      '/failed/{id}/edit',
      { access: 'operator', params, body: editBody, maxBodyBytes: maxMessageBody },
      async ({ params: { id }, body: { reason, patch, dryRun = false }, log, ...request }) => {
        const record = await desk.load(id)
        if (!record) return unknown(id)
        const before = textOf(await leftOf(record, record.payload, payloads))
        const message = patched(before, patch as Operation[], record.identity?.id)
        if ('refused' in message)
          return problem(422, 'Cannot be edited so', message.detail, {
            type: `urn:neverstop:problem:${message.refused}`,
          })
        const { text, identity, difference } = message
        const whole: Payload = { kind: 'envelope', text }
        const act = { ...doing(request, reason), patch: patch as Operation[] }
        const would = edit(record, act, whole, identity)
        if ('refused' in would) return refusal('Cannot be edited', would, id)
        if (dryRun) {
          return json(200, { id, dryRun, check: await check(would, whole), difference })
        }
        const payload = await payloads.keep(id, whole)
        let refused: ActRefusal | undefined
        const edited = await desk.update(id, (now) => {
          refused = undefined
          // What the patch was made for is not what is there any more.
          if (now?.version !== record.version) {
            refused = { refused: 'under-way', detail: `${id} has changed meanwhile; look at it again.` }
            return now
          }
          const after = edit(now, act, payload, identity)
          if (!('refused' in after)) return after
          refused = after
          return now
        })
        if (refused) return refusal('Cannot be edited', refused, id)
        log.info('edited', { record_id: id, by: request.caller.subject, reason, paths: patch.map(({ path }) => path) })
        return json(200, { id, dryRun, check: await check(edited!, whole), difference })
      },
    ),

    route(
      'POST',
      '/failed/{id}/discard',
      { access: 'operator', params, body: discardBody },
      async ({ params: { id }, body, log, ...request }) => {
        const { reason, erase = false, answer = 'none', dryRun = false } = body
        if (dryRun) {
          const record = await desk.load(id)
          if (!record) return unknown(id)
          const told = answer === 'none' ? undefined : answerOf(record, doing(request, reason))
          const would =
            told && 'refused' in told ? told : beginDiscard(record, { ...doing(request, reason), erase, answer })
          if ('refused' in would) return refusal('Cannot be discarded', would, id)
          // One that somebody has begun is completed as they asked for it.
          const act = openDiscard(would)!
          const [instead, heard] = await allEnded([
            leftOf(record, record.payload, payloads).then((payload) => check(record, payload)),
            act.answer === 'refused' ? foresee(sagasQueue, [JSON.stringify(answerOf(record, act))]) : [],
          ])
          return json(200, {
            id,
            status: record.status,
            dryRun,
            erased: act.erase === true,
            answer: act.answer ?? 'none',
            check: instead,
            ...(heard[0] ? { saga: heard[0] } : {}),
          })
        }
        const result = await discard({ recordId: id, ...doing(request, reason), erase, answer }, tools)
        if ('refused' in result) return refusal('Cannot be discarded', result, id)
        const { status, payload } = result.record
        const came = { erased: payload.kind === 'erased', answer: result.answer }
        log.info('discarded', { record_id: id, by: request.caller.subject, reason, ...came })
        return json(200, { id, status, dryRun, ...came })
      },
    ),
  ]
}
