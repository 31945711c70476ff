import { execFileSync } from 'node:child_process'
import { type Figure, figure, repeated } from './measure.ts'

/** The simulation with all faults and checks on, over all cores, as `npm run simulate` runs it. */
export const simulationFigures = async (): Promise<Figure[]> => {
  let seed = 1
  const rates = await repeated(2, () => {
    seed += 10_000
    const args = ['test/simulation/main.ts', '--sagas', '16000', '--seed', String(seed), '--json']
    const { perSecond, violations } = JSON.parse(
      execFileSync(process.execPath, args, { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }),
    )
    if (violations.length > 0) throw new Error(`The simulation found violations: ${JSON.stringify(violations[0])}`)
    return perSecond as number
  })
  return [figure('simulated sagas, production code, all faults and checks', '/s', rates, { atLeast: 1_000 })]
}
