import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { arrivalOf } from '../../../functions/recovery/arrival.ts'
import { textOf } from '../../../functions/recovery/payloads.ts'
import { command, deadLetter, note, orderId } from './arrivals.ts'

const now = Date.parse('2026-11-01T12:00:00.000Z')

describe('a message that its consumer gave up', () => {
  test('carries the reason, the consumer, its receives and the time of giving up', () => {
    const arrival = arrivalOf(deadLetter({ note }), now)

    expect(arrival.failure).toEqual({
      class: 'permanent',
      code: 'damaged-stock-record',
      message: note.message,
      stack: note.stack,
    })
    expect(arrival).toMatchObject({ consumer: '/inventory', receives: 1, at: note.at, arrivalId: 'm-1' })
  })

  test('came from the queue that the consumer named, by name', () => {
    expect(arrivalOf(deadLetter({ note }), now).origin).toBe('neverstop-local-inventory-commands')
  })

  test('of a stream names no queue and so has no origin', () => {
    const { origin: _, ...ofStream } = note
    expect(
      arrivalOf(deadLetter({ note: ofStream, queue: 'neverstop-local-ordering-relay-dead' }), now).origin,
    ).toBeNull()
  })

  test('with a note that nobody can read is unknown, keeps the note, and belongs to the queue of its dead letters', () => {
    const arrival = arrivalOf(deadLetter({ note: { class: 'from-the-future' } }), now)

    expect(arrival.failure).toMatchObject({ class: 'unknown', code: 'unreadable-failure' })
    expect(arrival.failure.message).toContain('from-the-future')
    expect(arrival.origin).toBe('neverstop-local-inventory-commands')
  })

  test('with an endless message or stack has them cut, so that the record fits its item', () => {
    const { failure } = arrivalOf(
      deadLetter({ note: { ...note, message: 'x'.repeat(50_000), stack: 'y'.repeat(90_000) } }),
      now,
    )

    expect(failure.message).toHaveLength(2_000)
    expect(failure.stack).toHaveLength(8_000)
  })
})

describe('a message whose receives ran out', () => {
  test('is transient, and its origin follows from the name of the dead-letter queue', () => {
    const arrival = arrivalOf(deadLetter(), now)

    expect(arrival.failure).toMatchObject({ class: 'transient', code: 'receives-exhausted' })
    expect(arrival.origin).toBe('neverstop-local-inventory-commands')
  })

  test('is dated by the desk, because nobody wrote down when it failed', () => {
    expect(arrivalOf(deadLetter(), now).at).toBe('2026-11-01T12:00:00.000Z')
  })

  test('has no origin when the queue does not follow the naming rule', () => {
    expect(arrivalOf(deadLetter({ queue: 'legacy-failures' }), now).origin).toBeNull()
  })
})

describe('an event that a bus rule could not deliver', () => {
  const rule = {
    RULE_ARN: 'arn:aws:events:eu-central-1:000000000000:rule/neverstop-local/placed',
    TARGET_ARN: 'arn:aws:sqs:eu-central-1:000000000000:neverstop-local-saga-fulfil-order',
    ERROR_CODE: 'NO_PERMISSIONS',
    ERROR_MESSAGE: 'not allowed to send',
  }
  const event = JSON.stringify({ source: 'neverstop.ordering', 'detail-type': command.type, detail: command })

  test('belongs to the queue that is its target', () => {
    expect(
      arrivalOf(deadLetter({ body: event, attributes: rule, queue: 'neverstop-local-bus-dead' }), now).origin,
    ).toBe('neverstop-local-saga-fulfil-order')
  })

  test('gives the envelope that the queue would have had', () => {
    const arrival = arrivalOf(deadLetter({ body: event, attributes: rule }), now)

    expect(JSON.parse(textOf(arrival.payload))).toEqual(command)
    expect(arrival.identity?.id).toBe(command.id)
  })

  test('is unknown with the code of the bus, transient once its attempts ran out', () => {
    expect(arrivalOf(deadLetter({ body: event, attributes: rule }), now).failure).toMatchObject({
      class: 'unknown',
      code: 'NO_PERMISSIONS',
    })
    const exhausted = { ...rule, EXHAUSTED_RETRY_CONDITION: 'MaximumRetryAttempts', RETRY_ATTEMPTS: '185' }
    expect(arrivalOf(deadLetter({ body: event, attributes: exhausted }), now)).toMatchObject({
      failure: { class: 'transient' },
      receives: 185,
    })
  })

  test('has no origin when its target is no queue', () => {
    const toFunction = { ...rule, TARGET_ARN: 'arn:aws:lambda:eu-central-1:000000000000:function:f' }
    expect(arrivalOf(deadLetter({ body: event, attributes: toFunction }), now).origin).toBeNull()
  })
})

describe('an asynchronous invocation that failed', () => {
  test('to a dead-letter queue is unknown, without origin, kept as bytes', () => {
    const body = '{"time":"2026-11-01T10:00:00Z"}'
    const arrival = arrivalOf(
      deadLetter({
        body,
        attributes: { RequestID: 'r-1', ErrorCode: '200', ErrorMessage: 'Task timed out' },
        queue: 'neverstop-local-saga-sweeper-dead',
      }),
      now,
    )

    expect(arrival).toMatchObject({
      failure: { class: 'unknown', code: 'invocation-200', message: 'Task timed out' },
      origin: null,
      identity: null,
      payload: { kind: 'bytes' },
    })
    expect(textOf(arrival.payload)).toBe(body)
  })

  test('to a failure destination names the function and what it threw', () => {
    const body = JSON.stringify({
      version: '1.0',
      requestContext: {
        requestId: 'r-1',
        functionArn: 'arn:aws:lambda:eu-central-1:000000000000:function:neverstop-local-saga-sweeper:$LATEST',
        condition: 'RetriesExhausted',
        approximateInvokeCount: 3,
      },
      requestPayload: {},
      responsePayload: { errorMessage: 'table is gone' },
    })

    expect(arrivalOf(deadLetter({ body, queue: 'neverstop-local-saga-sweeper-dead' }), now)).toMatchObject({
      failure: { class: 'unknown', code: 'RetriesExhausted', message: 'table is gone' },
      consumer: 'neverstop-local-saga-sweeper',
      receives: 3,
      origin: null,
    })
  })
})

describe('the payload', () => {
  test('of an envelope is kept byte for byte, unknown fields and odd spacing included', () => {
    const body = JSON.stringify({ ...command, hlc: 'x', data: { ...command.data, more: 1 } }, null, 3)
    const arrival = arrivalOf(deadLetter({ body, note }), now)

    expect(arrival.payload).toEqual({ kind: 'envelope', text: body })
    expect(arrival.identity).toEqual({
      id: command.id,
      type: 'inventory.ReserveStock.v1',
      subject: orderId,
      correlationId: orderId,
      sagaId: `fulfil-order:${orderId}`,
    })
  })

  test('that is no envelope survives as bytes', () => {
    const body = '{"almost": "an envelope", "snowman": "☃ 💥"'
    const arrival = arrivalOf(deadLetter({ body, note }), now)

    expect(arrival.payload).toEqual({ kind: 'bytes', base64: Buffer.from(body).toString('base64') })
    expect(textOf(arrival.payload)).toBe(body)
  })

  test('of any text and any attributes gives an arrival whose payload is that text', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ unit: 'grapheme' }), fc.json()),
        fc.dictionary(fc.constantFrom('failure', 'RULE_ARN', 'TARGET_ARN', 'RequestID'), fc.string()),
        (body, attributes) => {
          const arrival = arrivalOf(deadLetter({ body, attributes }), now)
          expect(textOf(arrival.payload)).toBe(body)
          expect(arrival.failure.code).not.toBe('')
        },
      ),
    )
  })
})
