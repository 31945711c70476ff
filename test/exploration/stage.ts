import type { AnyContract, AnyDraft } from '../../events/contract.ts'
import { answer, type Message, seal } from '../../events/envelope.ts'
import { type Addressed, addresser } from '../../sagas/engine/address.ts'
import { type CommandStep, type Definition, isCommand } from '../../sagas/engine/definition.ts'
import { type Asked, asked, sagaIdOf } from '../../sagas/engine/ids.ts'
import type { Said } from './world.ts'

/** What a search is about: a definition, how many instances of it, and everything that was ever said, by its id. */
export type Stage = ReturnType<typeof stageOf>

const time = new Date(0).toISOString()
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

export const stageOf = (definition: Definition, instances: number) => {
  const said = new Map<string, Said>()
  const address = addresser([definition])
  const subjects = Array.from({ length: instances }, (_, index) => `s${index}`)
  const sagaIds = subjects.map((subject) => sagaIdOf(definition.name, subject))

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
    const step = definition.steps.find(({ name }) => name === question.step)
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
  return {
    definition,
    instances,
    sagaIds,
    say,
    reply,
    find,
    stepOf,
    questionOf: (id: string) => asked(id),
    /** What a message says to its saga. */
    read,
    sagaOf: (id: string) => sagaIds.indexOf(read(id).occasion.sagaId),
    started: subjects.map((subject) => event(definition.startedBy(starts(subject)), subject, 'start')),
    cancelled: subjects.map((subject) =>
      definition.cancelledBy ? event(definition.cancelledBy({ orderId: subject }), subject, 'cancel') : undefined,
    ),
    /** Of each instance: a good word, and another one, for each of its signals. */
    words: subjects.map((subject) =>
      definition.steps.flatMap((step) =>
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
