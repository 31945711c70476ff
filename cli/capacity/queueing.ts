/** One place where work waits for servers. Rates are a second, times seconds. */
export type Station = {
  readonly arrivals: number
  /** Mean time of one piece of work. */
  readonly service: number
  /** Squared coefficient of variation: 1 for exponential times and Poisson arrivals, 0 for what is always alike. */
  readonly serviceVariation: number
  readonly arrivalVariation: number
  readonly servers: number
}

export type Queueing = {
  /** Servers busy on average (Little's law: arrivals × service). */
  readonly busy: number
  /** `busy` over the servers there are; from 1 on the queue grows without end. */
  readonly utilisation: number
  /** Probability that work has to wait. */
  readonly waiting: number
  /** Mean time in the queue in seconds; infinite at a utilisation from 1 on. */
  readonly delay: number
  /** 99 of 100 wait at most so long, in seconds. */
  readonly delay99: number
  /** Work in the queue on average (Little's law again: arrivals × delay). */
  readonly queued: number
}

/**
 * How long work waits at a station: Erlang's formula for many servers, corrected for how much arrivals and services vary
 * as Allen and Cunneen do it. Exact for Poisson arrivals with exponential services (M/M/c), an approximation elsewhere.
 *
 * @throws RangeError when a number is negative or not finite, or there is no server.
 *
 * @see A. O. Allen, Probability, Statistics, and Queueing Theory (1990), ch. 5; J. D. C. Little, A Proof for the Queuing
 * Formula L = λW (1961)
 *
 * @example
 * queueingOf({ arrivals: 8, service: 0.1, serviceVariation: 1, arrivalVariation: 1, servers: 1 }).delay // 0.4
 */
export const queueingOf = (station: Station): Queueing => {
  const { arrivals, service, serviceVariation, arrivalVariation, servers } = station
  for (const [name, value] of Object.entries(station))
    if (!(value >= 0 && Number.isFinite(value))) throw new RangeError(`${name} is ${value}, which no station has`)
  if (!Number.isInteger(servers) || servers < 1) throw new RangeError(`a station has ${servers} servers`)
  const busy = arrivals * service
  const utilisation = busy / servers
  if (utilisation >= 1) {
    const endless = Number.POSITIVE_INFINITY
    return { busy, utilisation, waiting: 1, delay: endless, delay99: endless, queued: endless }
  }
  const waiting = erlangC(servers, busy)
  const spread = (arrivalVariation + serviceVariation) / 2
  // How long one waits who has to wait; exponential in M/M/c, and taken for that elsewhere.
  const whoWaits = (service * spread) / (servers * (1 - utilisation))
  const delay = waiting * whoWaits
  return {
    busy,
    utilisation,
    waiting,
    delay,
    delay99: waiting <= 0.01 ? 0 : whoWaits * Math.log(waiting / 0.01),
    queued: arrivals * delay,
  }
}

/**
 * The probability that all of `servers` are busy when they are offered `load` of work (Erlang C), by the recurrence of
 * Erlang B, which neither overflows nor cancels.
 */
export const erlangC = (servers: number, load: number): number => {
  if (load >= servers) return 1
  let blocked = 1
  for (let n = 1; n <= servers; n++) blocked = (load * blocked) / (n + load * blocked)
  return (servers * blocked) / (servers - load * (1 - blocked))
}
