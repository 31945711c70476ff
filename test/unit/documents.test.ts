import { expect, test } from 'vitest'
import { committed, generated } from '../documents.ts'

test.each(generated.map((document) => [document.path, document] as const))(
  '%s says what the code says; npm run documents writes it',
  (_, document) => expect(committed(document)).toBe(document.make()),
)
