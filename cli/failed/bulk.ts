import type { FailedSummary } from '../../events/http/recovery.ts'
import { portionsOf } from '../../reactive/portions.ts'
import { type Api, everyItem } from '../api.ts'
import { atMost } from '../wait.ts'

/** Which records are meant: one by its id, or all that fit. */
export type Filter = { status?: string; class?: string; group?: string; type?: string }

/** Records that fit, page after page, as they are when the list begins. */
export const matching = async (api: Pick<Api, 'failed'>, filter: Filter): Promise<FailedSummary[]> => {
  const found: FailedSummary[] = []
  for await (const item of everyItem((cursor) => api.failed({ ...filter, cursor, limit: 100 }))) found.push(item)
  return found
}

export type Done<T> = { id: string; result?: T; error?: string }

/** The same act on each, a few at a time; one that is refused does not keep the others. */
export const onEach = <T>(
  items: readonly { readonly id: string }[],
  act: (id: string) => Promise<T>,
): Promise<Done<T>[]> =>
  atMost(4, items, async ({ id }) => {
    try {
      return { id, result: await act(id) }
    } catch (error) {
      return { id, error: (error as Error).message }
    }
  })

/** Import takes so many records at a time. */
const perImport = 20

/** What was exported, as its lines, in portions. */
export const exportedIn = (text: string): unknown[][] => {
  const records = text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line, index) => {
      try {
        return JSON.parse(line) as unknown
      } catch {
        throw new Error(`line ${index + 1} is not JSON`)
      }
    })
  return portionsOf(records, perImport)
}
