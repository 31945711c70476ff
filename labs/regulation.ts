import { minutes, seconds } from '../reactive/time.ts'
import { lab } from './lab.ts'
import { capacity, type Flow, goodput, orderFlow } from './order-flow.ts'
import { steady } from './simulator/arrivals.ts'
import { percentile } from './simulator/figures.ts'

/** Offered load in parts of what the platform can do. */
const loads = { Quarter: 0.25, Half: 0.5, Full: 1, Twice: 2, Four: 4 } as const
type Load = keyof typeof loads

export const objective = seconds(30)
const deadline = minutes(5)
/** Measured from here on: the first orders find an empty house. */
const warm = seconds(30)

const inTime = (perSecond: number) => Number(perSecond.toFixed(2))

/** Load regulation: orders are let in while they can be done in time, or whenever they come. */
export const regulation = lab({
  name: 'regulation',
  concept: 'S3',
  title: 'Load regulation at the edge',
  claim:
    'At four times its capacity a regulated platform still does nine tenths of its best in time, all that it admitted, while an unregulated one does less than half.',
  arms: { without: 'every order admitted', with: 'admitted by the age of the backlog' },
  figures: {
    goodputQuarter: { unit: '/s', meaning: 'orders confirmed in time, offered a quarter of the capacity' },
    goodputHalf: { unit: '/s', meaning: 'orders confirmed in time, offered half of the capacity' },
    goodputFull: { unit: '/s', meaning: 'orders confirmed in time, offered the capacity' },
    goodputTwice: { unit: '/s', meaning: 'orders confirmed in time, offered twice the capacity' },
    goodputFour: { unit: '/s', meaning: 'orders confirmed in time, offered four times the capacity' },
    p99Four: { unit: 'ms', meaning: '99th percentile from admission to confirmation, at four times the capacity' },
    lateFour: {
      unit: 'count',
      meaning: 'orders that were admitted and not confirmed in time, at four times the capacity',
    },
    lost: { unit: 'count', meaning: 'orders that were admitted and are neither confirmed nor under way' },
  },
  run: (arm, { seed, scale }) => {
    const until = scale === 'small' ? seconds(180) : minutes(10)
    const offered = (load: Load): Flow => {
      const most = loads[load] * capacity
      return orderFlow({ seed, rate: steady(most), most, until, objective, deadline, regulated: arm === 'with' })
    }
    const flows = Object.fromEntries((Object.keys(loads) as Load[]).map((load) => [load, offered(load)])) as Record<
      Load,
      Flow
    >
    const good = (load: Load) => inTime(goodput(flows[load], objective, warm, until))
    const times = flows.Four.admitted.map(({ placedAt, doneAt }) => Math.min(doneAt, until + objective) - placedAt)
    return {
      goodputQuarter: good('Quarter'),
      goodputHalf: good('Half'),
      goodputFull: good('Full'),
      goodputTwice: good('Twice'),
      goodputFour: good('Four'),
      p99Four: Math.round(
        percentile(
          times.toSorted((a, b) => a - b),
          0.99,
        ),
      ),
      lateFour: flows.Four.admitted.filter(({ placedAt, doneAt }) => doneAt - placedAt > objective).length,
      lost: Object.values(flows).reduce((sum, flow) => sum + lostIn(flow), 0),
    }
  },
  holds: (without, and) =>
    and.goodputFour >= 0.9 * peak(and) &&
    without.goodputFour < 0.5 * peak(without) &&
    and.p99Four <= objective &&
    and.lost === 0,
})

const lostIn = ({ admitted, underWay }: Flow): number =>
  admitted.filter(({ doneAt }) => !Number.isFinite(doneAt)).length - underWay()

const peak = (of: Readonly<Record<`goodput${Load}`, number>>): number =>
  Math.max(...(Object.keys(loads) as Load[]).map((load) => of[`goodput${load}`]))
