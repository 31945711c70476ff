import type { AnyDraft } from '../../events/contract.ts'
import type { Definition } from '../../sagas/engine/definition.ts'
import type { SagaItem } from '../../sagas/engine/item.ts'
import { BillRaised, FeedbackGiven, TripApproved } from './journey.ts'
import type { theatre } from './theatre.ts'

export type Play = ReturnType<typeof theatre>

/** Units of the product on the shelves that make an order so large that a person looks at it. */
const large = 101

/** How an instance of each definition begins; answers its subject. */
const beginnings: Readonly<Record<string, (play: Play, version: number) => Promise<string>>> = {
  // The version that asks nobody may have a small one.
  'fulfil-order': async (play, version) => play.order('alice', version === 1 ? 2 : large),
  'refund-order': async (play) => {
    const orderId = await confirmed(play)
    play.stage.refund(orderId)
    return orderId
  },
  'return-order': async (play) => {
    const orderId = await confirmed(play)
    play.stage.sendBack('alice', orderId)
    return orderId
  },
  journey: async (play) => {
    play.trip('trip')
    return 'trip'
  },
  'settle-bill': async (play) => {
    play.stage.tell(BillRaised({ tripId: 'trip', price: 1 }), 'trip', 'trip/billed')
    return 'trip'
  },
}

/** What people say to the step of a definition that waits for them: the good word, or another one. */
const words: Readonly<Record<string, (play: Play, subject: string, good: boolean) => void>> = {
  'fulfil-order/approval': ({ stage }, orderId, good) => stage.review(orderId, good),
  'return-order/parcel': ({ stage }, orderId) => stage.receiveParcel(orderId),
  'return-order/inspection': ({ stage }, orderId, good) => stage.inspect(orderId, good ? 'resellable' : 'damaged'),
  'journey/approval': (play, tripId, yes) => said(play, TripApproved({ tripId, yes, by: 'boss' }), tripId),
  'journey/feedback': (play, tripId, good) => said(play, FeedbackGiven({ tripId, stars: good ? 5 : 1 }), tripId),
}
const said = ({ stage, sim }: Play, draft: AnyDraft, tripId: string) =>
  stage.tell(draft, tripId, `${tripId}/${draft.contract.contractName}/${JSON.stringify(draft.data)}/${sim.now()}`)

const confirmed = async (play: Play): Promise<string> => {
  const orderId = play.order()
  await play.until('the order is confirmed', () => play.saga(`fulfil-order:${orderId}`)?.outcome === 'done')
  return orderId
}

/** Definitions that nobody knows how to begin, and signals that nobody knows how to give: there must be none. */
export const unplayed = (definitions: readonly Definition[]): string[] =>
  definitions.flatMap(({ name, steps }) => [
    ...(beginnings[name] ? [] : [`${name} has no beginning`]),
    ...steps.flatMap((step) =>
      step.kind === 'signal' && !words[`${name}/${step.name}`]
        ? [`nobody knows what to say to ${name}/${step.name}`]
        : [],
    ),
  ])

/** Begins an instance, and says its id before it is there; one of a version that was retired is begun by the deployment that still had it. */
export const begin = async (
  play: Play,
  { name, version }: Definition,
  named: (sagaId: string) => void = () => {},
): Promise<string> => {
  const retired = play.stage.definitions.some((other) => other.name === name && other.version > version)
  if (retired) play.stage.deployed = 'old'
  const subject = await beginnings[name]!(play, version)
  const sagaId = `${name}:${subject}`
  named(sagaId)
  await play.until('the saga has begun', () => play.saga(sagaId) !== undefined)
  play.stage.deployed = 'new'
  return sagaId
}

/** Says a word to a step of a saga. */
export const say = (play: Play, sagaId: string, step: string, good = true): void => {
  const [name, subject] = sagaId.split(':') as [string, string]
  words[`${name}/${step}`]!(play, subject, good)
}

/** People who say the good word to every step that waits for one, as soon as it does; but for the one named. */
export const everybodySays = (play: Play, definitions: readonly Definition[], but?: string): void => {
  const done = new Set<string>()
  play.stage.sagas.watch.push((_, item: SagaItem) => {
    const { sagaId, version, steps = [] } = item
    const definition = definitions.find((it) => sagaId.startsWith(`${it.name}:`) && it.version === version)!
    steps.forEach(([status], index) => {
      const step = definition.steps[index]!
      const key = `${sagaId}/${step.name}`
      if (step.kind !== 'signal' || status !== 'sent' || step.name === but || done.has(key)) return
      done.add(key)
      play.sim.after(10, () => say(play, sagaId, step.name))
    })
  })
}
