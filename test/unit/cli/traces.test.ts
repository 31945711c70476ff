import { describe, expect, test } from 'vitest'
import { countSpans, drawTrees, treesAbout, withoutAsides } from '../../../cli/traces.ts'
import type { WrittenSpan } from '../../../reactive/span-line.ts'

const span = (spanId: string, parentId: string | undefined, more: Partial<WrittenSpan> = {}): WrittenSpan => ({
  traceId: 't1',
  spanId,
  ...(parentId ? { parentId } : {}),
  name: spanId,
  kind: 'consumer',
  start: 0,
  end: 1,
  attributes: {},
  links: [],
  handler: 'h',
  ...more,
})
const about = (subject: string) => ({ 'cloudevents.event_subject': subject })

const placed = span('post', undefined, {
  name: 'POST /orders',
  start: 100,
  end: 112,
  handler: 'ordering-api',
  attributes: { ...about('ord_1'), 'http.response.status_code': 202 },
})
const relayed = span('relay', 'post', {
  name: 'publish OrderPlaced',
  start: 130,
  end: 135,
  handler: 'ordering-relay',
  attributes: about('ord_1'),
})
const started = span('start', 'relay', {
  name: 'process OrderPlaced',
  start: 150,
  end: 158,
  handler: 'saga-coordinator',
  attributes: {
    ...about('ord_1'),
    'neverstop.waited_ms': 12,
    'messaging.batch.message_count': 3,
    'faas.coldstart': true,
  },
})
const asked = span('ask', 'start', {
  name: 'process ReserveStock',
  start: 180,
  end: 190,
  handler: 'inventory-commands',
  error: 'throttled',
  attributes: { ...about('ord_1'), 'neverstop.attempt': 2, 'neverstop.outcome': 'retried' },
})
const other = span('other', undefined, { traceId: 't2', attributes: about('ord_2') })

describe('the trees of an order', () => {
  test('have each span below the one that caused it, whatever the order of the lines', () => {
    const [root, ...others] = treesAbout([asked, other, started, placed, relayed], 'ord_1')
    expect(others).toEqual([])
    expect(root!.span.spanId).toBe('post')
    expect(root!.children[0]!.children[0]!.children[0]!.span.spanId).toBe('ask')
  })

  test('take in spans of the same trace that do not name it', () => {
    const call = span('call', 'ask', { kind: 'client', start: 182 })
    expect(countSpans(treesAbout([placed, relayed, started, asked, call], 'ord_1'))).toBe(5)
  })

  test('stand at the top where a parent was not written down', () => {
    expect(treesAbout([started, asked], 'ord_1').map(({ span }) => span.spanId)).toEqual(['start'])
  })

  test('count a span once that was written twice', () => {
    expect(countSpans(treesAbout([placed, placed], 'ord_1'))).toBe(1)
  })

  test('are found by the id of a saga', () => {
    const command = span('c', undefined, {
      attributes: { 'messaging.message.id': 'fulfil-order:ord_1/reserve-stock/do/1' },
    })
    expect(treesAbout([command], 'fulfil-order:ord_1')).toHaveLength(1)
  })

  test('are none of an order that nothing was traced about', () => expect(treesAbout([placed], 'ord_9')).toEqual([]))

  test('leave out who looked and what reported progress, with what that caused', () => {
    const looked = span('get', undefined, { name: 'GET /orders/{id}', attributes: about('ord_1'), start: 200 })
    const told = span('told', 'start', { name: 'publish saga.SagaAdvanced.v1', start: 160 })
    const heard = span('heard', 'told', { name: 'process saga.SagaAdvanced.v1', start: 165 })
    const whole = treesAbout([placed, relayed, started, looked, told, heard], 'ord_1')
    expect(countSpans(whole)).toBe(6)
    expect(countSpans(withoutAsides(whole))).toBe(3)
  })
})

describe('a drawing', () => {
  test('says when, for how long, what, where, and what is worth noting', () => {
    expect(drawTrees(treesAbout([placed, relayed, started, asked], 'ord_1')).split('\n')).toEqual(
      [
        '    +0 ms    12 ms  POST /orders                   ordering-api        202',
        '   +30 ms     5 ms  └ publish OrderPlaced          ordering-relay',
        '   +50 ms     8 ms    └ process OrderPlaced        saga-coordinator    waited 12 ms, one of 3, cold start',
        '   +80 ms    10 ms      └ process ReserveStock     inventory-commands  attempt 2, retried, throttled',
      ].map((line) => expect.stringMatching(new RegExp(`^${line.replace(/[+{}/]/g, '.').replace(/ +/g, ' +')}$`))),
    )
  })
})
