import { describe, expect, test } from 'vitest'
import { PermanentError, TransientError } from '../../../reactive/errors.ts'
import { objectStore } from '../../../reactive/object-store.ts'

/** A bucket that answers by hand and remembers what it was asked. */
const aBucket = (...answers: (Response | Error)[]) => {
  const asked: { url: string; method: string; headers: Record<string, string>; body: unknown }[] = []
  const store = objectStore({
    url: 'https://desk.s3.eu-central-1.amazonaws.com',
    region: 'eu-central-1',
    credentials: { accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'token' },
    clock: () => Date.parse('2026-11-01T12:00:00.000Z'),
    fetch: (async (url: URL, { method, headers, body }: RequestInit) => {
      asked.push({ url: url.href, method: method!, headers: headers as Record<string, string>, body })
      const answer = answers.shift() ?? new Response('')
      if (answer instanceof Error) throw answer
      return answer
    }) as typeof fetch,
  })
  return { asked, store }
}

describe('a bucket', () => {
  test('is written to with a signature over the content', async () => {
    const { asked, store } = aBucket()
    await store.put('payloads/f_a/b', 'text')
    expect(asked).toMatchObject([
      {
        url: 'https://desk.s3.eu-central-1.amazonaws.com/payloads/f_a/b',
        method: 'PUT',
        body: 'text',
        headers: {
          'x-amz-content-sha256': '982d9e3eb996f559e633f4d194def3761d909f5a3b647d1a851fead67c32c9d1',
          'x-amz-security-token': 'token',
          authorization: expect.stringMatching(
            /^AWS4-HMAC-SHA256 Credential=AKID\/20261101\/eu-central-1\/s3\/aws4_request/,
          ),
        },
      },
    ])
    expect(asked[0]!.headers).not.toHaveProperty('host')
  })

  test('gives back what it has', async () => {
    expect(await aBucket(new Response('☃')).store.get('a')).toBe('☃')
  })

  test('says for good when it has nothing of that name, and removing it again is nothing', async () => {
    const gone = () => new Response('', { status: 404 })
    await expect(aBucket(gone()).store.get('a')).rejects.toThrow(PermanentError)
    await aBucket(gone()).store.remove('a')
  })

  test.each([
    ['is not answered', new Error('connect ECONNREFUSED')],
    ['is answered that it cannot now', new Response('', { status: 503 })],
    ['may not', new Response('', { status: 403 })],
  ])('%s: that is transient', async (_, answer) => {
    await expect(aBucket(answer).store.put('a', 'b')).rejects.toThrow(TransientError)
  })

  test.each(['a b', 'ä', 'a?b', ''])('refuses the key %j, which a path would have to encode', async (key) => {
    const { asked, store } = aBucket()
    await expect(store.get(key)).rejects.toThrow(PermanentError)
    expect(asked).toEqual([])
  })
})
