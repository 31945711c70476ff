import { expect, test } from 'vitest'
import { keyOf, type MetricId, metricStore, type Query } from '../../../local/watch/store.ts'

const minutes = (count: number) => count * 60_000
const errors: MetricId = { namespace: 'AWS/Lambda', name: 'Errors', dimensions: { FunctionName: 'one' } }
const query: Query = { metric: errors, statistic: 'Sum', period: minutes(1) }

test('gives one data point a period, the last one ending at the end, and undefined where nothing came', () => {
  const store = metricStore()
  store.record({ metric: errors, at: minutes(10), value: 1 })
  store.record({ metric: errors, at: minutes(10) + 59_999, value: 2 })
  store.record({ metric: errors, at: minutes(12), value: 5 })
  expect(store.datapoints(query, minutes(13), 4)).toEqual([undefined, 3, undefined, 5])
  expect(store.datapoints(query, minutes(12), 2)).toEqual([3, undefined])
})

test('slides a long period with the minute', () => {
  const store = metricStore()
  for (const at of [1, 2, 3, 4, 5, 6]) store.record({ metric: errors, at: minutes(at), value: at })
  const five: Query = { ...query, period: minutes(5) }
  expect(store.datapoints(five, minutes(6), 1)).toEqual([1 + 2 + 3 + 4 + 5])
  expect(store.datapoints(five, minutes(7), 1)).toEqual([2 + 3 + 4 + 5 + 6])
})

test('tells metrics of other dimensions, names and namespaces apart', () => {
  const store = metricStore()
  const others = [
    { ...errors, dimensions: { FunctionName: 'two' } },
    { ...errors, dimensions: {} },
    { ...errors, dimensions: { FunctionName: 'one', Resource: 'one' } },
    { ...errors, name: 'Invocations' },
    { ...errors, namespace: 'Neverstop' },
  ]
  for (const metric of others) store.record({ metric, at: 0, value: 1 })
  expect(store.datapoints(query, minutes(1), 1)).toEqual([undefined])
  expect(store.metrics()).toHaveLength(others.length)
})

test('does not mind the order of dimensions', () => {
  expect(keyOf({ ...errors, dimensions: { a: '1', b: '2' } })).toBe(
    keyOf({ ...errors, dimensions: { b: '2', a: '1' } }),
  )
})

test('leaves out a percentile of too few values when it is told to', () => {
  const store = metricStore()
  store.record({ metric: errors, at: 0, value: 9 })
  const p99: Query = { ...query, statistic: 'p99' }
  expect(store.datapoints(p99, minutes(1), 1)).toEqual([9])
  expect(store.datapoints({ ...p99, ignoreFew: true }, minutes(1), 1)).toEqual([undefined])
})

test('forgets what is older than it is asked to keep', () => {
  const store = metricStore()
  store.record({ metric: errors, at: minutes(1), value: 1 })
  store.record({ metric: errors, at: minutes(9), value: 1 })
  store.forget(minutes(5))
  expect(store.datapoints(query, minutes(10), 10).filter((point) => point !== undefined)).toEqual([1])
  store.forget(minutes(50))
  expect(store.metrics()).toEqual([])
})
