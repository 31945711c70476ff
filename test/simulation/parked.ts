import { fold } from '../../functions/ordering/order.ts'
import { seconds } from '../../reactive/time.ts'
import { isCommand } from '../../sagas/engine/definition.ts'
import type { SagaItem } from '../../sagas/engine/item.ts'
import { fulfilOrder } from '../../sagas/fulfil-order.ts'
import { begin, everybodySays, say } from './beginnings.ts'
import { otherWays, type Scenario } from './matrix.ts'
import { standingIn } from './partner.ts'
import { takenOf } from './stock-store.ts'
import { theatre } from './theatre.ts'

/** Every way of every production saga, and of an order each refusal as well. */
export const waysToPark = (): Scenario[] => [
  ...otherWays(),
  ...fulfilOrder.steps.filter(isCommand).flatMap(({ name, refused }): Scenario[] => {
    const plays = { definition: fulfilOrder }
    if (!refused) return []
    const way = { name: `fulfil-order: ${name} refused`, plays, ends: ['undone'] as const }
    return [name === 'reserve-stock' ? { ...way, stock: 0 } : { ...way, stock: 1_000, refused: name }]
  }),
]

/** What is left when all is at rest: how sagas and orders ended, what stands with partners, and the units on the shelves. */
type Ending = Readonly<Record<string, string | number>>
type Played = {
  readonly ending: Ending
  readonly wrong: readonly string[]
  /** Everything that was said, by queue and id. */
  readonly said: readonly string[]
  readonly redriven: number
}

/**
 * Plays a way. `parks` is one message, by queue and id: nobody gets to see it until its receives are used up and it is a
 * dead letter, and then somebody at the desk sends it back.
 */
const play = async ({ stock, refused, plays }: Scenario, parks?: string): Promise<Played> => {
  const { definition, signal, says } = plays!
  const said = new Set<string>()
  let sagaId = ''
  let parked = false
  const house = theatre({
    strike: (fault, queue, about) => {
      if (sagaId === '') return false
      // Whatever is put anywhere may be doubled: that is where to see it.
      if (fault === 'duplicate') {
        if (queue.endsWith('-dead')) parked = true
        else if (isBusiness(queue, about)) said.add(nameOf(queue, about))
      }
      return fault === 'unseen-receive' && !parked && nameOf(queue, about) === parks
    },
    refuses: (key) => refused !== undefined && key.includes(`/${refused}/`),
    stock,
  })
  everybodySays(house, house.stage.definitions, signal)
  let spoken = says === 'never' || signal === undefined
  house.stage.sagas.watch.push((_, { sagaId: id, steps }: SagaItem) => {
    const index = definition.steps.findIndex(({ name }) => name === signal)
    if (spoken || id !== sagaId || steps?.[index]?.[0] !== 'sent') return
    spoken = true
    say(house, sagaId, signal!, false)
  })
  const desk = () => {
    house.redrive()
    house.sim.after(seconds(30), desk)
  }
  desk()
  await begin(house, definition, (id) => {
    sagaId = id
  })
  const wrong = await house.rest()
  return { ending: endingOf(house), wrong, said: [...said], redriven: house.redriven() }
}

/** Timers are made good by the sweeper, and what a stream hands out again is no message. */
const isBusiness = (queue: string, body: string): boolean => queue !== 'saga-wakeups' && body !== ''

const nameOf = (queue: string, body: string): string => `${queue} ${/"id":"([^"]+)"/.exec(body)?.[1]}`

const endingOf = ({ stage }: ReturnType<typeof theatre>): Ending => {
  const { acquirer, carriers, stock } = stage.participants
  const ending: Record<string, string | number> = {}
  for (const [sagaId, text] of stage.sagas.items) {
    const { outcome = 'none', version } = JSON.parse(text) as SagaItem
    ending[sagaId] = outcome
    const { steps, quorums } = stage.definitions.find(
      (it) => sagaId.startsWith(`${it.name}:`) && it.version === version,
    )!
    steps.forEach(({ name }, index) => {
      // Which of a quorum stand is a matter of who answers first; how many is not.
      const among = quorums.findIndex(({ of }) => of.includes(index))
      const what = `${sagaId}: ${among < 0 ? name : `quorum ${among + 1}`} stands`
      for (const books of [acquirer, carriers])
        ending[what] = Number(ending[what] ?? 0) + standingIn(books)(sagaId, name)
    })
  }
  for (const [orderId, events] of stage.orders.streams) {
    const order = fold(events)
    const settled =
      order.status === 'none' ? [] : [order.refund, order.return?.state].filter((its) => its !== undefined)
    ending[orderId] = [order.status, ...settled].join(', ')
  }
  for (const { sku, available, committed } of stock.stock.values()) {
    const { reserved, sold } = takenOf(stock, sku)
    ending[sku] = `${available} available, ${committed} committed, ${reserved} reserved, ${sold} sold`
  }
  return ending
}

/** Parks each message of a way once; says of each whose end is another than the clean one how. */
export const parkEach = async (
  way: Scenario,
): Promise<{ readonly tried: number; readonly wrong: readonly string[] }> => {
  const clean = await play(way)
  const wrong = clean.wrong.map((what) => `${way.name}: ${what}`)
  for (const parks of clean.said) {
    const { ending, wrong: broken, redriven } = await play(way, parks)
    const tell = (what: string) => wrong.push(`${way.name}, ${parks} parked: ${what}`)
    // What needs it may be parked with it.
    if (redriven < 1) tell('nothing was redriven')
    broken.forEach(tell)
    for (const what of new Set([...Object.keys(clean.ending), ...Object.keys(ending)]))
      if (ending[what] !== clean.ending[what]) tell(`${what} ${ending[what]}, and ${clean.ending[what]} without`)
  }
  return { tried: clean.said.length, wrong }
}
