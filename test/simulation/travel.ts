import type { AnyContract, AnyDraft, DataOf } from '../../events/contract.ts'
import { answer, type Message } from '../../events/envelope.ts'
import type { CommandRecord, OwnRecord } from '../../reactive/participant.ts'
import { ownCommand, ownUndo, partnerCommand, partnerUndo, reasonOf } from '../../reactive/participant.ts'
import { takePart, termsOf, undoneIdOf } from '../../reactive/participation.ts'
import { type Clock, iso, type Millis } from '../../reactive/time.ts'
import type { Timing } from '../../reactive/timing.ts'
import { closings, type Part, parts } from './journey.ts'
import { type Books, simulatedPartner } from './partner.ts'
import { type RecordTable, simulatedRecords } from './records.ts'
import type { Process, World } from './world.ts'

/** What is on record about journeys: commands, the partners' books, and how each ended. */
export type Travel = {
  readonly records: RecordTable
  readonly books: Books
  /** By the saga's id. */
  readonly endings: Map<string, 'finished' | 'abandoned'>
  readonly violations: string[]
}

type Ports = {
  readonly world: World
  readonly process: Process
  readonly travel: Travel
  readonly reply: (reply: Message, to: Message) => Promise<void>
  readonly clock: Clock
  readonly timing: Timing
  readonly refuses: (key: string) => 'busy' | 'declined' | undefined
}

/** Those who keep their effect in their own tables; the others ask a partner. */
const own = new Set(['Greet', 'Visa', 'HotelA', 'Car', 'Credit', 'Ticket'])
/** After the pivot nobody may refuse. */
const agreeable = new Set(['Lounge', 'Ticket', 'Badge'])

type Did = { readonly kind: 'did' }
type Act = { readonly part: Part; readonly undo: boolean }

const partOf = new Map<string, Act>(
  Object.values(parts).flatMap((part): [string, Act][] => [
    [part.Do.type, { part, undo: false }],
    [part.Undo.type, { part, undo: true }],
  ]),
)
const endOf = new Map<string, { readonly as: 'finished' | 'abandoned'; readonly reply: AnyContract }>(
  Object.values(closings).flatMap(({ Finish, Finished, Abandon, Abandoned }) => [
    [Finish.type, { as: 'finished', reply: Finished }],
    [Abandon.type, { as: 'abandoned', reply: Abandoned }],
  ]),
)

export const travelCommands = [
  ...Object.values(parts).flatMap(({ Do, Undo }) => [Do, Undo]),
  ...Object.values(closings).flatMap(({ Finish, Abandon }) => [Finish, Abandon]),
]

/** Everybody whom a journey asks, played by the columns of `reactive/participant.ts`. */
export const travelling =
  ({ world, process, travel, reply, clock, timing, refuses }: Ports) =>
  async (message: Message, remainingMs: () => Millis): Promise<void> => {
    const { tripId } = message.data as DataOf<(typeof travelCommands)[number]>
    const say = (draft: AnyDraft) => reply(answer(draft, message, '/notifications', iso(clock())), message)
    const end = endOf.get(message.type)
    if (end) {
      const sagaId = message.id.slice(0, message.id.indexOf('/'))
      await world.call(process, `${sagaId} ${end.as}`, () => {
        const known = travel.endings.get(sagaId)
        if (known !== undefined && known !== end.as)
          travel.violations.push(`${sagaId} is ${end.as} after it was ${known}`)
        travel.endings.set(sagaId, known ?? end.as)
      })
      return say(end.reply({ tripId }))
    }
    const { part, undo } = partOf.get(message.type)!
    const commandId = undo ? undoneIdOf(message) : message.id
    const records = simulatedRecords<Did, Did>(world, travel.records, process)
    const key = { orderId: tripId, commandId }
    const terms = termsOf(message, commandId, timing.horizon)
    const refusal = () => {
      const code = agreeable.has(part.name) ? undefined : refuses(message.id)
      return code && { code, message: `${part.name} is ${code}.` }
    }
    // It cannot be undone just now, and says so; nothing is recorded, so that it may be tried again.
    if (undo && world.strikes('undo-refused', part.name, message.id))
      return say(part.UndoRefused({ tripId, reason: { code: 'not-now', message: 'It cannot be undone now.' } }))

    if (own.has(part.name)) {
      let record = await records.load(key)
      for (;;) {
        const decision = (undo ? ownUndo : ownCommand)(record as OwnRecord<Did>, { ...terms, now: clock() })
        if (decision.do === 'give-up') throw new Error(decision.message)
        if (decision.do === 'reply') break
        const because = refusal()
        const next: Exclude<CommandRecord<Did, Did>, { state: 'none' }> = decision.do === 'commit'
          ? decision.next
          : decision.do === 'reverse'
            ? { state: 'undone' }
            : because
              ? { state: 'refused', reason: because }
              : { state: 'done', intent: { kind: 'did' }, result: { kind: 'did' } }
        record = (await records.commit(key, record.state, next, clock())) ?? next
      }
      if (undo) return say(part.Undone({ tripId }))
      return say(
        record.state === 'done'
          ? part.Done({ tripId, mark: commandId })
          : part.Refused({
              tripId,
              reason: record.state === 'refused' ? record.reason : { code: 'undone', message: 'It has been undone.' },
            }),
      )
    }

    const taking = {
      key,
      message,
      terms,
      records,
      clock,
      remainingMs,
      partner: simulatedPartner<Did, Did>(world, process, {
        name: part.name,
        books: travel.books,
        refuses: (it) => !agreeable.has(part.name) && refuses(it) !== undefined,
        outcomeOf: () => ({ kind: 'did' }),
      }),
    }
    if (undo) {
      await takePart({ ...taking, column: partnerUndo })
      return say(part.Undone({ tripId }))
    }
    const plan = () => {
      const because = refusal()
      return because?.code === 'busy'
        ? { plan: 'refuse' as const, reason: because }
        : { plan: 'call' as const, intent: { kind: 'did' as const } }
    }
    const said = await takePart({ ...taking, column: partnerCommand, plan, presume: 'none' })
    await say(
      said.says === 'done' ? part.Done({ tripId, mark: commandId }) : part.Refused({ tripId, reason: reasonOf(said) }),
    )
  }
