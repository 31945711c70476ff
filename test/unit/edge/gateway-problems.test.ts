import { describe, expect, test } from 'vitest'
import { gatewayProblems, templateOf } from '../../../events/http/gateway-problems.ts'
import { problem } from '../../../events/http/problem.ts'

describe('what the gateway says by itself', () => {
  test.each(gatewayProblems)('is a problem document: $type', (entry) => {
    const document = JSON.parse(templateOf(entry))
    expect(problem.safeParse(document).error).toBeUndefined()
    expect(document).toMatchObject({ status: entry.statusCode, instance: 'urn:request:$context.requestId' })
  })

  test('is said once for each kind', () =>
    expect(new Set(gatewayProblems.map(({ type }) => type)).size).toBe(gatewayProblems.length))

  test('covers whatever has no text of its own', () => {
    const types = gatewayProblems.map(({ type }) => type)
    expect(types).toEqual(expect.arrayContaining(['DEFAULT_4XX', 'DEFAULT_5XX', 'UNAUTHORIZED', 'ACCESS_DENIED']))
  })

  test('tells who is not signed in how to sign in', () =>
    expect(gatewayProblems.find(({ type }) => type === 'UNAUTHORIZED')).toMatchObject({
      statusCode: 401,
      headers: { 'WWW-Authenticate': 'Bearer' },
    }))
})
