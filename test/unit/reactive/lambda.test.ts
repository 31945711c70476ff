import { describe, expect, test } from 'vitest'
import { PermanentError, TransientError } from '../../../reactive/errors.ts'
import { lambda } from '../../../reactive/lambda.ts'

/** A Lambda that answers by hand and remembers what it was asked. */
const aLambda = (...answers: (Response | Error)[]) => {
  const asked: { url: string; method: string; headers: Record<string, string>; body: unknown }[] = []
  const pauses: number[] = []
  const functions = lambda({
    region: 'eu-central-1',
    credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'token' },
    clock: () => Date.parse('2026-11-01T12:00:00.000Z'),
    random: () => 0.5,
    pause: async (ms) => void pauses.push(ms),
    fetch: (async (url: URL, { method, headers, body }: RequestInit) => {
      asked.push({ url: url.href, method: method!, headers: headers as Record<string, string>, body })
      const answer = answers.shift() ?? new Response('{}')
      if (answer instanceof Error) throw answer
      return answer
    }) as typeof fetch,
  })
  return { asked, pauses, functions }
}

describe('asking a function', () => {
  test('is a signed request, and gives what the function answered', async () => {
    const { asked, functions } = aLambda(new Response('{"found":[]}'))
    expect(await functions.invoke('neverstop-dev-payments-evidence', { ask: 'handled' })).toBe('{"found":[]}')
    expect(asked).toMatchObject([
      {
        url: 'https://lambda.eu-central-1.amazonaws.com/2015-03-31/functions/neverstop-dev-payments-evidence/invocations',
        method: 'POST',
        body: '{"ask":"handled"}',
        headers: {
          'content-type': 'application/json',
          'x-amz-security-token': 'token',
          authorization: expect.stringMatching(
            /^AWS4-HMAC-SHA256 Credential=AKID\/20261101\/eu-central-1\/lambda\/aws4_request/,
          ),
        },
      },
    ])
    expect(asked[0]!.headers).not.toHaveProperty('host')
  })

  test('that failed says who failed and what it threw, and is not tried again', async () => {
    const headers = { 'x-amz-function-error': 'Unhandled' }
    const { asked, functions } = aLambda(new Response('{"errorMessage":"no table"}', { headers }))
    await expect(functions.invoke('payments', {})).rejects.toThrow(/payments failed: .*no table/)
    expect(asked).toHaveLength(1)
  })

  test.each([
    ['is throttled', () => new Response('Rate exceeded', { status: 429 })],
    ['meets a Lambda that cannot now', () => new Response('', { status: 503 })],
    ['is not answered', () => new Error('connect ECONNREFUSED')],
  ])('that %s is said again, ever later, and given up after three times', async (_, trouble) => {
    const helped = aLambda(trouble(), trouble(), new Response('"here"'))
    expect(await helped.functions.invoke('payments', {})).toBe('"here"')
    expect(helped.pauses).toEqual([100, 200])

    const lost = aLambda(trouble(), trouble(), trouble())
    await expect(lost.functions.invoke('payments', {})).rejects.toThrow(TransientError)
    expect(lost.asked).toHaveLength(3)
  })

  test('that it may not ask is refused at once, in the words of Lambda', async () => {
    const { asked, functions } = aLambda(new Response('{"Message":"not authorized"}', { status: 403 }))
    const refused = functions.invoke('payments', {})
    await expect(refused).rejects.toThrow(PermanentError)
    await expect(refused).rejects.toThrow(/403: .*not authorized/)
    expect(asked).toHaveLength(1)
  })
})

describe('the event source of a function', () => {
  const queue = 'arn:aws:sqs:eu-central-1:000000000000:neverstop-dev-payments-commands'
  const listed = (...EventSourceMappings: object[]) => new Response(JSON.stringify({ EventSourceMappings }))

  test('is found by its queue, with its state and its concurrency', async () => {
    const { asked, functions } = aLambda(
      listed({ UUID: 'u-1', State: 'Enabled', ScalingConfig: { MaximumConcurrency: 20 } }),
    )
    expect(await functions.eventSource('payments', queue)).toEqual({ id: 'u-1', state: 'Enabled', concurrency: 20 })
    const { searchParams } = new URL(asked[0]!.url)
    expect(Object.fromEntries(searchParams)).toEqual({ FunctionName: 'payments', EventSourceArn: queue })
  })

  test('may have no limit of its own, and may not be there', async () => {
    expect(await aLambda(listed({ UUID: 'u-1', State: 'Disabled' })).functions.eventSource('payments', queue)).toEqual({
      id: 'u-1',
      state: 'Disabled',
    })
    expect(await aLambda(listed()).functions.eventSource('payments', queue)).toBeUndefined()
  })

  test('is switched and limited in one request', async () => {
    const { asked, functions } = aLambda()
    await functions.setEventSource('u-1', { name: 'payments', enabled: false, concurrency: 2 })
    expect(asked).toMatchObject([
      { url: 'https://lambda.eu-central-1.amazonaws.com/2015-03-31/event-source-mappings/u-1', method: 'PUT' },
    ])
    expect(JSON.parse(asked[0]!.body as string)).toEqual({
      FunctionName: 'payments',
      Enabled: false,
      ScalingConfig: { MaximumConcurrency: 2 },
    })
  })
})
