import type { FailedGroup, FailedRecord, FailedSummary, RedrivePlan } from '../../events/http/recovery.ts'
import { normalise } from './fingerprint.ts'
import type { Group } from './groups.ts'
import { isPersonalPath, maskEnvelope, masked, maskPersonal, maskQuoted, maskValue } from './mask.ts'
import type { Plan } from './plan.ts'
import type { Act, DeskRecord, Payload } from './record.ts'

/** Data that a line of a list shows at most, in characters of JSON. */
const longestData = 2_000

/**
 * A record as a line of a list: what it is about and why it failed, personal fields masked, no payload.
 * It is also what the table's index holds, so that lists never touch payloads.
 */
export const summaryOf = (record: DeskRecord): FailedSummary => {
  const { identity, payload } = record
  const data = 'text' in payload && identity ? dataOf(payload.text, identity.type) : undefined
  return {
    id: record.recordId,
    status: record.status,
    class: record.failure.class,
    code: record.failure.code,
    reason: hidden(record.failure.message, record),
    fingerprint: record.fingerprint,
    ...(identity
      ? {
          messageType: identity.type,
          messageId: identity.id,
          subject: identity.subject,
          ...(identity.sagaId ? { sagaId: identity.sagaId } : {}),
          ...(data === undefined ? {} : { data }),
        }
      : {}),
    ...(record.consumer === null ? {} : { consumer: record.consumer }),
    ...(record.origin === null ? {} : { queue: record.origin }),
    deadLetterQueue: record.deadLetterQueue,
    count: record.count,
    firstSeen: record.firstSeen,
    lastSeen: record.lastSeen,
  }
}

const dataOf = (text: string, type: string): unknown => {
  const data = maskPersonal(type, (JSON.parse(text) as { data: unknown }).data)
  return (JSON.stringify(data) ?? '').length <= longestData ? data : undefined
}

/**
 * What a consumer said, without what it quoted of a message that may be personal: of the message as it is, as it came, and
 * as it was edited in between.
 */
const hidden = (
  said: string,
  { payload, original, identity, history }: Pick<DeskRecord, 'payload' | 'original' | 'identity' | 'history'>,
): string => {
  const messages = [payload, ...(original ? [original] : [])].filter(({ kind }) => kind !== 'erased')
  if (!messages.every((message) => 'text' in message)) return normalise(said)
  const type = identity?.type ?? ''
  const edits = history
    .flatMap(({ patch = [] }) => patch)
    .flatMap((edit) => ('value' in edit && isPersonalPath(type, edit.path) ? [edit.value] : []))
  return edits.reduce<string>(
    maskValue,
    messages.reduce((seen, { text }) => maskQuoted(seen, text), said),
  )
}

/**
 * A record with everything that the desk knows: the message, each failure, each act. `revealed` shows the message to the
 * letter; otherwise what its contract marks as personal is masked, also where somebody quoted it, and of what is no
 * envelope nothing is shown. `payload` and `original` are the record's own, fetched from where they are kept.
 */
export const documentOf = (
  record: DeskRecord,
  { payload, original, revealed }: { payload: Payload; original?: Payload | undefined; revealed: boolean },
): FailedRecord => {
  const shown = (said: string) =>
    revealed ? said : hidden(said, { ...record, payload, ...(original ? { original } : {}) })
  return {
    ...summaryOf(record),
    reason: shown(record.failure.message),
    ...bodyOf(payload, revealed),
    masked: !revealed,
    ...(original ? { original: bodyOf(original, revealed) } : {}),
    ...(record.failure.stack === undefined ? {} : { stack: shown(record.failure.stack) }),
    ...(record.build === null ? {} : { build: record.build }),
    ...(record.leaseUntil === undefined ? {} : { leaseUntil: record.leaseUntil }),
    attempts: record.attempts.map(
      ({ at, class: failureClass, code, message, receives, build, sent, firstReceived }) => ({
        at,
        class: failureClass,
        code,
        reason: shown(message),
        ...(receives === null ? {} : { receives }),
        ...(build === null ? {} : { build }),
        ...(sent === null ? {} : { sent }),
        ...(firstReceived === null ? {} : { firstReceived }),
      }),
    ),
    history: record.history.map((act) => actOf(act, record.identity?.type ?? '', revealed)),
    ...(record.forgotten === undefined ? {} : { forgotten: record.forgotten }),
  }
}

const bodyOf = (payload: Payload, revealed: boolean): Pick<FailedRecord, 'body' | 'encoding'> => {
  if ('text' in payload) return { body: revealed ? payload.text : maskEnvelope(payload.text), encoding: 'utf8' }
  if ('base64' in payload && revealed) return { body: payload.base64, encoding: 'base64' }
  return { encoding: payload.kind === 'bytes' ? 'base64' : 'utf8' }
}

const actOf = ({ actId, patch, ...act }: Act, type: string, revealed: boolean) => ({
  id: actId,
  ...act,
  ...(patch
    ? {
        patch: patch.map((operation) =>
          !revealed && 'value' in operation && isPersonalPath(type, operation.path)
            ? { ...operation, value: masked }
            : operation,
        ),
      }
    : {}),
})

/** A staged redrive for people. */
export const planDocument = ({ planId: id, ...plan }: Plan): RedrivePlan => {
  const { version: _v, dueAt: _d, leaseUntil: _l, lastTick: _t, cursor: _c, judged: _j, ...shown } = plan
  return { id, ...shown }
}

/** A group for people, with its newest staged redrive. */
export const groupDocument = (group: Group, plan: Plan | undefined): FailedGroup => ({
  ...group,
  ...(plan ? { plan: planDocument(plan) } : {}),
})
