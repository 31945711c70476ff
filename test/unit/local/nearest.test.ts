import { describe, expect, test } from 'vitest'
import { nearest, refusalOf } from '../../../local/nearest.ts'

const words = ['embedded', 'localstack', 'endpoint', 'aws']

describe('the nearest word', () => {
  test.each([
    ['embeded', 'embedded'],
    ['localstcak', 'localstack'],
    ['ENDPOINT', 'endpoint'],
    ['asw', 'aws'],
    ['aws', 'aws'],
  ])('to %s is %s', (word, expected) => {
    expect(nearest(word, words)).toBe(expected)
  })

  test.each(['kubernetes', 'x', '', 'end'])("to '%s' is none", (word) => {
    expect(nearest(word, words)).toBeUndefined()
  })

  test('is none among none', () => {
    expect(nearest('aws', [])).toBeUndefined()
  })
})

describe('the refusal of a word', () => {
  test('names the nearest and all that are valid', () => {
    expect(refusalOf('backend', 'embeded', words)).toBe(
      "'embeded' is not a backend; did you mean 'embedded'? Valid: embedded, localstack, endpoint, aws",
    )
  })

  test('guesses nothing when nothing is near', () => {
    expect(refusalOf('backend', 'kubernetes', ['aws'])).toBe("'kubernetes' is not a backend. Valid: aws")
  })

  test.each([
    ['outcome', "'foo' is not an outcome."],
    ['option', "'foo' is not an option."],
    ['test level', "'foo' is not a test level."],
  ])('is a sentence about %s', (what, sentence) => {
    expect(refusalOf(what, 'foo', words)).toContain(sentence)
  })
})
