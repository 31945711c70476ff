import { describe, expect, test } from 'vitest'
import * as z from 'zod'
import { command, event, reply } from '../../../events/contract.ts'
import { reason } from '../../../events/vocabulary.ts'
import { days, hours, minutes, seconds } from '../../../reactive/time.ts'
import { saga } from '../../../sagas/engine/builder.ts'
import { transcript } from '../../../sagas/testing/transcript.ts'

// The example of docs/writing-sagas.md, which quotes this file: what stands there compiles and runs.

const trip = { tripId: z.string() }
const TripRequested = event('ordering', 'TripRequested', 1, { ...trip, budget: z.int(), days: z.int() })
const TripWithdrawn = event('ordering', 'TripWithdrawn', 1, trip)
const TripApproved = event('ordering', 'TripApproved', 1, { ...trip, approved: z.boolean(), by: z.string() })
const QuoteVisa = command('ordering', 'QuoteVisa', 1, trip)
const VisaQuoted = reply('ordering', 'VisaQuoted', 1, { ...trip, fee: z.int() })
const VisaImpossible = reply('ordering', 'VisaImpossible', 1, { ...trip, reason })
const booking = (name: string) => ({
  Book: command('shipping', `Book${name}`, 1, trip),
  Booked: reply('shipping', `${name}Booked`, 1, { ...trip, number: z.string() }),
  Full: reply('shipping', `${name}Full`, 1, { ...trip, reason }),
  Cancel: command('shipping', `Cancel${name}`, 1, { ...trip, number: z.string().optional() }),
  Cancelled: reply('shipping', `${name}Cancelled`, 1, trip),
  NotCancelled: reply('shipping', `${name}NotCancelled`, 1, { ...trip, reason }),
})
const flight = booking('Flight')
const hotel = booking('Hotel')
const hostel = booking('Hostel')
const Charge = command('payments', 'ChargeTrip', 1, { ...trip, amount: z.int() })
const Charged = reply('payments', 'TripCharged', 1, { ...trip, receipt: z.string() })
const NotCharged = reply('payments', 'TripNotCharged', 1, { ...trip, reason })
const SendTickets = command('shipping', 'SendTickets', 1, { ...trip, numbers: z.array(z.string()) })
const TicketsSent = reply('shipping', 'TicketsSent', 1, trip)
const RecordTrip = command('ordering', 'RecordTrip', 1, { ...trip, receipt: z.string() })
const TripRecorded = reply('ordering', 'TripRecorded', 1, trip)
const GiveUpTrip = command('ordering', 'GiveUpTrip', 1, { ...trip, because: reason })
const TripGivenUp = reply('ordering', 'TripGivenUp', 1, trip)

const notApproved = { code: 'not-approved', message: 'Nobody approved the trip.' }

const bookTrip = saga('book-trip', 1)
  .startedBy('trip', TripRequested, {
    subject: ({ tripId }) => tripId,
    cancelledBy: TripWithdrawn,
    within: days(3),
  })
  // A question that changes nothing: there is nothing to undo.
  .check('visa', {
    send: ({ trip: { tripId } }) => QuoteVisa({ tripId }),
    done: VisaQuoted,
    keep: ({ fee }) => ({ fee }),
    refused: VisaImpossible,
  })
  // Somebody's word, with a deadline and what silence means; only for what is expensive.
  .when(
    ({ trip: { budget } }) => budget > 1_000,
    (steps) =>
      steps.signal('approval', {
        on: TripApproved,
        refuses: ({ approved }) => (approved ? undefined : notApproved),
        within: hours(48),
        otherwise: { refuse: notApproved },
      }),
  )
  // Of two places to sleep the first that is free; the other one is cancelled.
  .quorum(1, (places) =>
    places
      .step('hotel', {
        send: ({ trip: { tripId } }) => hotel.Book({ tripId }),
        done: hotel.Booked,
        keep: ({ number }) => ({ number }),
        refused: hotel.Full,
        undo: ({ trip: { tripId } }, booked) => hotel.Cancel({ tripId, ...booked }),
        undone: hotel.Cancelled,
        undoRefused: hotel.NotCancelled,
      })
      .step('hostel', {
        send: ({ trip: { tripId } }) => hostel.Book({ tripId }),
        done: hostel.Booked,
        keep: ({ number }) => ({ number }),
        refused: hostel.Full,
        undo: ({ trip: { tripId } }, booked) => hostel.Cancel({ tripId, ...booked }),
        undone: hostel.Cancelled,
      }),
  )
  // A refusal that is worth another attempt, after a pause that doubles.
  .step('flight', {
    send: ({ trip: { tripId } }) => flight.Book({ tripId }),
    done: flight.Booked,
    keep: ({ number }) => ({ number }),
    refused: flight.Full,
    retry: { attempts: 3, when: ({ code }) => code === 'busy', pause: seconds(10) },
    undo: ({ trip: { tripId } }, booked) => flight.Cancel({ tripId, ...booked }),
    undone: flight.Cancelled,
  })
  // The point of no return. `visa` is surely there; of a quorum each may be missing.
  .pivot('charge', {
    send: ({ trip: { tripId, budget }, visa: { fee } }) => Charge({ tripId, amount: budget + fee }),
    done: Charged,
    keep: ({ receipt }) => ({ receipt }),
    refused: NotCharged,
  })
  .timer('cooling-off', () => hours(24))
  .retriable('tickets', {
    send: ({ trip: { tripId }, flight: { number }, hotel: room, hostel: bed }) =>
      SendTickets({ tripId, numbers: [number, ...((room ?? bed) ? [(room ?? bed)!.number] : [])] }),
    done: TicketsSent,
  })
  .endsWith({
    done: {
      send: ({ trip: { tripId }, charge: { receipt } }) => RecordTrip({ tripId, receipt }),
      recorded: TripRecorded,
    },
    undone: { send: ({ trip: { tripId } }, because) => GiveUpTrip({ tripId, because }), recorded: TripGivenUp },
  })

const tripId = 't1'
const requested = TripRequested({ tripId, budget: 900, days: 3 })

describe('a trip', () => {
  test('is booked', () => {
    transcript(bookTrip)
      .given(requested)
      .sends(QuoteVisa)
      .replies(VisaQuoted({ tripId, fee: 50 }))
      .sends(hotel.Book)
      .sends(hostel.Book)
      .replies(hostel.Booked({ tripId, number: 'B7' }))
      .sends(hotel.Cancel)
      .sends(flight.Book)
      .replies(flight.Booked({ tripId, number: 'F1' }))
      .sends(Charge, { amount: 950 })
      .hears(hotel.Cancelled({ tripId }), hotel.Cancel)
      .hears(Charged({ tripId, receipt: 'R1' }), Charge)
      .after(hours(24))
      .sends(SendTickets, { numbers: ['F1', 'B7'] })
      .replies(TicketsSent({ tripId }))
      .sends(RecordTrip, { receipt: 'R1' })
      .replies(TripRecorded({ tripId }))
      .ends('done')
  })

  test('that is expensive waits for an approval, and is given up without one', () => {
    transcript(bookTrip)
      .given(TripRequested({ tripId, budget: 5_000, days: 3 }))
      .sends(QuoteVisa)
      .replies(VisaQuoted({ tripId, fee: 50 }))
      .sendsNothing()
      .after(hours(48))
      .sends(GiveUpTrip, { because: notApproved })
      .replies(TripGivenUp({ tripId }))
      .ends('undone', { because: 'Nobody approved the trip.' })
  })

  test('is undone backwards when the card is refused', () => {
    const refused = { code: 'declined', message: 'The card was declined.' }
    transcript(bookTrip)
      .given(requested)
      .sends(QuoteVisa)
      .replies(VisaQuoted({ tripId, fee: 50 }))
      .sends(hotel.Book)
      .replies(hotel.Booked({ tripId, number: 'H2' }))
      .sends(hostel.Cancel)
      .sends(flight.Book)
      .hears(hostel.Cancelled({ tripId }), hostel.Cancel)
      .replies(flight.Booked({ tripId, number: 'F1' }))
      .sends(Charge)
      .replies(NotCharged({ tripId, reason: refused }))
      .sends(flight.Cancel, { number: 'F1' })
      .replies(flight.Cancelled({ tripId }))
      .sends(hotel.Cancel, { number: 'H2' })
      .replies(hotel.Cancelled({ tripId }))
      .sends(GiveUpTrip, { because: refused })
      .replies(TripGivenUp({ tripId }))
      .ends('undone')
  })

  test('whose hotel cannot be cancelled becomes a case, which a person closes', () => {
    const script = transcript(bookTrip)
      .given(requested)
      .sends(QuoteVisa)
      .replies(VisaQuoted({ tripId, fee: 50 }))
      .sends(hotel.Book)
      .replies(hotel.Booked({ tripId, number: 'H2' }))
      .sends(flight.Book)
      .hears(hostel.Cancelled({ tripId }), hostel.Cancel)
      .cancelled()
      .sends(flight.Cancel)
      .replies(flight.Cancelled({ tripId }))
      .sends(hotel.Cancel)
      .replies(hotel.NotCancelled({ tripId, reason: { code: 'too-late', message: 'It is too late.' } }))
      .sends(GiveUpTrip)
      .replies(TripGivenUp({ tripId }))
      .sendsNothing()
    script.directed({ verb: 'skip', step: 'hotel', by: 'ann', reason: 'We pay for the room.' }).ends('operator')
  })

  test('asks again when an answer is missing, and undoes what may have happened', () => {
    const script = transcript(bookTrip)
      .given(requested)
      .sends(QuoteVisa)
      .replies(VisaQuoted({ tripId, fee: 50 }))
    script
      .sends(hotel.Book)
      .replies(hotel.Booked({ tripId, number: 'H2' }))
      .sends(hostel.Cancel)
    script.sends(flight.Book).hears(hostel.Cancelled({ tripId }), hostel.Cancel)
    script.after(minutes(5)).sends(flight.Book).after(minutes(5)).sends(flight.Book)
    script.after(minutes(5)).sends(flight.Cancel)
    expect(script.state).toMatchObject({ mode: 'compensating' })
  })
})
