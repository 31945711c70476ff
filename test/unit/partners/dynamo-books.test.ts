import type { BatchGetCommand, DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import { expect, test } from 'vitest'
import { dynamoBooks } from '../../../functions/partners/books.ts'

test('an entry that a throttled table leaves out is asked for again, and not taken for one that is not there', async () => {
  const db = {
    // One key a call, as under throttling; the rest comes back as unprocessed.
    send: async ({ input }: BatchGetCommand) => {
      const [first, ...rest] = input.RequestItems!.books!.Keys!
      return {
        Responses: { books: [{ ...first, type: 'thing', revision: 1 }] },
        UnprocessedKeys: rest.length > 0 ? { books: { Keys: rest } } : {},
      }
    },
  } as unknown as DynamoDBDocumentClient
  const found = await dynamoBooks(db, 'books').read(['key#1', 'authorisation#1'])
  expect([...found.keys()]).toEqual(['key#1', 'authorisation#1'])
})
