import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { emfMeter, type Measurement, memoryMeter, serviceOf } from '../../../reactive/metering.ts'
import { dimensions, type MetricName, metricNames, termsOfMetric } from '../../../reactive/metrics.ts'

type Directive = { Namespace: string; Dimensions: string[][]; Metrics: { Name: MetricName; Unit: string }[] }
type Document = { _aws: { Timestamp: number; CloudWatchMetrics: Directive[] } } & Record<string, unknown>

const meterOf = (source = '/payments') => {
  const written: Document[] = []
  const write = (line: string) => {
    written.push(JSON.parse(line) as Document)
  }
  return { written, ...emfMeter({ source, namespace: 'Neverstop/test', clock: () => 1_700_000_000_000, write }) }
}

/** What CloudWatch makes of a document: every value under every set of dimensions of its directive. */
const read = (documents: readonly Document[]) =>
  documents.flatMap((document) =>
    document._aws.CloudWatchMetrics.flatMap(({ Dimensions, Metrics }) =>
      Metrics.flatMap(({ Name }) =>
        Dimensions.flatMap((set) =>
          [document[Name]].flat().map((value) => ({
            name: Name,
            value: value as number,
            dimensions: Object.fromEntries(set.map((dimension) => [dimension, document[dimension] as string])),
          })),
        ),
      ),
    ),
  )

/** What should be read of measurements. */
const published = (taken: readonly Measurement[]) =>
  taken.flatMap(({ name, value, dimensions }) =>
    termsOfMetric(name).by.map((set) => ({
      name,
      value,
      dimensions: Object.fromEntries(set.map((dimension) => [dimension, dimensions[dimension]!])),
    })),
  )

const sorted = (all: readonly unknown[]) => all.map((one) => JSON.stringify(one)).toSorted()

describe('a meter of embedded metrics', () => {
  test('writes nothing when nothing was measured', () => {
    const { written, flush } = meterOf()
    flush()
    expect(written).toEqual([])
  })

  test('writes what an invocation measured as one document', () => {
    const { written, measure, flush } = meterOf()
    for (const ms of [12, 15]) {
      measure('MessagesHandled', 1, { edge: 'payments-commands' })
      measure('MessageTime', ms, { edge: 'payments-commands' })
    }
    flush()
    expect(written).toEqual([
      {
        _aws: {
          Timestamp: 1_700_000_000_000,
          CloudWatchMetrics: [
            {
              Namespace: 'Neverstop/test',
              Dimensions: [['service', 'edge']],
              Metrics: [
                { Name: 'MessagesHandled', Unit: 'Count' },
                { Name: 'MessageTime', Unit: 'Milliseconds' },
              ],
            },
          ],
        },
        service: 'payments',
        edge: 'payments-commands',
        MessagesHandled: [1, 1],
        MessageTime: [12, 15],
      },
    ])
  })

  test('puts metrics with other sets of dimensions into the same document', () => {
    const { written, measure, flush } = meterOf()
    measure('MessagesHandled', 1, { edge: 'payments-commands' })
    measure('PartnerCalls', 1, { partner: 'acquirer' })
    measure('MessagesFailed', 1, { edge: 'payments-commands', class: 'transient' })
    flush()
    expect(written).toHaveLength(1)
    expect(written[0]!._aws.CloudWatchMetrics.map(({ Dimensions }) => Dimensions)).toEqual([
      [['service', 'edge']],
      [['service', 'partner']],
      [
        ['service', 'edge'],
        ['service', 'edge', 'class'],
      ],
    ])
  })

  test('begins another document where a dimension would have two values', () => {
    const { written, measure, flush } = meterOf()
    measure('MessagesFailed', 1, { edge: 'payments-commands', class: 'transient' })
    measure('MessagesFailed', 1, { edge: 'payments-commands', class: 'poison' })
    flush()
    expect(written.map((document) => document.class)).toEqual(['transient', 'poison'])
  })

  test('begins another document after the hundred values that one may have', () => {
    const { written, measure, flush } = meterOf('/ordering')
    for (let ms = 0; ms < 250; ms++) measure('MessageTime', ms, { edge: 'ordering-relay' })
    flush()
    expect(written.map(({ MessageTime }) => (MessageTime as number[]).length)).toEqual([100, 100, 50])
    expect(written.every(({ edge }) => edge === 'ordering-relay')).toBe(true)
  })

  test('forgets what it has written', () => {
    const { written, measure, flush } = meterOf('/ordering')
    measure('OrdersPlaced', 1)
    flush()
    flush()
    expect(written).toHaveLength(1)
  })

  test('loses no value and invents none, whatever is measured', () => {
    const valuesOf = (dimension: keyof typeof dimensions) => {
      const terms = dimensions[dimension]
      return 'values' in terms ? terms.values : ['a', 'b']
    }
    const measurement = fc.constantFrom(...metricNames).chain((name) =>
      fc.record({
        name: fc.constant(name),
        value: fc.integer({ min: 0, max: 1_000 }),
        dimensions: fc.record(
          Object.fromEntries(
            [...new Set(termsOfMetric(name).by.flat())]
              .filter((dimension) => dimension !== 'service')
              .map((dimension) => [dimension, fc.constantFrom(...valuesOf(dimension))]),
          ),
        ),
      }),
    )
    fc.assert(
      fc.property(fc.array(measurement, { maxLength: 60 }), (all) => {
        const { written, measure, flush } = meterOf('/saga')
        const memory = memoryMeter('/saga')
        for (const meter of [measure, memory.measure] as ((...it: unknown[]) => void)[])
          for (const { name, value, dimensions } of all) meter(name, value, dimensions)
        flush()
        expect(sorted(read(written))).toEqual(sorted(published(memory.taken)))
      }),
    )
  })
})

describe('a service', () => {
  test.each([
    ['/payments', 'payments'],
    ['/partners/acquirer', 'partners'],
    ['/saga', 'saga'],
  ])('of %s is %s', (source, service) => expect(serviceOf(source)).toBe(service))
})

describe('a measurement', () => {
  /** The compiler is the test: each marked line has to be refused, or the mark is an error itself. */
  test('that the catalogue does not know, or not in this way, does not compile', () => {
    const { taken, measure } = memoryMeter()
    measure('OrdersPlaced', 1)
    measure('MessagesHandled', 1, { edge: 'payments-commands' })
    // @ts-expect-error: the catalogue does not know it
    measure('OrdersPlcaed', 1)
    // @ts-expect-error: the edge is missing
    measure('MessagesHandled', 1)
    // @ts-expect-error: the class is missing
    measure('MessagesFailed', 1, { edge: 'payments-commands' })
    // @ts-expect-error: there is no such class
    measure('MessagesFailed', 1, { edge: 'payments-commands', class: 'bad' })
    // @ts-expect-error: it is not told apart by a class
    measure('MessagesHandled', 1, { edge: 'payments-commands', class: 'poison' })
    // @ts-expect-error: it is told apart by nothing but the service
    measure('OrdersPlaced', 1, { edge: 'payments-commands' })
    expect(taken).toHaveLength(8)
  })
})
