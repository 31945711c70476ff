import type { FailedSummary } from '../../events/http/recovery.ts'
import { portionsWithin } from '../../reactive/portions.ts'
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

/** Import takes so many records at a time, and 5 MB with what is said beside them. */
const perImport = { items: 20, bytes: 4 * 1024 * 1024 }

/** What was exported, as its lines, in portions that an import takes. */
export const exportedIn = (text: string): unknown[][] => {
  const lines = text.split('\n').filter((line) => line.trim() !== '')
  const records = lines.map((line, index) => ({ record: recordIn(line, index + 1), bytes: Buffer.byteLength(line) }))
  return portionsWithin(records, perImport, ({ bytes }) => bytes).map((some) => some.map(({ record }) => record))
}

const recordIn = (line: string, number: number): unknown => {
  try {
    return JSON.parse(line) as unknown
  } catch {
    throw new Error(`line ${number} is not JSON`)
  }
}
