import { Failure } from '../local/failure.ts'
import { type Api, createApi } from './api.ts'
import type { System } from './system.ts'
import { issueToken, type TokenRole } from './tokens.ts'

/** As whom to speak to the API. */
export type Identity = { readonly role: TokenRole; readonly subject: string; readonly personal?: boolean }

/** A token is asked for anew when it has been used for this long, well before it expires. Milliseconds. */
const renewal = 30 * 60_000

/**
 * The API of a system, spoken to as somebody: each request carries a token of that person, renewed in time. On a local
 * stage this machine signs it. In an account the stage's user pool does, and whoever signed in has put what they got into
 * `NEVERSTOP_TOKEN`; that one wins everywhere.
 *
 * @example
 * const alice = signIn(system, { role: 'customer', subject: 'alice' })
 * await alice.orders()
 */
export const signIn = (
  { apiUrl, state, stage, backend }: System,
  { role, subject, personal = false }: Identity,
  env: NodeJS.ProcessEnv = process.env,
): Api => {
  let token: { readonly text: Promise<string>; readonly at: number } | undefined
  const issued = () => {
    if (!token || Date.now() - token.at > renewal) {
      token = { text: issueToken({ state, stage, role, subject, personal }), at: Date.now() }
    }
    return token.text
  }
  return createApi({
    apiUrl,
    token: async () => {
      if (env.NEVERSTOP_TOKEN) return env.NEVERSTOP_TOKEN
      if (backend !== 'aws') return issued()
      throw new Failure(`stage '${stage}' is in an account, where only its user pool issues tokens`, {
        remedy: `sign in as ${role === 'operator' ? 'an operator' : 'a customer'}: export NEVERSTOP_TOKEN=$(./neverstop token --cloud aws --stage ${stage} --subject <mail address>)`,
      })
    },
  })
}
