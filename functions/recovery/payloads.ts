import type { ObjectStore } from '../../reactive/object-store.ts'
import { markBytes } from '../../reactive/redrive.ts'
import { bytesPerMessage } from '../../reactive/send.ts'
import { digest } from './digest.ts'
import type { Payload } from './record.ts'

/** Where messages are kept that are too large for an item of the desk's table. */
export type Payloads = {
  /** The payload as its record keeps it: itself, or a reference to where it is now. */
  readonly keep: (recordId: string, payload: Payload) => Promise<Payload>
  /** The payload itself. */
  readonly fetch: (payload: Payload) => Promise<Payload>
  /** Removes what is kept of it outside its record. */
  readonly forget: (payload: Payload | undefined) => Promise<void>
}

/**
 * An item holds 400 KB, and a record is more than its message; besides, every change of a record writes all of it, and
 * an item is paid by the kilobyte.
 */
export const inlineBytes = 48 * 1024

/** Kept under a name made of record and content: keeping it again writes the same object again. */
export const payloads = (objects: ObjectStore): Payloads => ({
  keep: async (recordId, payload) => {
    const content = contentOf(payload)
    if (content === undefined) return payload
    const bytes = Buffer.byteLength(content)
    if (bytes <= inlineBytes) return payload
    const kept = `payloads/${recordId}/${digest(content).slice(0, 26)}`
    await objects.put(kept, content)
    return { kind: payload.kind as 'envelope' | 'bytes', kept, bytes }
  },
  fetch: async (payload) => {
    if (!('kept' in payload)) return payload
    const content = await objects.get(payload.kept)
    return payload.kind === 'envelope' ? { kind: 'envelope', text: content } : { kind: 'bytes', base64: content }
  },
  forget: async (payload) => {
    if (payload && 'kept' in payload) await objects.remove(payload.kept)
  },
})

/** What a queue takes of a message that goes back with the desk's mark, in bytes. */
export const mostReturned = bytesPerMessage - markBytes

/** What the message weighs that goes back. */
export const bytesOf = (payload: Payload): number => {
  if ('kept' in payload) return payload.kind === 'envelope' ? payload.bytes : Math.floor((payload.bytes * 3) / 4)
  return Buffer.byteLength(textOf(payload))
}

const contentOf = (payload: Payload): string | undefined =>
  'text' in payload ? payload.text : 'base64' in payload ? payload.base64 : undefined

/** The text that goes back to the queue: exactly what came. Empty when it was erased. */
export const textOf = (payload: Payload): string => {
  if ('text' in payload) return payload.text
  return 'base64' in payload ? Buffer.from(payload.base64, 'base64').toString('utf8') : ''
}
