import * as z from 'zod'

/** The largest page, and the one that a client gets who names no limit. */
export const maxPage = 100
export const defaultPage = 20

/** A page's size as it stands in a query string. */
export const limit = z
  .string()
  .regex(/^\d{1,3}$/, 'must be a whole number from 1 to 100')
  .transform(Number)
  .pipe(z.int().min(1).max(maxPage))
  .meta({ description: `How many items at most, 1 to ${maxPage}; ${defaultPage} when absent.` })

/** Where a page begins: the `next` of the page before it. Its content is nobody's business but the server's. */
export const cursor = z.string().min(1).max(400).meta({ description: 'The `next` of the page before this one.' })

/** A page of a list; `next` is absent on the last one. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), next: cursor.optional() })
