import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import type { Figure } from '../../bench/measure.ts'
import { calibration } from '../../cli/capacity/calibration.ts'
import { describePlan } from '../../cli/capacity/describe.ts'
import { planOf } from '../../cli/capacity/plan.ts'
import { markdownTable } from '../../cli/markdown.ts'
import { stageFrom } from '../../infra/stages.ts'
import { shards } from '../../reactive/shard.ts'

type Part = { readonly machine: { readonly cpu: string; readonly cores: number }; readonly figures: readonly Figure[] }

const read = (path: string) => readFileSync(path, 'utf8')
const results = JSON.parse(read('bench/results.json')) as Readonly<Record<string, Part>>

/** The figure of a part of the benchmark that is called so. */
const figureOf = (part: string, name: string): Figure => {
  const found = results[part]?.figures.find((figure) => figure.name === name)
  if (found) return found
  throw new Error(`bench/results.json has no figure '${name}' of '${part}'`)
}

const amount = (value: number, unit: string): string => {
  const text = value.toLocaleString('en', { maximumFractionDigits: 2 })
  if (unit === '$') return `$ ${text}`
  return unit === '/s' ? `${text}/s` : `${text} ${unit}`
}

const rowOf = (part: string, name: string): string[] => {
  const { unit, median, budget, kept } = figureOf(part, name)
  const allowed = budget && ('atMost' in budget ? ['at most', budget.atMost] : ['at least', budget.atLeast])
  return [
    name,
    `\`${part}\``,
    amount(median, unit),
    allowed ? `${allowed[0]} ${amount(Number(allowed[1]), unit)}` : '',
    kept === undefined ? '' : kept ? 'kept' : '**missed**',
  ]
}

describe('what the README says was measured', () => {
  const [, section = ''] = /^## What was measured\n([\s\S]*?)^## /m.exec(read('README.md')) ?? []
  const lines = section.split('\n').filter((line) => line.startsWith('|'))
  const told = lines.slice(2).map((line) => line.split('|').map((cell) => cell.trim()))
  const figures = told.map(([, name = '', part = '']) => [part.replaceAll('`', ''), name] as const)

  test('is what bench/results.json has', () => {
    const rows = figures.map(([part, name]) => rowOf(part, name))
    expect(rows.length).toBeGreaterThan(5)
    expect(lines).toEqual(markdownTable(['figure', 'part', 'measured', 'budget', ''], rows))
  })

  test('has every budget that is missed', () => {
    const missed = Object.entries(results).flatMap(([part, { figures }]) =>
      figures.filter(({ kept }) => kept === false).map(({ name }) => [part, name]),
    )
    for (const figure of missed) expect(figures).toContainEqual(figure)
  })

  test('names the machine', () => {
    for (const { machine } of Object.values(results)) expect(machine).toMatchObject({ cpu: 'AMD EPYC', cores: 2 })
    expect(section).toContain('two cores of an AMD EPYC')
  })
})

describe('what pages say in passing', () => {
  test('of a plan for 20 orders a second is what the plan says', async () => {
    const measured = await calibration()
    const { concurrency, admission } = stageFrom((option) => (option === 'stage' ? 'prod' : undefined))
    const plan = planOf(measured, {
      ordersPerSecond: 20,
      region: 'eu-central-1',
      concurrency,
      admission: admission.rate,
      shards: shards.length,
      hottest: 0.2,
      on: 'account',
    })
    const [, atOnce, upTo, usd] =
      /([\d.]+) executions at once[\s\S]*breaks first: instances of saga-coordinator, at (\d+) orders[\s\S]*\$ ([\d,]+) at list price/.exec(
        describePlan(plan, measured.how),
      )!
    expect(read('docs/patterns/s1-capacity-planning.md')).toContain(
      `${atOnce} executions at once; $ ${usd} a month; of the stage's limits the ${concurrency} instances of the coordinator would be used up first, at ${upTo} orders a second`,
    )
  })

  test('of the time that an order takes is what was measured', () => {
    const { median } = figureOf('cloud', 'placed to confirmed, one order at a time')
    expect(read('docs/patterns/s2-capacity-testing.md')).toContain(`an order takes ${(median / 1_000).toFixed(2)} s`)
    expect(read('README.md')).toContain(`instead of ${(median / 1_000).toFixed(1)}.`)
  })

  test('of the price of alarms is what the bill says', () => {
    const bill = read('docs/deploy.md')
    const [metrics, composites] = ['metrics that alarms look at', 'composite alarms'].map((what) =>
      Number(new RegExp(`^\\| ${what} +\\|[^|]+\\| +([\\d.]+) \\|`, 'm').exec(bill)![1]),
    ) as [number, number]
    expect(read('docs/patterns/o3-alarms.md')).toContain(
      `${(metrics + composites).toFixed(2)} dollars a month and stage at list prices, ${metrics.toFixed(2)} for the metrics that alarms look at and ${composites.toFixed(2)} for composites`,
    )
  })
})
