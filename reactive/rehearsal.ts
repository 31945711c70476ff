import * as z from 'zod'
import type { AnyContract } from '../events/contract.ts'
import { type Message, parse } from '../events/envelope.ts'
import { maskPersonal } from '../events/personal.ts'
import { allEnded } from './all-ended.ts'
import type { CommandRecords } from './command-records.ts'
import type { Repeated } from './consume.ts'
import { PermanentError } from './errors.ts'
import type { RecordState } from './participant.ts'
import type { Partner } from './participation.ts'

/**
 * What a consumer would make of a message if it came now, told by its own code over its own records, up to the first
 * thing that it would write or ask of somebody.
 *
 * - `passes`: it would do its work
 * - `repeats`: it has done it already, and would answer from its record
 * - `refuses`: it would say no, to its saga or to the desk
 * - `not-asked`: nobody can tell without sending it
 */
export const foresight = z.object({
  says: z.enum(['passes', 'repeats', 'refuses', 'not-asked']),
  because: z.string().describe('In words.'),
})
export type Foresight = z.infer<typeof foresight>

/** What a rehearsal ends with: the consumer has come to its first act that others would see. */
class Curtain extends Error {
  override readonly name = 'Curtain'
  readonly foresight: Foresight

  constructor(foresight: Foresight) {
    super(foresight.because)
    this.foresight = foresight
  }
}

/** Ends a rehearsal with what it has come to. */
export const foretell = (foresight: Foresight): never => {
  throw new Curtain(foresight)
}

/** Ends a rehearsal where the consumer would do something. */
export const wouldDo = (because: string): never => foretell({ says: 'passes', because })

/** Ends a rehearsal where the consumer would write down that it does not do it. */
export const wouldRefuse = (because: string): never => foretell({ says: 'refuses', because })

type Cast<C extends AnyContract> = {
  /** What the consumer takes, as it is deployed. */
  readonly contracts: readonly C[]
  /** The consumer itself, over ports that only read; what it would have replied goes to `reply`. */
  readonly serve: (message: Message<never>, reply: (reply: Message) => Promise<void>) => Promise<Repeated | undefined>
}

/**
 * Plays messages through a consumer whose ports end the rehearsal instead of writing. Nothing is locked meanwhile: it is
 * a forecast, and whoever sends the message afterwards may find that the world has moved on.
 *
 * @example
 * const foresee = rehearsal({ contracts: paymentCommands, serve: (message, reply) => payments({ store: bookToRead(store), … })(message) })
 * await foresee([body]) // [{ says: 'repeats', because: 'it would be answered PaymentAuthorised, from its record' }]
 */
export const rehearsal =
  <C extends AnyContract>({ contracts, serve }: Cast<C>) =>
  (bodies: readonly string[]): Promise<readonly Foresight[]> =>
    allEnded(
      bodies.map(async (body): Promise<Foresight> => {
        const parsed = parse(body, contracts)
        // A context that takes events beside commands is asked of both, and can tell of the one kind only.
        if (!parsed.ok)
          return {
            says: parsed.problem === 'unknown-type' ? 'not-asked' : 'refuses',
            because: `${parsed.problem}: ${parsed.detail}`,
          }
        let said = ''
        try {
          const outcome = await serve(parsed.message as Message<never>, async ({ type }) => {
            said = type.split('.')[1] ?? type
          })
          return outcome === 'repeated'
            ? { says: 'repeats', because: `it would be answered ${said} from its record` }
            : { says: 'passes', because: said ? `it would be answered ${said}` : 'there is nothing more to do for it' }
        } catch (error) {
          const { says, because } = foreseen(error as Error)
          // Whoever wrote an error's text may have put into it what the message says of a person.
          return {
            says,
            because: parsed.contract ? maskPersonal(because, parsed.contract, parsed.message.data) : because,
          }
        }
      }),
    )

/** What an error that a consumer threw means for a message that has not been sent. */
const foreseen = (error: Error): Foresight => {
  if (error instanceof Curtain) return error.foresight
  if (error instanceof PermanentError)
    return { says: 'refuses', because: `it would come back to the desk: ${error.code}: ${error.message}` }
  return { says: 'not-asked', because: `it cannot be told now: ${error.message}` }
}

/** A participant's book that is read and never written: what a commit would do ends the rehearsal. */
export const bookToRead = <Intent, Result>({
  load,
  ofOrder,
}: Pick<CommandRecords<Intent, Result>, 'load' | 'ofOrder'>): CommandRecords<Intent, Result> => ({
  load,
  ofOrder,
  commit: async (key, from, next) => {
    const found = await load(key)
    if (found.state !== from) return found
    if (next.state === 'refused')
      return wouldRefuse(`its saga would be told: ${next.reason.code}: ${next.reason.message}`)
    if (next.state === 'tombstone' && next.because === 'expired')
      return wouldRefuse('expired: it comes too late, and its saga would be told so')
    return wouldDo(commits[next.state])
  },
  // Its record stays as it is: whoever asks would find it so.
  list: async () => undefined,
  park: async () => undefined,
})

const commits: Readonly<Record<RecordState, string>> = {
  none: 'it would be done',
  intent: 'its partner would be asked',
  done: 'it would be done',
  refused: 'it would be refused',
  'undo-intent': 'its partner would be asked to take it back',
  undone: 'it would be taken back',
  tombstone: 'there is nothing to take back, and its saga would be told so',
}

/** A partner whom nobody calls: what its call would be ends the rehearsal. */
export const partnerUnasked = <Intent, Result>({
  name,
  remembers,
  callTakes,
}: Pick<Partner<Intent, Result>, 'name' | 'remembers' | 'callTakes'>): Partner<Intent, Result> &
  Required<Pick<Partner<Intent, Result>, 'find' | 'reverse'>> => ({
  name,
  remembers,
  callTakes,
  call: async () => wouldDo(`${name} would be asked again under the same key`),
  find: async () => wouldDo(`${name} would be asked what became of it`),
  reverse: async () => wouldDo(`${name} would be asked to take it back`),
})
