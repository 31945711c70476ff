import { readFileSync, writeFileSync } from 'node:fs'
import { markdownTable } from '../cli/markdown.ts'
import type { Dimension } from '../events/metric.ts'
import { combinationsOf, dimensions, metricNames, namespaceOf, termsOfMetric } from '../reactive/metrics.ts'

/**
 * Documents that are made of the code. `npm run documents` writes them; `test/unit/documents.test.ts` fails when one
 * says something else than the code.
 */
export type GeneratedDocument = { readonly path: string; readonly make: () => string }

/** List price of a custom metric for a month, among the first ten thousand of an account. */
const dollarsAMetric = 0.3

const metricsDocument = (): string => {
  const sum = (names: typeof metricNames) => names.reduce((all, name) => all + combinationsOf(name), 0)
  const total = sum(metricNames)
  const always = metricNames.filter((name) => termsOfMetric(name).everyRunOf)
  return `# Metrics

Made of the catalogue in \`reactive/metrics.ts\` and \`events/metrics.ts\` by \`npm run documents\`. Namespace: \`${namespaceOf('<stage>')}\`. Emitted as embedded metric format, one line an invocation, so that measuring makes no call.

${markdownTable(
  ['metric', 'unit', 'by', 'statistics', 'at most', 'meaning', 'measured in'],
  metricNames.map((name) => {
    const { unit, by, statistics, meaning, emittedBy } = termsOfMetric(name)
    return [
      `\`${name}\``,
      unit,
      by.map((set) => set.join(', ')).join('; '),
      statistics.join(', '),
      String(combinationsOf(name)),
      meaning,
      `\`${emittedBy}\``,
    ]
  }),
).join('\n')}

## Dimensions

${markdownTable(
  ['dimension', 'values', 'meaning'],
  (Object.keys(dimensions) as Dimension[]).map((name) => {
    const terms = dimensions[name]
    return [name, 'values' in terms ? terms.values.join(', ') : `at most ${terms.most}`, terms.meaning]
  }),
).join('\n')}

## What they cost

CloudWatch bills a metric for each combination of dimension values, by the hour in which it got a value. All names together have at most ${total} combinations, which would be ${Math.round(total * dollarsAMetric)} USD a month at ${dollarsAMetric.toFixed(2)} USD each if every failure, reason and verdict occurred every hour. Scheduled functions measure ${always.map((name) => `\`${name}\``).join(', ')} in every run: these ${sum(always)} are paid although nothing happens, ${(sum(always) * dollarsAMetric).toFixed(2)} USD a month. No dimension takes its values from messages: a reason that the catalogue does not list counts as \`other\`.
`
}

export const generated: readonly GeneratedDocument[] = [{ path: 'docs/metrics.md', make: metricsDocument }]

const fileOf = ({ path }: GeneratedDocument) => new URL(`../${path}`, import.meta.url)

export const committed = (document: GeneratedDocument): string => readFileSync(fileOf(document), 'utf8')

if (import.meta.main) for (const document of generated) writeFileSync(fileOf(document), document.make())
