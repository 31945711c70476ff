import type { Reason } from '../../events/vocabulary.ts'
import type { Guard } from '../../reactive/guard.ts'
import type { Outcome } from '../../reactive/participant.ts'
import type { Asked, Partner } from '../../reactive/participation.ts'
import type { Process, World } from './world.ts'

/** What a partner has in its books under one key: whether the effect stands, was refused, or was taken back. */
export type Entry = { outcome: 'stands' | 'refused' | 'reversed'; effects: number }
export type Books = Map<string, Entry>

/** Effects that stand in a partner's books, by saga and step, whatever attempt they are of. */
export const standingIn = (books: Books): ((sagaId: string, step: string) => number) => {
  const counts = new Map<string, number>()
  for (const [key, { outcome, effects }] of books) {
    if (outcome !== 'stands') continue
    const question = key.slice(0, key.lastIndexOf('/do/'))
    counts.set(question, (counts.get(question) ?? 0) + effects)
  }
  return (sagaId, step) => counts.get(`${sagaId}/${step}`) ?? 0
}

type Terms = {
  readonly name: string
  readonly books: Books
  /** Whether the partner would refuse a first call under this key; fixed by the seed. */
  readonly refuses: (key: string) => boolean
  readonly outcomeOf: (key: string) => unknown
  /** Whether what was done under this key is sometimes beyond recall, for the time being. */
  readonly keeps?: (key: string) => boolean
}

/**
 * A partner that keeps its promise about keys and no other: it may time out before its effect, after it, or long before
 * an effect that still comes; it may fail and it may be slow.
 */
export const simulatedPartner = <Intent, Result>(
  world: World,
  process: Process,
  { name, books, refuses, outcomeOf, keeps = () => false }: Terms,
): Required<Pick<Partner<Intent, Result>, 'call' | 'reverse'>> & Omit<Partner<Intent, Result>, 'call' | 'reverse'> => {
  const take = (key: string): Entry => {
    const known = books.get(key)
    if (known) return known
    const entry: Entry = refuses(key) ? { outcome: 'refused', effects: 0 } : { outcome: 'stands', effects: 1 }
    books.set(key, entry)
    return entry
  }
  const unanswered = (because: string) => ({ known: false, because }) as const

  return {
    name,
    remembers: 24 * 3_600_000,
    callTakes: 1_000,
    call: (_, key) =>
      world.call(process, `${name} ${key}`, (): Asked<Outcome<Result>> => {
        if (world.strikes('partner-error', key)) return unanswered('500')
        if (world.strikes('partner-timeout-before', key)) return unanswered('timeout')
        if (world.strikes('partner-late-effect', key)) {
          world.after(world.random.upTo(20_000), () => void take(key))
          return unanswered('timeout, the request is still under way')
        }
        const entry = take(key)
        if (world.strikes('partner-timeout-after', key)) return unanswered('timeout')
        return entry.outcome === 'refused'
          ? {
              known: true,
              answer: { outcome: 'refused', reason: { code: 'declined', message: 'The card was declined.' } },
            }
          : { known: true, answer: { outcome: 'succeeded', result: outcomeOf(key) as Result } }
      }),
    reverse: (_intent, _result, reversal) =>
      world.call(process, `${name} ${reversal}`, (): Asked<{ readonly kept: Reason } | undefined> => {
        if (world.strikes('partner-error', reversal)) return unanswered('500')
        if (keeps(reversal) && world.strikes('undo-refused', reversal, reversal))
          return { known: true, answer: { kept: { code: 'fetched', message: 'The parcel has been fetched.' } } }
        const entry = books.get(reversal.replace(/\/reverse$/, ''))
        if (entry?.outcome === 'stands') entry.outcome = 'reversed'
        if (world.strikes('partner-timeout-after', reversal)) return unanswered('timeout')
        return { known: true, answer: undefined }
      }),
  }
}

/** A guard that now and then lets nobody through for a while, as one does whose breaker is open. */
export const simulatedGuard = (world: World, process: Process, name: string): Guard => ({
  isClosed: async () => true,
  enter: async () =>
    world.strikes('partner-guarded', name)
      ? { may: 'wait', until: world.now() + process.skew + world.random.upTo(60_000), because: 'it is open' }
      : { may: 'call', heard: async () => undefined },
})
