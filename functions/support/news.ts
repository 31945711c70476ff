import type { DataOf } from '../../events/contract.ts'
import type { TreatAlarm } from '../../events/support.ts'
import type { EpochMs } from '../../reactive/time.ts'

/** What the platform may do about an alarm by itself. */
export const verbs = ['close-valve', 'less-concurrency', 'more-concurrency', 'redrive', 'retry-sagas'] as const
export type RemedyVerb = (typeof verbs)[number]

/** A remedy as an alarm names it: `close-valve:payments-commands`. */
export type Remedy = { readonly verb: RemedyVerb; readonly queue?: string }

/** The news of an alarm, with what it says of itself. */
export type News = {
  readonly alarm: string
  readonly state: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA'
  readonly previous: 'OK' | 'ALARM' | 'INSUFFICIENT_DATA'
  readonly reason: string
  readonly at: EpochMs
  readonly meaning: string
  /** Whose alarm it is; absent: it does not say so, as those did not that were deployed first. */
  readonly stage?: string
  readonly severity: string
  readonly owner: string
  readonly runbook: string
  readonly remedy?: Remedy
}

/**
 * Reads the message of an alarm. A remedy that this version does not know is left to people.
 *
 * @example
 * newsOf({ alarm, state: 'ALARM', previous: 'OK', reason, description: 'it waits | severity: major | remedy: close-valve:payments-commands' }, now)
 */
export const newsOf = (data: DataOf<typeof TreatAlarm>, at: EpochMs): News => {
  const [meaning = '', ...rest] = data.description.split(' | ')
  const said = new Map(
    rest.map((part) => {
      const colon = part.indexOf(': ')
      return [part.slice(0, colon), part.slice(colon + 2)] as const
    }),
  )
  const remedy = remedyOf(said.get('remedy'))
  const stage = said.get('stage')
  return {
    alarm: data.alarm,
    state: data.state,
    previous: data.previous,
    reason: data.reason,
    at,
    meaning,
    ...(stage ? { stage } : {}),
    severity: said.get('severity') ?? 'warning',
    owner: said.get('owner') ?? 'platform',
    runbook: said.get('runbook') ?? 'docs/runbooks/README.md',
    ...(remedy ? { remedy } : {}),
  }
}

const remedyOf = (text: string | undefined): Remedy | undefined => {
  const [word, queue] = text?.split(':') ?? []
  const verb = verbs.find((known) => known === word)
  return verb && { verb, ...(queue ? { queue } : {}) }
}
