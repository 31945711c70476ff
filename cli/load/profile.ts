/** A stretch of a profile: the rate goes evenly from one share of the peak to another, for a share of the whole time. */
export type Stretch = { readonly from: number; readonly to: number; readonly time: number }

const level = (share: number, time: number): Stretch => ({ from: share, to: share, time })

/**
 * The shapes that offered load can have. The rate that is asked for is always the highest of the profile, so that nobody
 * meets a system with more than they named.
 *
 * @see https://grafana.com/docs/k6/latest/testing-guides/test-types/ (the field's names for these shapes)
 */
export const profiles = {
  steady: { meaning: 'the rate, all the time', stretches: [level(1, 1)], lasts: 30_000 },
  ramp: {
    meaning: 'from a tenth of the rate up to it, and a fifth of the time there',
    stretches: [{ from: 0.1, to: 1, time: 0.8 }, level(1, 0.2)],
    lasts: 60_000,
  },
  spike: {
    meaning: 'a quarter of the rate, all of it for a fifth of the time, and a quarter again',
    stretches: [level(0.25, 0.4), level(1, 0.2), level(0.25, 0.4)],
    lasts: 60_000,
  },
  soak: {
    meaning: 'the rate for so long that what grows slowly shows: the last quarter is held against the first',
    stretches: [level(1, 0.25), level(1, 0.25), level(1, 0.25), level(1, 0.25)],
    lasts: 1_800_000,
  },
  stress: {
    meaning: 'eight steps, from an eighth of the rate up to it',
    stretches: Array.from({ length: 8 }, (_, step) => level((step + 1) / 8, 1 / 8)),
    lasts: 120_000,
  },
} as const satisfies Record<string, { meaning: string; stretches: readonly Stretch[]; lasts: number }>

export type ProfileName = keyof typeof profiles
export const profileNames = Object.keys(profiles) as readonly ProfileName[]

/** A stretch in time and arrivals. Milliseconds; rates in arrivals a second; `expected` arrivals come in it on average. */
export type Leg = {
  readonly begin: number
  readonly end: number
  readonly from: number
  readonly to: number
  readonly expected: number
}

/**
 * A profile laid out in time.
 *
 * @param rate the peak, in arrivals a second.
 * @param millis how long it lasts.
 *
 * @example
 * legsOf('spike', 40, 10_000).map(({ expected }) => expected) // [40, 80, 40]
 */
export const legsOf = (profile: ProfileName, rate: number, millis: number): Leg[] => {
  let begin = 0
  return profiles[profile].stretches.map(({ from, to, time }) => {
    const end = begin + time * millis
    const leg = {
      begin,
      end,
      from: from * rate,
      to: to * rate,
      expected: (((from + to) / 2) * rate * (end - begin)) / 1_000,
    }
    begin = end
    return leg
  })
}

/** How many arrivals a profile has on average. */
export const expectedArrivals = (profile: ProfileName, rate: number, millis: number): number =>
  legsOf(profile, rate, millis).reduce((sum, { expected }) => sum + expected, 0)
