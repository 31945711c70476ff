import * as z from 'zod'

/** The merchant's own name for a request; an effect can be found by it when its key is forgotten. */
export const reference = z.string().min(1).max(256)

/** What `GET …?reference=` answers with 404 when nothing bears the reference. */
export const nothingFound = z.object({ code: z.literal('nothing-found'), message: z.string() })
