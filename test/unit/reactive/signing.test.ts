import { describe, expect, test } from 'vitest'
import { sigV4 } from '../../../reactive/signing.ts'

const credentials = { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' }
const clock = () => Date.UTC(2015, 7, 30, 12, 36, 0)
const signatureOf = (headers: Record<string, string>) => /Signature=(\w+)$/.exec(headers.authorization!)![1]

describe('Signature Version 4', () => {
  test('agrees with the published example of a signed request', async () => {
    const sign = sigV4({ credentials, region: 'us-east-1', service: 'iam', clock })
    const headers = await sign({
      method: 'GET',
      url: new URL('https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08'),
      headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8', host: 'iam.amazonaws.com' },
    })
    expect(headers.authorization).toBe(
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/iam/aws4_request, ' +
        'SignedHeaders=content-type;host;x-amz-date, ' +
        'Signature=5d672d79c15b13162d9279b0855cfba6789a8edb4c82c400e06b5924a6f2b5d7',
    )
  })

  // The next two are get-vanilla and get-vanilla-query-order-key-case of AWS's Signature Version 4 test suite.
  const suite = sigV4({ credentials, region: 'us-east-1', service: 'service', clock })
  const host = 'example.amazonaws.com'

  test('signs a bare request as the test suite does', async () => {
    const headers = await suite({ method: 'GET', url: new URL(`https://${host}/`), headers: { host } })
    expect(signatureOf(headers)).toBe('5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31')
  })

  test('orders query parameters as the test suite does', async () => {
    const url = new URL(`https://${host}/?Param2=value2&Param1=value1`)
    const headers = await suite({ method: 'GET', url, headers: { host } })
    expect(signatureOf(headers)).toBe('b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500')
  })

  test('covers the body', async () => {
    const request = { method: 'POST', url: new URL(`https://${host}/`), headers: { host } }
    const one = signatureOf(await suite({ ...request, body: '{"amount":1}' }))
    const two = signatureOf(await suite({ ...request, body: '{"amount":2}' }))
    expect(one).not.toBe(two)
  })

  test('carries and signs the token of temporary credentials', async () => {
    const sign = sigV4({ credentials: { ...credentials, sessionToken: 'temporary' }, region: 'r', service: 's', clock })
    const headers = await sign({ method: 'GET', url: new URL(`https://${host}/`), headers: { host } })
    expect(headers['x-amz-security-token']).toBe('temporary')
    expect(headers.authorization).toContain('SignedHeaders=host;x-amz-date;x-amz-security-token')
  })
})
