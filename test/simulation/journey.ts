import * as z from 'zod'
import { command, event, reply } from '../../events/contract.ts'
import { reason } from '../../events/vocabulary.ts'
import { minutes, seconds } from '../../reactive/time.ts'
import { saga } from '../../sagas/engine/builder.ts'

/**
 * A business that needs everything that the engine can do: a check, a quorum, steps side by side, one that is tried
 * again after a pause, one that may be left out, an approval, a pause, a saga that it calls, and things to do after the
 * point of no return. Its contracts belong to a context that takes no commands in production, so its queue is its own.
 */
const about = { tripId: z.string() }
const because = { ...about, reason }

const part = <Name extends string>(name: Name) => ({
  name,
  Do: command('notifications', `Do${name}`, 1, about),
  Done: reply('notifications', `Done${name}`, 1, { ...about, mark: z.string() }),
  Refused: reply('notifications', `Refused${name}`, 1, because),
  Undo: command('notifications', `Undo${name}`, 1, { ...about, mark: z.string().optional() }),
  Undone: reply('notifications', `Undone${name}`, 1, about),
  UndoRefused: reply('notifications', `UndoRefused${name}`, 1, because),
})
export type Part = ReturnType<typeof part>

export const parts = {
  greet: part('Greet'),
  visa: part('Visa'),
  'hotel-a': part('HotelA'),
  'hotel-b': part('HotelB'),
  'hotel-c': part('HotelC'),
  flight: part('Flight'),
  car: part('Car'),
  insure: part('Insure'),
  credit: part('Credit'),
  charge: part('Charge'),
  lounge: part('Lounge'),
  ticket: part('Ticket'),
  badge: part('Badge'),
} as const satisfies Record<string, Part>

const trip = { ...about, price: z.int(), insured: z.boolean() }
export const TripAsked = event('notifications', 'TripAsked', 1, trip)
export const TripWithdrawn = event('notifications', 'TripWithdrawn', 1, about)
export const TripApproved = event('notifications', 'TripApproved', 1, { ...about, yes: z.boolean(), by: z.string() })
export const FeedbackGiven = event('notifications', 'FeedbackGiven', 1, { ...about, stars: z.int() })
export const BillRaised = event('notifications', 'BillRaised', 1, { ...about, price: z.int() })
export const BillWithdrawn = event('notifications', 'BillWithdrawn', 1, about)

const SettleBill = command('notifications', 'SettleBill', 1, { ...about, price: z.int() })
const BillSettled = reply('notifications', 'BillSettled', 1, { ...about, receipt: z.string() })
const BillRefused = reply('notifications', 'BillRefused', 1, because)

const closing = <Name extends string>(name: Name) => ({
  Finish: command('notifications', `Finish${name}`, 1, about),
  Finished: reply('notifications', `${name}Finished`, 1, about),
  Abandon: command('notifications', `Abandon${name}`, 1, { ...about, because: reason }),
  Abandoned: reply('notifications', `${name}Abandoned`, 1, about),
})
export const closings = { journey: closing('Journey'), 'settle-bill': closing('Bill') } as const

type Trip = { readonly tripId: string }
const asking = ({ Do, Done, Refused }: Part) => ({
  send: ({ trip: { tripId } }: { readonly trip: Trip }) => Do({ tripId }),
  done: Done,
  refused: Refused,
})
const booking = (its: Part) => ({
  ...asking(its),
  keep: ({ mark }: { readonly mark: string }) => ({ mark }),
  undo: ({ trip: { tripId } }: { readonly trip: Trip }, output: { readonly mark: string } | undefined) =>
    its.Undo({ tripId, ...(output ? { mark: output.mark } : {}) }),
  undone: its.Undone,
  undoRefused: its.UndoRefused,
})
const doing = ({ Do, Done }: Part) => ({
  send: ({ trip: { tripId } }: { readonly trip: Trip }) => Do({ tripId }),
  done: Done,
})
const ending = ({ Finish, Finished, Abandon, Abandoned }: (typeof closings)[keyof typeof closings]) => ({
  done: { send: ({ trip: { tripId } }: { readonly trip: Trip }) => Finish({ tripId }), recorded: Finished },
  undone: {
    send: ({ trip: { tripId } }: { readonly trip: Trip }, because: z.infer<typeof reason>) =>
      Abandon({ tripId, because }),
    recorded: Abandoned,
  },
})

/** Takes the money for a journey. Another may have raised the same bill already: then who calls is turned away. */
export const settleBill = saga('settle-bill', 1)
  .startedBy('trip', BillRaised, {
    subject: ({ tripId }) => tripId,
    keep: ({ tripId, price }) => ({ tripId, price }),
    cancelledBy: BillWithdrawn,
    called: {
      by: SettleBill,
      subject: ({ tripId }) => tripId,
      keep: ({ tripId, price }) => ({ tripId, price }),
      done: BillSettled,
      refused: BillRefused,
    },
  })
  .step('credit', booking(parts.credit))
  .pivot('charge', { ...asking(parts.charge), keep: ({ mark }: { readonly mark: string }) => ({ mark }) })
  .endsWith({
    done: {
      ...ending(closings['settle-bill']).done,
      answer: ({ trip: { tripId }, charge: { mark } }) => ({ tripId, receipt: mark }),
    },
    undone: {
      ...ending(closings['settle-bill']).undone,
      answer: ({ trip: { tripId } }, reason) => ({ tripId, reason }),
    },
  })

const started = (version: number) =>
  saga('journey', version).startedBy('trip', TripAsked, {
    subject: ({ tripId }) => tripId,
    keep: ({ tripId, price, insured }) => ({ tripId, price, insured }),
    cancelledBy: TripWithdrawn,
    within: minutes(10),
  })

const continued = (so: ReturnType<typeof started>) =>
  so
    .check('visa', asking(parts.visa))
    .quorum(2, (group) =>
      group
        .step('hotel-a', booking(parts['hotel-a']))
        .step('hotel-b', booking(parts['hotel-b']))
        .step('hotel-c', booking(parts['hotel-c'])),
    )
    .parallel((group) =>
      group
        .step('flight', {
          ...booking(parts.flight),
          retry: { attempts: 3, when: ({ code }) => code === 'busy', pause: seconds(8) },
        })
        .step('car', booking(parts.car)),
    )
    .when(
      ({ trip: { insured } }) => insured,
      (block) => block.step('insure', booking(parts.insure)),
    )
    .signal('approval', {
      on: TripApproved,
      refuses: ({ yes, by }) => (yes ? undefined : { code: 'disapproved', message: `${by} said no.` }),
      keep: ({ by }: { readonly by: string }) => ({ by }),
      within: seconds(40),
      otherwise: { proceed: { by: 'nobody' } },
    })
    .timer('cool-off', () => seconds(3))
    .subsaga('pay', settleBill, {
      send: ({ trip: { tripId, price } }) => ({ tripId, price }),
      keep: ({ receipt }) => ({ receipt }),
    })
    .when(
      ({ trip: { price } }) => price > 500,
      (block) => block.retriable('lounge', doing(parts.lounge)),
    )
    .parallel((group) => group.retriable('ticket', doing(parts.ticket)).retriable('badge', doing(parts.badge)))
    .signal('feedback', {
      on: FeedbackGiven,
      keep: ({ stars }: { readonly stars: number }) => ({ stars }),
      within: seconds(20),
      otherwise: { proceed: { stars: 0 } },
    })
    .endsWith(ending(closings.journey))

export const journey = continued(started(1))
/** The next version asks one thing more, first: every step has another place, so running it as the old one shows. */
export const nextJourney = continued(
  started(2).check('greet', asking(parts.greet)) as unknown as ReturnType<typeof started>,
)
