import type { DataOf } from '../../events/contract.ts'
import type { DirectSaga, Verb } from '../../events/saga.ts'
import { type CommandStep, type Definition, isCommand } from '../../sagas/engine/definition.ts'
import { doId, undoId } from '../../sagas/engine/ids.ts'
import type { SagaItem } from '../../sagas/engine/item.ts'
import type { Random } from './random.ts'
import type { System } from './system.ts'

type Act = DataOf<typeof DirectSaga>

/**
 * A person at the saga desk: looks at some saga as it is stored, does something to it, fitting or not, and is never
 * sure that the saga is still where it was. Words about what became of a step are true: they are what the
 * participant's records say. What is on them is never unsaid, however late the word arrives.
 */
export const operator = (stage: System, random: Random, by: string) => {
  let acts = 0
  return {
    /** Acts on some saga, or on the given one; answers which. */
    act: (on?: string): string | undefined => {
      const running = [...stage.sagas.items].filter(([, text]) => !text.includes('"phase":"ended"'))
      const all = running.length === 0 || random.chance(0.1) ? [...stage.sagas.items] : running
      const sagaId = on ?? random.pick(all)?.[0]
      const text = sagaId === undefined ? undefined : stage.sagas.items.get(sagaId)
      if (sagaId === undefined || text === undefined) return undefined
      acts += 1
      const act = chosen(stage, random, JSON.parse(text) as SagaItem)
      stage.direct({ sagaId, by, reason: 'It looked wrong.', ...act }, `${sagaId}/act/${by}-${acts}`)
      return sagaId
    },
  }
}

const definitionOf = (stage: System, { sagaId, version }: SagaItem): Definition =>
  stage.definitions.find((it) => sagaId.startsWith(`${it.name}:`) && it.version === version)!

/** Turning back is rare, or nothing would ever come to a good end. */
const usualVerbs: readonly Verb[] = [
  'retry',
  'retry',
  'retry',
  'resolve',
  'resolve',
  'resolve',
  'skip',
  'skip',
  'signal',
]
const turningVerbs: readonly Verb[] = ['compensate', 'cancel']

const chosen = (
  stage: System,
  random: Random,
  item: SagaItem,
): Pick<Act, 'verb' | 'step' | 'as' | 'attempt' | 'data'> => {
  const definition = definitionOf(stage, item)
  const verb = random.chance(0.12) ? random.pick(turningVerbs) : random.pick(usualVerbs)
  const anyStep = random.pick(definition.steps)
  switch (verb) {
    case 'retry':
      return { verb, ...(random.chance(0.5) ? { step: anyStep.name } : {}) }
    case 'skip': {
      const failed = definition.steps.find((_, index) => item.steps?.[index]?.[0] === 'undo-failed')
      return { verb, step: (random.chance(0.7) ? failed : undefined)?.name ?? anyStep.name }
    }
    case 'signal': {
      const signals = definition.steps.filter((step) => step.kind === 'signal')
      const step = random.pick(signals)
      return step ? { verb, step: step.name, data: word(step.name, item) } : { verb, step: anyStep.name }
    }
    case 'resolve': {
      const evident = random.pick(evidence(stage, definition, item))
      return evident ? { verb, ...evident } : { verb, step: anyStep.name }
    }
    default:
      return { verb }
  }
}

/** What an operator says in the place of whoever should have. */
const word = (step: string, { sagaId }: SagaItem): unknown => {
  const [saga, subject = ''] = sagaId.split(':')
  const reason = { code: 'approved', message: 'It is all right.' }
  if (saga === 'fulfil-order') return { orderId: subject, approved: true, reviewedBy: 'operator', reason }
  if (step === 'parcel') return { orderId: subject, carrier: 'swift', trackingNumber: 'found-at-the-gate' }
  if (step === 'inspection') return { orderId: subject, condition: 'damaged', inspectedBy: 'operator' }
  return step === 'approval' ? { tripId: subject, yes: true, by: 'operator' } : { tripId: subject, stars: 3 }
}

type Evident = Pick<Act, 'step' | 'as' | 'attempt' | 'data'>

/** What participants have on their records of the steps that this saga has no answer to. */
const evidence = (stage: System, definition: Definition, item: SagaItem): Evident[] =>
  definition.steps.flatMap((step, index): Evident[] => {
    const its = item.steps?.[index]
    if (!its || !isCommand(step)) return []
    const [status, attempt] = its
    const undo = status === 'undoing' || status === 'undo-failed'
    const id = undo ? undoId(item.sagaId, step.name, attempt) : doId(item.sagaId, step.name, attempt)
    const said = stage.witness.truth.get(id)
    const as = said && meaning(step, said.type)
    return as ? [{ step: step.name, as, attempt, ...(as === 'done' ? { data: said.data } : {}) }] : []
  })

const meaning = ({ done, refused, undone }: CommandStep, type: string): Evident['as'] =>
  type === done.type ? 'done' : type === refused?.type ? 'refused' : type === undone?.type ? 'undone' : undefined
