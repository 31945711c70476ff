import { readFileSync } from 'node:fs'
import { createPatch } from 'rfc6902'
import * as z from 'zod'
import { type FailedRecord, type PatchOperation, patchOperation } from '../../events/http/recovery.ts'
import { exitCodes, Failure } from '../../local/failure.ts'
import { edited } from './editor.ts'

/**
 * A JSON Patch as somebody gave it: the patch itself, `@file`, or `-` for stdin.
 *
 * @throws Failure when it is none, saying where.
 */
export const readPatch = (given: string): PatchOperation[] => {
  const text =
    given === '-' ? readFileSync(0, 'utf8') : given.startsWith('@') ? readFileSync(given.slice(1), 'utf8') : given
  const read = z.array(patchOperation).min(1).safeParse(jsonOf(text, 'the patch'))
  if (read.success) return read.data
  throw new Failure(`this is no JSON Patch: ${z.prettifyError(read.error)}`, {
    exitCode: exitCodes.usage,
    remedy: `as in --patch '[{"op":"replace","path":"/data/quantity","value":1}]' (RFC 6902)`,
  })
}

/** The patch that makes of a record's message what somebody writes in the editor; undefined when they changed nothing. */
export const patchByEditor = ({ id, body, encoding }: FailedRecord): PatchOperation[] | undefined => {
  if (body === undefined) throw new Failure(`the message of ${id} was erased; there is nothing to edit`)
  const before = encoding === 'utf8' ? (JSON.parse(body) as unknown) : undefined
  const shown = before === undefined ? Buffer.from(body, 'base64').toString('utf8') : JSON.stringify(before, null, 2)
  const after = edited(`${shown}\n`, id)
  if (after.trim() === shown.trim()) return undefined
  const wanted = jsonOf(after, 'what the editor wrote')
  // What is no envelope can only be replaced as a whole.
  if (before === undefined) return [{ op: 'replace', path: '', value: wanted }]
  const patch = createPatch(before, wanted) as PatchOperation[]
  return patch.length === 0 ? undefined : patch
}

const jsonOf = (text: string, what: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch (error) {
    throw new Failure(`${what} is not JSON: ${(error as Error).message}`, { exitCode: exitCodes.usage })
  }
}
