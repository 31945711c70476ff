/** Whether the thing that a lab is about is there. */
export type Arm = 'without' | 'with'
export const arms = ['without', 'with'] as const satisfies readonly Arm[]

/** `small` is enough to see the direction, in about a second; `full` is what pages quote. */
export const scales = ['small', 'full'] as const
export type Scale = (typeof scales)[number]

/** Everything that a run depends on: the same terms give the same figures on every machine. */
export type Terms = { readonly seed: number; readonly scale: Scale }

/** What a figure is counted in, and what it says. */
export type Figure = { readonly unit: 'count' | 'ms' | 's' | '%' | 'ratio' | '/s'; readonly meaning: string }

/** Figures by name. */
export type Figures<Name extends string = string> = Readonly<Record<Name, number>>

/** An experiment about one concept: the same load on the same world, with it and without it. */
export type Lab<Name extends string = string> = {
  /** As it is asked for, and as its file is called. */
  readonly name: string
  /** Of the concept, as in `docs/patterns`. */
  readonly concept: string
  readonly title: string
  /** What it shows, in one sentence that `holds` checks. */
  readonly claim: string
  /** What each arm is, in a few words. */
  readonly arms: Readonly<Record<Arm, string>>
  /** What is measured, in the order in which people read it. */
  readonly figures: Readonly<Record<Name, Figure>>
  /** Runs one arm. It decides with production code, in a world of virtual time; it reads no clock and no chance but the seed's. */
  readonly run: (arm: Arm, terms: Terms) => Figures<Name>
  /** The claim, asked of the figures: its direction, not its size. */
  readonly holds: (without: Figures<Name>, and: Figures<Name>) => boolean
}

/** Both arms of a lab. */
export type Result = {
  readonly lab: string
  readonly concept: string
  readonly claim: string
  readonly holds: boolean
  readonly seed: number
  readonly scale: Scale
  readonly without: Figures
  readonly with: Figures
  /** With, by without; absent where that says nothing. */
  readonly ratio: Readonly<Record<string, number | undefined>>
}

/**
 * Says what a lab is; the names of its figures are checked against what it measures.
 *
 * @example
 * export const breakerLab = lab({ name: 'breaker', concept: 'A3', figures: { attempts: { unit: 'count', meaning: '…' } }, … })
 */
export const lab = <Name extends string>(its: Lab<Name>): Lab => its as unknown as Lab

/**
 * Runs both arms of a lab on the same terms.
 *
 * @throws Error when an arm does not measure what the lab says that it measures: a figure that is missing, strange or no
 * number proves nothing.
 */
export const runLab = (its: Lab, terms: Terms): Result => {
  const [without, and] = arms.map((arm) => measured(its, arm, its.run(arm, terms))) as [Figures, Figures]
  return {
    lab: its.name,
    concept: its.concept,
    claim: its.claim,
    holds: its.holds(without, and),
    ...terms,
    without,
    with: and,
    ratio: Object.fromEntries(Object.keys(its.figures).map((name) => [name, ratioOf(without[name]!, and[name]!)])),
  }
}

const measured = (its: Lab, arm: Arm, figures: Figures): Figures => {
  const [said, found] = [Object.keys(its.figures), Object.keys(figures)]
  const wrong = [
    ...said.filter((name) => !found.includes(name)).map((name) => `${name} is missing`),
    ...found.filter((name) => !said.includes(name)).map((name) => `${name} is not among its figures`),
    ...found.filter((name) => !Number.isFinite(figures[name])).map((name) => `${name} is ${figures[name]}`),
  ]
  if (wrong.length > 0) throw new Error(`Lab ${its.name}, ${arm}: ${wrong.join(', ')}.`)
  return figures
}

const ratioOf = (without: number, and: number): number | undefined =>
  without === 0 ? undefined : Number((and / without).toPrecision(3))
