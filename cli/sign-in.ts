import { type Api, createApi } from './api.ts'
import type { System } from './system.ts'
import { issueToken, type TokenRole } from './tokens.ts'

/** As whom to speak to the API. */
export type Identity = { readonly role: TokenRole; readonly subject: string; readonly personal?: boolean }

/** A token is asked for anew when it has been used for this long, well before it expires. Milliseconds. */
const renewal = 30 * 60_000

/**
 * The API of a system, spoken to as somebody: each request carries a token of that person, renewed in time.
 *
 * @example
 * const alice = signIn(system, { role: 'customer', subject: 'alice' })
 * await alice.orders()
 */
export const signIn = ({ apiUrl, state, stage }: System, { role, subject, personal = false }: Identity): Api => {
  let token: { readonly text: Promise<string>; readonly at: number } | undefined
  return createApi({
    apiUrl,
    token: () => {
      if (!token || Date.now() - token.at > renewal) {
        token = { text: issueToken({ state, stage, role, subject, personal }), at: Date.now() }
      }
      return token.text
    },
  })
}
