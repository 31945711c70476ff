import { type Envelope, envelopeSchema } from '../../events/envelope.ts'
import { type FailedCheck, failedRecord, type Imported } from '../../events/http/recovery.ts'
import { allEnded } from '../../reactive/all-ended.ts'
import type { Doing } from './acts.ts'
import { identityOf } from './arrival.ts'
import { bytesOf, mostReturned, type Payloads } from './payloads.ts'
import { type DeskRecord, type Identity, type Payload, recordIdOf } from './record.ts'
import type { DeskStore } from './store.ts'

type Tools = { readonly desk: Pick<DeskStore, 'update'>; readonly payloads: Pick<Payloads, 'keep'> }

/** What an import would come to, record by record, and what would come of putting back from here what is open. */
export const wouldImport = (
  documents: readonly unknown[],
  doing: Doing,
  {
    desk,
    check,
  }: {
    readonly desk: Pick<DeskStore, 'load'>
    readonly check: (record: DeskRecord, payload: Payload) => Promise<FailedCheck>
  },
): Promise<Imported['records']> =>
  allEnded(
    documents.map(async (document) => {
      const read = recordFrom(document, doing)
      if ('because' in read) return { ...read, result: 'refused' as const }
      const id = read.recordId
      if (await desk.load(id)) return { id, result: 'known' as const }
      return { id, result: 'imported' as const, check: await check(read, read.payload) }
    }),
  )

/**
 * Takes exported records in, each as it was, its history included; what was on its way somewhere else is open here. A
 * record that this desk knows already stays as it is, so that an import may be repeated.
 */
export const importAll = async (
  documents: readonly unknown[],
  doing: Doing,
  { desk, payloads }: Tools,
): Promise<Imported['records']> => {
  const results: Imported['records'] = []
  for (const document of documents) {
    const read = recordFrom(document, doing)
    if ('because' in read) {
      results.push({ ...read, result: 'refused' })
      continue
    }
    const payload = await payloads.keep(read.recordId, read.payload)
    const original = read.original && (await payloads.keep(read.recordId, read.original))
    const record = { ...read, payload, ...(original ? { original } : {}) }
    let known = false
    await desk.update(read.recordId, (before) => {
      known = before !== undefined
      return before ?? record
    })
    results.push({ id: read.recordId, result: known ? 'known' : 'imported' })
  }
  return results
}

const recordFrom = (document: unknown, doing: Doing): DeskRecord | { id: string; because: string } => {
  const id = String((document as { id?: unknown } | null)?.id ?? 'without an id')
  const read = failedRecord.safeParse(document)
  if (!read.success) return { id, because: 'it is no record as this desk shows them' }
  const { data } = read
  if (data.masked) return { id, because: 'it was exported masked; export it with --reveal' }
  const payload = payloadFrom(data)
  const bytes = bytesOf(payload)
  if (bytes > mostReturned)
    return { id, because: `its message has ${bytes} bytes, and no queue takes more than ${mostReturned}` }
  const original = data.original && payloadFrom(data.original)
  const identity = identityFrom(payload)
  const first = original ?? payload
  const origin = data.queue ?? null
  const arrival = { origin, deadLetterQueue: data.deadLetterQueue, identity: identityFrom(first), payload: first }
  if (first.kind !== 'erased' && recordIdOf(arrival as never) !== id)
    return { id, because: 'its id is not that of its message on its queue' }
  const settled = data.status === 'handled' || data.status === 'discarded'
  return {
    recordId: id,
    version: 1,
    status: settled ? data.status : 'open',
    fingerprint: data.fingerprint,
    failure: {
      class: data.class,
      code: data.code,
      message: data.reason,
      ...(data.stack === undefined ? {} : { stack: data.stack }),
    },
    payload,
    ...(original ? { original } : {}),
    identity,
    origin,
    deadLetterQueue: data.deadLetterQueue,
    consumer: data.consumer ?? null,
    build: data.build ?? null,
    count: data.count,
    attempts: data.attempts.map((attempt, index) => ({
      arrivalId: `imported/${index}`,
      at: attempt.at,
      class: attempt.class,
      code: attempt.code,
      message: attempt.reason,
      receives: attempt.receives ?? null,
      build: attempt.build ?? null,
      sent: attempt.sent ?? null,
      firstReceived: attempt.firstReceived ?? null,
    })),
    arrivals: [],
    firstSeen: data.firstSeen,
    lastSeen: data.lastSeen,
    history: [
      // A staged redrive of another desk is none of this one.
      ...data.history.map(({ id: actId, plan: _plan, ...act }) => ({ actId, ...act })),
      { ...doing, act: 'import', completedAt: doing.at },
    ] as DeskRecord['history'],
  }
}

const payloadFrom = ({ body, encoding }: { body?: string | undefined; encoding: 'utf8' | 'base64' }): Payload => {
  if (body === undefined) return { kind: 'erased' }
  return encoding === 'utf8' ? { kind: 'envelope', text: body } : { kind: 'bytes', base64: body }
}

const identityFrom = (payload: Payload): Identity | null => {
  if (!('text' in payload)) return null
  try {
    const envelope = envelopeSchema.safeParse(JSON.parse(payload.text))
    return envelope.success ? identityOf(envelope.data as Envelope) : null
  } catch {
    return null
  }
}
