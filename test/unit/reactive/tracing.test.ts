import { describe, expect, test } from 'vitest'
import type { Message } from '../../../events/envelope.ts'
import {
  carried,
  currentTraceparent,
  enter,
  onBehalfOf,
  parseTraceparent,
  recordingTracer,
  traceparentOf,
  untraced,
} from '../../../reactive/tracing.ts'
import { countingTracer, traceparent } from '../../support/tracer.ts'

const message = (trace?: string): Message =>
  ({ id: 'm', type: 't', ...(trace ? { traceparent: trace } : {}) }) as unknown as Message
const traceIdOf = (text: string | undefined) => parseTraceparent(text)?.traceId

describe('a traceparent', () => {
  test('is read as the standard writes it', () => {
    expect(parseTraceparent(traceparent('1'))).toEqual({
      traceId: `${'a'.repeat(31)}1`,
      spanId: 'b'.repeat(16),
      sampled: true,
    })
    expect(parseTraceparent(traceparent('1', '00'))?.sampled).toBe(false)
  })

  test.each([
    undefined,
    '',
    'x',
    '00-short-b-01',
    `00-${'0'.repeat(32)}-${'b'.repeat(16)}-01`,
    `${traceparent('1')}-x`,
  ])('is not %j', (text) => expect(parseTraceparent(text)).toBeUndefined())

  test('is what it was read from', () => {
    const context = parseTraceparent(traceparent('1'))!
    expect(traceparentOf(context)).toBe(traceparent('1'))
  })
})

describe('a span', () => {
  test('begins a trace where there is none', () => {
    const { tracer, spans } = countingTracer()
    const span = tracer.begin('POST /orders', { kind: 'server', attributes: { a: 1 } })
    span.set({ b: 'two' })
    span.end()
    expect(spans()).toMatchObject([
      { name: 'POST /orders', kind: 'server', attributes: { a: 1, b: 'two' }, links: [], start: 1_000, end: 1_001 },
    ])
    expect(spans()[0]).not.toHaveProperty('parentId')
    expect(span.traceparent).toBe(traceparentOf(spans()[0]!))
  })

  test('goes on from the one that it was told of', () => {
    const { tracer, spans } = countingTracer()
    tracer.begin('process', { kind: 'consumer', parent: traceparent('1') }).end('failed')
    expect(spans()).toMatchObject([{ traceId: `${'a'.repeat(31)}1`, parentId: 'b'.repeat(16), error: 'failed' }])
  })

  test('of a trace that is not recorded is not recorded, and hands on what came', () => {
    const { tracer, spans } = countingTracer()
    const span = tracer.begin('process', { kind: 'consumer', parent: traceparent('1', '00') })
    span.end()
    expect(spans()).toEqual([])
    expect(span.traceparent).toBe(traceparent('1', '00'))
  })

  test('that is only beside others begins nothing by itself', () => {
    const { tracer, spans } = countingTracer()
    tracer.begin('receive', { kind: 'consumer', onlyBeside: true, links: [undefined] }).end()
    expect(spans()).toEqual([])
    const link = { traceId: 't', spanId: 's' }
    tracer.begin('receive', { kind: 'consumer', onlyBeside: true, links: [link, undefined] }).end()
    expect(spans()).toMatchObject([{ links: [link] }])
  })

  test('is handed out once', () => {
    const { tracer } = countingTracer()
    tracer.begin('x', { kind: 'internal' }).end()
    expect(tracer.take()).toHaveLength(1)
    expect(tracer.take()).toHaveLength(0)
  })

  test('is not kept without end when nobody takes it', () => {
    const { tracer } = countingTracer()
    for (let n = 0; n < 2_000; n++) tracer.begin('x', { kind: 'internal' }).end()
    expect(tracer.take()).toHaveLength(500)
  })
})

describe('a sample', () => {
  const tracerOf = (share: number, word: string) =>
    recordingTracer({ share, clock: () => 0, random: (bytes) => word.repeat(bytes * 2).slice(0, bytes * 2) })

  test('has room for what falls into it', () => {
    expect(tracerOf(0.5, '1').begin('x', { kind: 'server' }).context).toBeDefined()
    expect(tracerOf(0.5, 'f').begin('x', { kind: 'server' }).context).toBeUndefined()
  })

  test('tells those that come after that a trace is not recorded, so that it is whole or not at all', () => {
    const span = tracerOf(0.5, 'f').begin('x', { kind: 'server' })
    expect(parseTraceparent(span.traceparent)).toMatchObject({ sampled: false })
    expect(tracerOf(1, '1').begin('y', { kind: 'consumer', parent: span.traceparent }).context).toBeUndefined()
  })
})

describe('what an invocation sends', () => {
  test('goes on from the span on whose behalf it is sent', async () => {
    const { tracer } = countingTracer()
    await tracer.within(async () => {
      const span = tracer.begin('process', { kind: 'consumer', parent: traceparent('1') })
      await onBehalfOf(span, async () => {
        expect(currentTraceparent()).toBe(span.traceparent)
        expect(carried(message(traceparent('1'))).traceparent).toBe(span.traceparent)
        expect(carried(message()).traceparent).toBe(span.traceparent)
      })
    })
  })

  test('goes on from the span of its own trace, and never from another one’s', async () => {
    const { tracer } = countingTracer()
    await tracer.within(async () => {
      const [one, two] = ['1', '2'].map((trace) =>
        tracer.begin('process', { kind: 'consumer', parent: traceparent(trace) }),
      )
      enter(one!)
      enter(two!)
      expect(carried(message(traceparent('1'))).traceparent).toBe(one!.traceparent)
      expect(carried(message(traceparent('2'))).traceparent).toBe(two!.traceparent)
      expect(carried(message(traceparent('3'))).traceparent).toBe(traceparent('3'))
      expect(carried(message())).toEqual(message())
    })
  })

  test('is kept apart from what is done side by side', async () => {
    const { tracer } = countingTracer()
    await tracer.within(() =>
      Promise.all(
        ['1', '2', '3'].map((trace) => {
          const span = tracer.begin('process', { kind: 'consumer', parent: traceparent(trace) })
          return onBehalfOf(span, async () => {
            await new Promise((resolve) => setTimeout(resolve, 1))
            expect(traceIdOf(currentTraceparent())).toBe(traceIdOf(traceparent(trace)))
          })
        }),
      ),
    )
  })

  test('is as it was where nothing is traced', async () => {
    const span = untraced.begin('x', { kind: 'consumer', parent: traceparent('1') })
    expect(span.traceparent).toBe(traceparent('1'))
    await untraced.within(() =>
      onBehalfOf(span, async () => expect(carried(message(traceparent('1')))).toEqual(message(traceparent('1')))),
    )
    expect(untraced.take()).toEqual([])
  })
})
