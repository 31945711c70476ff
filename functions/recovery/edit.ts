import { applyPatch, createPatch, type Operation, Pointer } from 'rfc6902'
import { parse } from '../../events/envelope.ts'
import type { Edited } from '../../events/http/recovery.ts'
import { contracts } from '../../events/index.ts'
import { identityOf } from './arrival.ts'
import { isPersonalPath, masked } from './mask.ts'
import { mostReturned } from './payloads.ts'
import type { Identity } from './record.ts'

export type EditRefusal = {
  readonly refused: 'not-applicable' | 'other-id' | 'contract-violation' | 'too-large'
  readonly detail: string
}
export type EditedMessage = {
  readonly text: string
  readonly identity: Identity
  readonly difference: Edited['difference']
}

/** Names that lead from an object to what all objects share. */
const shared = ['__proto__', 'constructor', 'prototype']

/**
 * A message with a patch applied, if it then is a message of a contract that is known today. What is no envelope at all
 * can only be replaced as a whole (`path: ""`). The id cannot be changed: it is what makes a redrive harmless. Nor can it
 * become larger than what a queue takes.
 */
export const patched = (
  text: string,
  patch: readonly Operation[],
  id: string | undefined,
): EditedMessage | EditRefusal => {
  const before = jsonOf(text)
  const strange = patch.find(({ path }) => path.split('/').some((part) => shared.includes(part)))
  if (strange) return { refused: 'not-applicable', detail: `${strange.path} is no member of a message.` }
  let after = structuredClone(before)
  for (const [index, operation] of patch.entries()) {
    // The library changes what it is given; only a replacement of the whole is ours to do.
    if (operation.path === '' && (operation.op === 'replace' || operation.op === 'add')) {
      after = structuredClone(operation.value)
      continue
    }
    if (typeof after !== 'object' || after === null)
      return { refused: 'not-applicable', detail: 'It is no JSON object: replace it as a whole, with the path "".' }
    const [error] = applyPatch(after, [operation])
    if (error)
      return {
        refused: 'not-applicable',
        detail: `Operation ${index + 1} (${operation.op} ${operation.path}) cannot be applied: ${error.message}.`,
      }
  }
  const changed = JSON.stringify(after)
  const parsed = parse(changed, contracts)
  if (!parsed.ok) return { refused: 'contract-violation', detail: `${parsed.problem}: ${parsed.detail}` }
  const identity = identityOf(parsed.message as never)
  if (id !== undefined && identity.id !== id)
    return { refused: 'other-id', detail: `Its id is ${id}, and stays: another id would be another message.` }
  const bytes = Buffer.byteLength(changed)
  if (bytes > mostReturned)
    return {
      refused: 'too-large',
      detail: `It would have ${bytes} bytes, and no queue takes more than ${mostReturned}.`,
    }
  return { text: changed, identity, difference: differenceOf(before, after, identity.type) }
}

/** What changed, member by member; what is personal is named and not shown. */
const differenceOf = (before: unknown, after: unknown, type: string): Edited['difference'] => {
  if (before === undefined) return [{ path: '', after: masked }]
  return createPatch(before, after).map((operation) => {
    const path = operation.path
    const was = Pointer.fromJSON(path).get(before)
    const shown = (value: unknown) => (isPersonalPath(type, path) ? masked : value)
    return {
      path,
      ...(operation.op === 'add' || was === undefined ? {} : { before: shown(was) }),
      ...('value' in operation ? { after: shown(operation.value) } : {}),
    }
  })
}

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
