import { type Message, seal } from '../../events/envelope.ts'
import { DirectSaga } from '../../events/saga.ts'
import type { Act, DeskRecord } from './record.ts'

export type NoAnswer = { readonly refused: 'no-step'; readonly detail: string }

/**
 * What a saga is told when a command of its is discarded as refused: an operator's evidence, through the same machine as
 * any answer. The step follows from the command's id, `<saga>/<step>/do/<attempt>`. Nobody can refuse an undo, and
 * what is no saga's command waits for no answer.
 *
 * Only the operator knows whether another copy may still be under way; who doubts turns the saga back instead, which
 * takes the step's effect back whenever it happened.
 *
 * @example
 * answerOf(record, act) // DirectSaga { sagaId, verb: 'resolve', step: 'reserve-stock', as: 'refused', attempt: 1, by, reason }
 */
export const answerOf = (
  { recordId, identity }: Pick<DeskRecord, 'recordId' | 'identity'>,
  { actId, by, reason, at }: Pick<Act, 'actId' | 'by' | 'reason' | 'at'>,
): Message | NoAnswer => {
  const [, sagaId, step, direction, attempt] =
    /^([\w-]+:[^/]+)\/([^/]+)\/(do|undo)\/(\d+)$/.exec(identity?.id ?? '') ?? []
  if (!identity || sagaId === undefined || sagaId !== identity.sagaId || step === undefined || direction !== 'do')
    return {
      refused: 'no-step',
      detail:
        direction === 'undo'
          ? `${recordId} is the undo of ${step}: it cannot be refused. ./neverstop saga skip or resolve the step with evidence.`
          : `${recordId} is no command of a saga, so nobody waits to hear that it is refused.`,
    }
  return seal(DirectSaga({ sagaId, verb: 'resolve', step, as: 'refused', attempt: Number(attempt), by, reason }), {
    id: `${recordId}/${actId}/refused`,
    source: '/recovery',
    subject: identity.subject,
    time: at,
    correlationid: identity.correlationId,
  })
}
