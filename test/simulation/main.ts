import { table } from '../../cli/table.ts'
import { toldTo } from '../../cli/tool.ts'
import { refusalOf } from '../../local/nearest.ts'
import { bugs } from './bugs.ts'
import { cells, failures, wordOf } from './cells.ts'
import { huntFor } from './hunting.ts'
import { lifeBugs } from './life-bugs.ts'
import { brokenLife, huntInLives } from './lives.ts'
import { matrix, otherWays, pairs, scenarios, singleFaults } from './matrix.ts'
import { type Result, run } from './run.ts'
import { schedule, shrink } from './shrink.ts'
import { missedIn, runs, runsInParallel, type Summary } from './summary.ts'
import { theatre } from './theatre.ts'
import { nameOf, statesSeen, verbRows, words } from './verbs.ts'
import { manners, wordRows } from './words.ts'

const usage = `npm run simulate -- …
  --sagas 100000             many runs over all cores, and the first that fails as small as it gets in a minute
  --schedules 200            the same, counted in runs
  --seed 7                   alone: one run with its transcript, exactly as it was; else the first seed of many
  --seed 7 --shrink          the fewest strokes and actors with which that run still fails
  --strokes A,B --actors 0,2 leave all but these out of a run
  --orders 5 --trips 3       how many of each a run has
  --definitions 20000        lives of sagas of that many definitions, whatever can be built, from --seed on
  --bugs                     plant every known bug, and say at which seed it was found
  --matrix                   every single fault at every place of every saga's ways
  --pairs forward            every pair of faults on one way
  --stride N                 of --matrix and --pairs only each N-th
  --steps                    every failure of every step of every saga
  --verbs                    every word of an operator in every state
  --json                     for machines
Exit code 1 on a violation, 2 on a fault that never struck in a run of 200 schedules or more.`

const { values } = toldTo({
  usage,
  options: {
    seed: { type: 'number' },
    sagas: { type: 'number', least: 1 },
    schedules: { type: 'number', least: 1 },
    orders: { type: 'number' },
    trips: { type: 'number' },
    strokes: { type: 'string' },
    actors: { type: 'numbers' },
    shrink: { type: 'boolean' },
    json: { type: 'boolean' },
    part: { type: 'string' },
    matrix: { type: 'boolean' },
    pairs: { type: 'string' },
    definitions: { type: 'number', least: 1 },
    stride: { type: 'number', least: 1 },
    bugs: { type: 'boolean' },
    steps: { type: 'boolean' },
    verbs: { type: 'boolean' },
  },
})

const { seed = 1, orders = 5, trips = 3, stride = 1, actors } = values
const size = { orders, trips }
if (orders + trips === 0) {
  console.error('A run of no orders and no trips proves nothing: say --orders or --trips.')
  process.exit(2)
}
/** What a command must say as well to mean runs of this size. */
const sized = (['orders', 'trips'] as const).flatMap((word) =>
  values[word] === undefined ? [] : [`--${word} ${values[word]}`],
)
const say = (data: unknown, text: string) => console.log(values.json ? JSON.stringify(data) : text)

const tellMatrix = async () => {
  const { rows, tried, broken } = await matrix([...scenarios(), ...otherWays()], stride)
  say(
    { faults: singleFaults, rows, tried, broken },
    `${table(['', ...singleFaults], rows)}\n${tried} single faults, ${broken.length} with a violation`,
  )
  return broken.length > 0 ? 1 : 0
}

const tellPairs = async (wanted: string) => {
  const known = [...scenarios(), ...otherWays()]
  const scenario = known.find(({ name }) => name === wanted)
  if (!scenario) {
    console.error(
      refusalOf(
        'way',
        wanted,
        known.map(({ name }) => name),
      ),
    )
    return 2
  }
  const { tried, broken } = await pairs(scenario, stride)
  const told = `${scenario.name}: ${tried} pairs of faults, ${broken.length} with a violation`
  say({ scenario: scenario.name, tried, broken }, [told, ...broken].join('\n'))
  return broken.length > 0 ? 1 : 0
}

/** What is played without a coordinator, in the lives of any definition. */
const machine = /^sagas\/engine\/(transition|advance|silence|acts|outstanding|item)\.ts$/

const tellBugs = async () => {
  const rows: string[][] = []
  const found: object[] = []
  let missed = 0
  for (const bug of [...bugs, ...lifeBugs]) {
    const { name, breaks, file } = bug
    const isOfLives = lifeBugs.includes(bug)
    const run = isOfLives ? undefined : await huntFor(name, 1_000)
    const life = isOfLives || machine.test(file) ? await huntInLives(name, 2_000) : undefined
    const first = isOfLives ? life : run
    if (!first) missed += 1
    found.push({ name, breaks, seed: run?.seed ?? null, life: life?.life ?? null, violation: first?.violation ?? null })
    const at = [run?.seed, life?.life].map((number) => String(number ?? '–'))
    rows.push([name, breaks, ...at, first?.violation.slice(0, 100) ?? 'not found'])
  }
  say(
    found,
    `${table(['bug', 'what it breaks', 'found at seed', 'in life', 'by'], rows)}\n${rows.length} bugs, ${missed} not found`,
  )
  return missed > 0 ? 1 : 0
}

const tellLives = (lives: number) => {
  const started = performance.now()
  const broken = brokenLife(lives, seed)
  const perSecond = Math.round((broken?.life ?? lives) / ((performance.now() - started) / 1_000))
  const told = broken
    ? [
        `seed ${seed}, life ${broken.life}: ${broken.violation}`,
        `definition ${JSON.stringify(broken.shape)}`,
        `tape ${JSON.stringify(broken.tape)}`,
      ]
    : [`${lives} lives of sagas of any definition, ${perSecond}/s: none broken`]
  say({ lives, seed, perSecond, ...(broken ? { broken } : {}) }, told.join('\n'))
  return broken ? 1 : 0
}

const tellSteps = async () => {
  const rows = await cells(theatre().stage.definitions)
  const told = rows.map(({ saga, step, direction, cells: its }) => [saga, step, direction, ...its.map(wordOf)])
  const broken = told.flat().filter((word) => word.startsWith('✗')).length
  const tried = rows.flatMap(({ cells: its }) => its).filter((cell) => 'outcome' in cell).length
  const signals = await wordRows(theatre().stage.definitions)
  const said = signals.map(({ saga, step, cells: its }) => [saga, step, ...its.map(wordOf)])
  const misheard = said.flat().filter((word) => word.startsWith('✗')).length
  say(
    { steps: rows, signals },
    [
      table(['saga', 'step', 'way', ...failures], told),
      `${tried} failures, ${broken} with a violation`,
      table(['saga', 'signal', ...manners], said),
      `${said.length} signals, ${misheard} violations`,
    ].join('\n'),
  )
  return broken + misheard > 0 ? 1 : 0
}

const tellVerbs = async () => {
  const rows = verbRows(theatre().stage.definitions, await statesSeen(60))
  const wrong = rows.flatMap((row) => row.wrong)
  say(
    rows,
    `${table(
      ['state of saga and step', ...words.map(nameOf)],
      rows.map(({ state, verdicts }) => [state, ...verdicts]),
    )}\n${rows.length} states, ${wrong.length} violations`,
  )
  return wrong.length > 0 ? 1 : 0
}

const endOf = ({ ended, virtualSeconds }: Result) =>
  `${ended.done} done, ${ended.undone} undone, ${ended.operator} by an operator in ${virtualSeconds} s of virtual time`

const tellRun = async () => {
  const strokes = values.strokes?.split(',').filter((word) => word !== '')
  const only = { ...(strokes ? { strokes: new Set(strokes) } : {}), ...(actors ? { actors: new Set(actors) } : {}) }
  const result = await run(seed, { ...size, ...only, transcript: true })
  const { transcript, violations, cast } = result
  const present = cast.flatMap((does, index) => (!actors || actors.includes(index) ? [`${index}: ${does}`] : []))
  say(
    result,
    [
      ...present,
      '',
      ...transcript,
      '',
      `seed ${seed}: ${endOf(result)}`,
      ...(violations.length > 0 ? violations : ['no violation']),
    ].join('\n'),
  )
  return violations.length > 0 ? 1 : 0
}

const tellShrunk = async () => {
  const shrunk = await shrink(seed, { ...size, transcript: true })
  if (!shrunk) {
    say(null, `seed ${seed}: no violation, so nothing to shrink`)
    return 0
  }
  const { strokes, actors, violation, runs: tried, result } = shrunk
  say(
    { seed, strokes, actors, violation, runs: tried, transcript: result.transcript },
    schedule(seed, shrunk, sized).join('\n'),
  )
  return 1
}

const tellMany = async () => {
  const perSchedule = size.orders + size.trips
  const schedules = values.schedules ?? Math.ceil(values.sagas! / perSchedule)
  const started = performance.now()
  const sum = await runsInParallel(seed, schedules, size)
  const perSecond = Math.round(sum.sagas / ((performance.now() - started) / 1_000))
  const missed = missedIn(sum)
  const first = sum.violations[0]
  // The first failure is told at once, as small as it gets in a minute; the others are a command away.
  const bounds = { runs: 300, milliseconds: 60_000 }
  const shrunk = first && (await shrink(first.seed, { ...size, transcript: true }, bounds))
  const failure = shrunk && {
    seed: first.seed,
    strokes: shrunk.strokes,
    actors: shrunk.actors,
    violation: shrunk.violation,
    transcript: shrunk.result.transcript,
  }
  say(
    { ...sum, perSecond, ...(failure ? { shrunk: failure } : {}) },
    [describe(sum, perSecond), ...(shrunk ? ['', ...schedule(first.seed, shrunk, sized)] : [])].join('\n'),
  )
  if (missed.length > 0)
    console.error(`Never met: ${missed.join(', ')}. A run that never met a fault proves nothing about it.`)
  return sum.violations.length > 0 ? 1 : missed.length > 0 && schedules >= 200 ? 2 : 0
}

const describe = (sum: Summary, perSecond: number): string =>
  [
    `${sum.sagas} sagas in ${sum.schedules} schedules, ${perSecond}/s: ${sum.done} done, ${sum.undone} undone, ${sum.operator} by an operator, ${sum.redriven} redriven`,
    `faults: ${counted(sum.faults)}`,
    `situations: ${counted(sum.situations)}`,
    ...sum.violations.map(
      ({ seed: at, violation }) =>
        `seed ${at}: ${violation}\n  ${['npm run simulate --', ...sized].join(' ')} --seed ${at} --shrink`,
    ),
    sum.violations.length > 0 ? `${sum.violations.length} violations` : 'no violation',
  ].join('\n')

const counted = (counts: Readonly<Record<string, number>>) =>
  Object.entries(counts)
    .map(([kind, count]) => `${kind} ${count}`)
    .join(', ')

if (values.part) {
  const [from, many] = values.part.split(':').map(Number)
  // Thousands of errors are thrown in a run, and nobody reads where.
  Error.stackTraceLimit = 0
  console.log(JSON.stringify(await runs(from!, many!, size)))
} else if (values.matrix) process.exitCode = await tellMatrix()
else if (values.pairs !== undefined) process.exitCode = await tellPairs(values.pairs)
else if (values.steps) process.exitCode = await tellSteps()
else if (values.verbs) process.exitCode = await tellVerbs()
else if (values.definitions !== undefined) process.exitCode = tellLives(values.definitions)
else if (values.bugs) process.exitCode = await tellBugs()
else if (values.shrink) process.exitCode = await tellShrunk()
else if (values.sagas !== undefined || values.schedules !== undefined) process.exitCode = await tellMany()
else process.exitCode = await tellRun()
