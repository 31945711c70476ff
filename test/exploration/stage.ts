import type { AnyContract, AnyDraft } from '../../events/contract.ts'
import { answer, type Message, seal } from '../../events/envelope.ts'
import { type Addressed, addresser } from '../../sagas/engine/address.ts'
import { type CommandStep, type Definition, isCommand } from '../../sagas/engine/definition.ts'
import { type Asked, asked, doId, sagaIdOf } from '../../sagas/engine/ids.ts'
import { inboxOf, type Outgoing } from '../../sagas/engine/outstanding.ts'
import type { Said } from './world.ts'

/**
 * What a search is about: a definition, how many instances of it, the saga that each of them calls where there is one, and
 * everything that was ever said, by its id. The instances come first, then those that they call, in the same order.
 */
export type Stage = ReturnType<typeof stageOf>

const time = new Date(0).toISOString()
/** The saga that each instance calls. */
export type Called = {
  readonly definition: Definition
  /** Somebody else starts it as well, and who comes second is turned away. */
  readonly startedToo?: boolean
}

/** Long before the horizon, once that has passed. */
export const firstSent = 0

/** Whatever a step may want to keep of an answer. */
const data = (subject: string) => ({
  orderId: subject,
  authorisationId: 'a',
  carrier: 'c',
  trackingNumber: 't',
  refundId: 'r',
  reason: { code: 'refused', message: 'No.' },
  // The word of an operator in somebody's place.
  approved: true,
  reviewedBy: 'r',
})

/** An order that is as large as the definition needs, and no larger. */
const starts = (subject: string) => ({
  orderId: subject,
  customerId: 'c',
  lines: [{ sku: 'TEA-01', quantity: 1 }],
  total: { amount: 100, currency: 'EUR' },
  amount: { amount: 100, currency: 'EUR' },
  paymentToken: 'tok',
  shipTo: { name: 'N', street: 'S', city: 'C', postcode: 'P', country: 'DE' },
})

export const stageOf = (definition: Definition, instances: number, called?: Called) => {
  const said = new Map<string, Said>()
  const definitions = [definition, ...(called ? [called.definition] : [])]
  const address = addresser(definitions)
  const names = Array.from({ length: instances }, (_, index) => `s${index}`)
  const all = definitions.flatMap((its) => names.map((subject) => ({ its, subject })))
  const subjects = all.map(({ subject }) => subject)
  const sagaIds = all.map(({ its, subject }) => sagaIdOf(its.name, subject))
  const definitionOf = (saga: number): Definition => all[saga]!.its

  const say = (message: Message, toSaga?: AnyContract): string => {
    if (!said.has(message.id)) said.set(message.id, { message, ...(toSaga ? { toSaga } : {}) })
    return message.id
  }
  const event = (draft: AnyDraft, subject: string, name: string) =>
    say(seal(draft, { id: `${subject}/${name}`, source: '/x', subject, time, correlationid: subject }), draft.contract)
  const reply = (to: Message, contract: AnyContract): string =>
    say(answer(contract(data(to.subject)), to, '/x', time), contract)

  /** The step that a command's id asks for, and what it asks. */
  const stepOf = (question: Asked & { readonly step: string }): CommandStep => {
    const { steps } = definitionOf(sagaIds.indexOf(question.sagaId))
    const step = steps.find(({ name }) => name === question.step)
    if (step && isCommand(step)) return step
    throw new Error(`${question.step} is no step that asks anybody.`)
  }
  const find = (id: string): Said => {
    const found = said.get(id)
    if (found) return found
    throw new Error(`${id} was never said.`)
  }
  const read = (id: string): Addressed => {
    const { message, toSaga } = find(id)
    if (!toSaga) throw new Error(`${id} is for no saga.`)
    const to = address({ message, contract: toSaga }, -1)
    if (to instanceof Error) throw to
    return to
  }
  /** A command to a participant, or what one saga says to another: for that inbox it has a contract. */
  const send = ({ to, message }: Outgoing): string => {
    const theirs = definitions.some(({ name }) => inboxOf(name) === to)
    const contracts = definitions.flatMap(({ call }) => (call ? [call.by, call.done, call.refused] : []))
    return say(message, theirs ? contracts.find(({ type }) => type === message.type) : undefined)
  }
  return {
    definitionOf,
    sagaIds,
    send,
    reply,
    find,
    stepOf,
    questionOf: (id: string) => asked(id),
    /** What a message says to its saga. */
    read,
    sagaOf: (id: string) => sagaIds.indexOf(read(id).occasion.sagaId),
    /** Whether it is said by one saga to another. */
    isBetween: (id: string) => find(id).toSaga !== undefined && find(id).message.source.startsWith('/saga/'),
    /** The saga that a step of this one calls, and the command by which it does. */
    calledBy: (saga: number, step: string, attempt: number) => ({
      saga: saga + instances,
      by: doId(sagaIds[saga]!, step, attempt),
    }),
    /** The event that starts an instance; one that is called needs none, but may have one. */
    started: all.map(({ its, subject }, saga) =>
      saga < instances
        ? event(its.startedBy(starts(subject)), subject, 'start')
        : called?.startedToo
          ? event(its.startedBy(starts(subject)), subject, 'start-of-the-called')
          : undefined,
    ),
    cancelled: all.map(({ its, subject }) =>
      its.cancelledBy ? event(its.cancelledBy({ orderId: subject }), subject, `cancel-${its.name}`) : undefined,
    ),
    /** Of each instance: a good word, and another one, for each of its signals. */
    words: all.map(({ its, subject }) =>
      its.steps.flatMap((step) =>
        step.kind === 'signal'
          ? [true, false].map((approved) =>
              event(
                step.on({
                  orderId: subject,
                  approved,
                  reviewedBy: 'r',
                  reason: { code: 'said', message: approved ? 'Yes.' : 'No.' },
                }),
                subject,
                `${step.name}/${approved ? 'yes' : 'no'}`,
              ),
            )
          : [],
      ),
    ),
    /** What an operator finds where a participant answered: whatever a step may want to keep. */
    evidenceOf: (saga: number) => data(subjects[saga]!),
    occasionOf: (saga: number) => ({
      sagaId: sagaIds[saga]!,
      subject: subjects[saga]!,
      correlationId: subjects[saga]!,
    }),
  }
}
