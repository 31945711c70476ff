import { type Command, InvalidArgumentError, Option } from 'commander'
import { readSettings } from '../../local/settings.ts'
import { days, hours, iso, type Millis, minutes, seconds } from '../../reactive/time.ts'
import { action, addCommand, oneOf } from '../command.ts'
import { defaultLifetime, issueToken, type TokenRole, tokenRoles } from '../tokens.ts'

export const registerToken = (program: Command): Command =>
  action<{ role: TokenRole; subject: string; expiresIn: Millis }>(
    addCommand(
      program,
      'token',
      'issue a bearer token for the local stage, or sign in to the user pool of one in an account',
    )
      .option(
        '--role <role>',
        `${tokenRoles.join(' or ')}; in an account the user’s groups say it`,
        oneOf('role', tokenRoles),
        'customer',
      )
      .option('--subject <name>', 'whose token', toSubject, 'alice')
      .addOption(
        new Option('--expires-in <span>', 'how long it is good: 45s, 30m, 1h, 7d')
          .argParser(toSpan)
          .default(defaultLifetime, '1h'),
      ),
    async ({ options, out }) => {
      const { backend, state, stage } = readSettings(options)
      const { role, subject, expiresIn } = options
      if (backend === 'aws') {
        const { poolToken } = await import('../account/token.ts')
        const { token, seconds } = await poolToken(options, subject)
        out.result({ token, subject, expiresAt: iso(Date.now() + seconds * 1_000) }, () => token)
        return
      }
      const now = Date.now()
      const token = await issueToken({ state, stage, role, subject, lifetime: expiresIn, now })
      out.result({ token, role, subject, expiresAt: iso(now + expiresIn) }, () => token)
    },
  )

const units: Record<string, (n: number) => Millis> = { s: seconds, m: minutes, h: hours, d: days }

/** Longer than this a forgotten token of a laptop is a risk and no convenience. */
const longest = days(30)

export const toSpan = (word: string): Millis => {
  const [, amount, unit] = /^([1-9]\d{0,6})([smhd])$/.exec(word) ?? []
  const span = amount && unit ? units[unit]!(Number(amount)) : undefined
  if (span !== undefined && span <= longest) return span
  throw new InvalidArgumentError(
    `'${word}' is not a span up to 30 days: a whole number and s, m, h or d, as in 45s or 1h.`,
  )
}

const toSubject = (word: string): string => {
  if (/^[\x21-\x7e]{1,128}$/.test(word)) return word
  throw new InvalidArgumentError(`'${word}' is not a subject: 1 to 128 visible ASCII characters without spaces.`)
}
