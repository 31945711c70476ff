import type { Reason } from '../../events/vocabulary.ts'
import type { Change } from '../../reactive/stream-relay.ts'
import { type EpochMs, seconds } from '../../reactive/time.ts'
import { timings } from '../../reactive/timing.ts'
import type { Definition } from '../../sagas/engine/definition.ts'
import { asked, sagaIdOf } from '../../sagas/engine/ids.ts'
import { toItem } from '../../sagas/engine/item.ts'
import { outstanding } from '../../sagas/engine/outstanding.ts'
import type { SagaInput, SagaState } from '../../sagas/engine/state.ts'
import { transition } from '../../sagas/engine/transition.ts'
import { fulfilOrderV1 } from '../../sagas/retired/fulfil-order-v1.ts'

export const timing = timings.standard
export const start: EpochMs = Date.UTC(2026, 0, 1)
export const orderId = 'ord_0123456789abcdef'
export const anOrder = {
  orderId,
  customerId: 'alice',
  lines: [{ sku: 'TEA-01', quantity: 2 }],
  total: { amount: 4_200, currency: 'EUR' },
  paymentToken: 'tok_ok',
  shipTo: { name: 'A. Reader', street: '1 High Street', city: 'York', postcode: 'YO1 7HH', country: 'GB' },
}
export const declined: Reason = { code: 'declined', message: 'The card was declined.' }

/** Something said to a saga. Replies are to whatever it waits for; `refused` falls back to `done` where nobody may refuse. */
export type Said = 'done' | 'refused' | 'cancel' | 'wake' | 'silence'

/**
 * A saga that lives through what is said, by the production machine, and the changes that its table's stream would carry.
 * Each line is one commit and one second.
 */
export const life = (
  script: readonly Said[],
  { definition = fulfilOrderV1, subject = orderId, data = anOrder as unknown, from = start }: LifeOptions = {},
) => {
  const sagaId = sagaIdOf(definition.name, subject)
  const occasion = { sagaId, subject, correlationId: subject }
  const changes: Change[] = []
  let state: SagaState | undefined
  let now = from
  const image = (of: SagaState) => toItem(of, now, timing) as unknown as Record<string, unknown>
  let before: Record<string, unknown> | undefined

  const say = (input: SagaInput) => {
    now += seconds(1)
    const verdict = transition(definition, state, input, occasion, now, timing)
    if (verdict.is !== 'applied') return
    state = { ...verdict.state, revision: (state?.revision ?? 0) + 1 }
    const after = image(state)
    changes.push({ after, ...(before ? { before } : {}) })
    before = after
  }
  const reply = (wanted: 'done' | 'refused') => {
    const [command] = state ? outstanding(definition, state, now, timing) : []
    const question = command && asked(command.message.id)
    if (!question) return
    if ('end' in question) return say({ kind: 'ended', command: question.end })
    const step = definition.steps.find(({ name }) => name === question.step)!
    const refusable = 'refused' in step && step.refused !== undefined
    const kind = question.direction === 'undo' ? 'undone' : wanted === 'refused' && refusable ? 'refused' : 'done'
    const { step: name, attempt } = question
    say({ kind, step: name, attempt, data: kind === 'refused' ? { reason: declined } : {} } as SagaInput)
  }
  say({ kind: 'start', data })
  for (const said of script) {
    switch (said) {
      case 'cancel':
        say({ kind: 'cancel' })
        break
      case 'wake':
        say({ kind: 'wake' })
        break
      case 'silence':
        if (state?.phase === 'running') {
          now = Math.max(now, state.wake.at)
          say({ kind: 'wake', number: state.wake.number })
        }
        break
      default:
        reply(said)
    }
  }
  return { sagaId, changes, state: state!, now }
}

type LifeOptions = {
  readonly definition?: Definition
  readonly subject?: string
  readonly data?: unknown
  readonly from?: EpochMs
}
