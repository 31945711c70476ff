import { exitCodes, Failure } from '../../local/failure.ts'
import { formatSpan } from '../format.ts'
import type { MixName } from './mix.ts'
import { expectedArrivals, type ProfileName, profiles } from './profile.ts'

/** What somebody wants a load to be; the time is the profile's where nobody says. Milliseconds. */
export type Wanted = {
  readonly profile: ProfileName
  readonly rate: number
  readonly for?: number
  readonly mix: MixName
}

/** More a second would measure one process of Node, and a run is one process. */
const highestRate = 1_000
const shortestRun = 1_000
const longestRun = 24 * 3_600_000
/** What a run keeps in memory is kept for each request. */
const mostRequests = 100_000

/**
 * The terms of a load, where one process can carry it out and something comes of it.
 *
 * @throws Failure naming what is too much or too little.
 *
 * @example
 * checkedTerms({ profile: 'steady', rate: 5, mix: 'usual' }).millis // 30_000
 */
export const checkedTerms = ({ profile, rate, for: millis = profiles[profile].lasts, mix }: Wanted) => {
  const refuse = (message: string, remedy: string): never => {
    throw new Failure(message, { remedy, exitCode: exitCodes.usage })
  }
  if (!(rate > 0) || rate > highestRate)
    refuse(`a rate of ${rate} requests a second is not possible`, `choose one above 0 and up to ${highestRate}`)
  if (!(millis >= shortestRun) || millis > longestRun)
    refuse(
      `a load cannot last ${Number.isFinite(millis) ? formatSpan(millis) : millis}`,
      `choose from ${formatSpan(shortestRun)} to ${formatSpan(longestRun)}`,
    )
  const expected = expectedArrivals(profile, rate, millis)
  if (expected > mostRequests)
    refuse(
      `${Math.round(expected).toLocaleString('en')} requests are too many for one run`,
      `choose a rate and a time that make at most ${mostRequests.toLocaleString('en')}`,
    )
  if (expected < 1)
    refuse(
      `at most ${rate} a second for ${formatSpan(millis)} is less than one request`,
      'choose a higher rate or a longer time',
    )
  return { profile, rate, millis, mix }
}
