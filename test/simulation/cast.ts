import { type Millis, minutes, seconds } from '../../reactive/time.ts'
import { customer } from './customers.ts'
import { BillRaised, BillWithdrawn, FeedbackGiven, TripApproved, TripAsked, TripWithdrawn } from './journey.ts'
import { operator } from './operators.ts'
import { type Random, seeded } from './random.ts'
import type { System } from './system.ts'
import type { World } from './world.ts'

/** Somebody who does something to the system, in words and in deed. */
export type Actor = { readonly does: string; readonly begin: () => void }

type Terms = {
  readonly seed: number
  readonly orders: number
  readonly trips: number
  /** Whether there are timers, a sweeper and a reconciler. */
  readonly waking: boolean
  /** How long there are operators about. */
  readonly lasts: Millis
}

/** Everybody who takes part in a run; who they are and what they want follows from the seed alone. */
export const cast = (world: World, stage: System, { seed, orders, trips, waking, lasts }: Terms): Actor[] => {
  const random = seeded(seed * 31 + 7)
  const actors: Actor[] = []
  for (let index = 0; index < orders; index += 1) actors.push(customer({ world, stage, random, waking }, index))
  for (let index = 0; index < trips; index += 1) actors.push(traveller(world, stage, random, index))
  actors.push(desk(world, stage, random), vandal(world, stage, random))
  if (trips > 0) {
    actors.push(...staff(world, stage, random, lasts))
    actors.push(deployment(world, stage, random))
    if (random.chance(0.3)) actors.push(latecomer(stage))
  }
  return actors
}

const traveller = (world: World, stage: System, random: Random, index: number): Actor => {
  const tripId = `trip-${index}`
  const price = random.upTo(1_000)
  const insured = random.chance(0.5)
  const at = random.upTo(seconds(20))
  const words: string[] = []
  const deeds: (() => void)[] = []
  const says = (what: string, when: Millis, deed: () => void) => {
    words.push(`${what} at ${when}`)
    deeds.push(() => world.after(when, deed))
  }
  says('asks for a trip', at, () => stage.tell(TripAsked({ tripId, price, insured }), tripId, `${tripId}/asked`))
  if (random.chance(0.15))
    says('withdraws', Math.max(0, at - 200 + random.upTo(random.pick([400, 2_000, 30_000]))), () =>
      stage.tell(TripWithdrawn({ tripId }), tripId, `${tripId}/withdrawn`),
    )
  if (random.chance(0.7)) {
    const yes = random.chance(0.85)
    // Before it is waited for, even before the trip is asked for; or when it is; or when nobody waits any more.
    const when = Math.max(0, at + random.pick([-500, 0, 1_000, 5_000, 20_000, 90_000]) + random.upTo(1_000))
    says(yes ? 'is approved' : 'is disapproved', when, () => {
      for (let copy = world.strikes('signal-twice') ? 2 : 1; copy > 0; copy -= 1)
        stage.tell(TripApproved({ tripId, yes, by: 'boss' }), tripId, `${tripId}/approved`)
    })
  }
  if (random.chance(0.4))
    says('says how it was', at + random.upTo(seconds(60)), () =>
      stage.tell(FeedbackGiven({ tripId, stars: 5 }), tripId, `${tripId}/feedback`),
    )
  if (random.chance(0.15))
    says('is billed by somebody else', at + random.upTo(seconds(40)), () =>
      stage.tell(BillRaised({ tripId, price }), tripId, `${tripId}/billed`),
    )
  if (random.chance(0.1))
    says('has the bill withdrawn', at + random.upTo(seconds(40)), () =>
      stage.tell(BillWithdrawn({ tripId }), tripId, `${tripId}/bill-withdrawn`),
    )
  return {
    does: `${tripId} ${words.join(', ')}`,
    begin: () => {
      for (const deed of deeds) deed()
    },
  }
}

/** Somebody at the dead-letter desk, while things still go wrong. */
const desk = (world: World, stage: System, random: Random): Actor => {
  const times = Array.from({ length: 3 }, () => seconds(20) + random.upTo(minutes(4)))
  return {
    does: `the desk redrives at ${times.join(', ')} ms`,
    begin: () => {
      for (const at of times) world.after(at, () => void stage.redrive())
    },
  }
}

/** Two operators, each with something to do every now and then, sometimes both at once to the same saga. */
const staff = (world: World, stage: System, random: Random, lasts: Millis): Actor[] => {
  const [ada, bob] = [operator(stage, random, 'ada'), operator(stage, random, 'bob')]
  const times = Array.from({ length: 2 + random.upTo(6) }, () => random.upTo(lasts))
  return times.map((at) => {
    const both = random.chance(0.5)
    return {
      does: `an operator acts at ${at} ms${both ? ', and another on the same saga' : ''}`,
      begin: () => {
        world.after(at, () => {
          const sagaId = ada.act()
          if (!sagaId || !both) return
          world.situations['operators-at-once'] += 1
          world.after(random.upTo(50), () => void bob.act(sagaId))
        })
      },
    }
  })
}

/** Says what became of an attempt, truly, when the next one is already under way. */
const latecomer = (stage: System): Actor => ({
  does: 'somebody is late with the news of an attempt that was refused',
  begin: () => {
    stage.sagas.watch.push((_, { sagaId, version, steps = [] }) => {
      steps.forEach(([status, attempt], index) => {
        if (status !== 'sent' || attempt === 1) return
        const definition = stage.definitions.find((it) => sagaId.startsWith(`${it.name}:`) && it.version === version)!
        const { name: step } = definition.steps[index]!
        stage.direct(
          { sagaId, verb: 'resolve', step, as: 'refused', attempt: attempt - 1, by: 'joe', reason: 'So I was told.' },
          `${sagaId}/act/joe-${step}-${attempt}`,
        )
      })
    })
  },
})

/** A new deployment takes over from the old one, gradually; now and then it is taken back and made once more. */
const deployment = (world: World, stage: System, random: Random): Actor => {
  const from = random.upTo(seconds(25))
  const lasts = random.upTo(seconds(30))
  const again = random.chance(0.3)
  return {
    does: `a deployment begins at ${from} ms and takes ${lasts}${again ? ', and is rolled back and made again' : ''}`,
    begin: () => {
      stage.deployed = 'old'
      const moments: [Millis, System['deployed']][] = [
        [from, 'both'],
        [from + lasts, again ? 'old' : 'new'],
      ]
      if (again) moments.push([from + lasts + seconds(10), 'both'], [from + lasts + seconds(20), 'new'])
      for (const [at, deployed] of moments)
        world.after(at, () => {
          stage.deployed = deployed
        })
    },
  }
}

/** Puts into a queue what nobody can make sense of. */
const vandal = (world: World, stage: System, random: Random): Actor => {
  const envelope = (type: string, more: object, data: unknown) =>
    JSON.stringify({
      specversion: '1.0',
      id: `poison-${random.upTo(1_000_000)}`,
      source: '/somebody',
      type,
      subject: 'x',
      time: '2026-01-01T00:00:00.000Z',
      datacontenttype: 'application/json',
      correlationid: 'x',
      ...more,
      data,
    })
  const kinds: readonly [queue: string, body: string][] = [
    ['saga-fulfil-order', '{ this is not JSON'],
    ['saga-fulfil-order', envelope('nobody.KnowsThis.v1', {}, {})],
    ['saga-journey', envelope(FeedbackGiven.type, {}, { tripId: 'x', stars: 'many' })],
    [
      'saga-journey',
      envelope('notifications.DoneVisa.v1', { causationid: 'nobody:asked/it' }, { tripId: 'x', mark: 'm' }),
    ],
    [
      'saga-journey',
      envelope('notifications.DoneVisa.v1', { causationid: 'journey:never/visa/do/1' }, { tripId: 'x', mark: 'm' }),
    ],
    [
      'saga-journey',
      envelope('notifications.DoneCar.v1', { causationid: 'journey:trip-0/visa/do/1' }, { tripId: 'x', mark: 'm' }),
    ],
    ['payments-commands', envelope('payments.AuthorisePayment.v1', {}, { amount: 'all of it' })],
    ['inventory-events', '"almost"'],
    ['ordering-commands', envelope('ordering.ConfirmOrder.v1', {}, {})],
  ]
  const [queue, body] = random.pick(kinds)
  const at = random.upTo(seconds(60))
  return {
    does: `somebody puts nonsense into ${queue} at ${at} ms`,
    begin: () => {
      world.after(at, () => {
        if (world.strikes('poison')) stage.poison(queue, body)
      })
    },
  }
}
