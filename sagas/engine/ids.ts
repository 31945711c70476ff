/**
 * Ids of commands are derived from what they ask for, so that asking again is the same question:
 * `<saga>/<step>/do|undo/<attempt>` and `<saga>/end/confirm|reject`.
 */
export const sagaIdOf = (definition: string, subject: string): string => `${definition}:${subject}`

export const doId = (sagaId: string, step: string, attempt: number): string => `${sagaId}/${step}/do/${attempt}`
export const undoId = (sagaId: string, step: string, attempt: number): string => `${sagaId}/${step}/undo/${attempt}`
export const endId = (sagaId: string, command: 'confirm' | 'reject'): string => `${sagaId}/end/${command}`

/** An act's id tells who says it under which key, and then what: one key for two acts is a mistake of whoever says them. */
export const actId = (sagaId: string, key: string, says: string): string => `${sagaId}/act/${key}/${says}`
/** An act's id but for what it says; none where an id says nothing of that. */
export const actKeyOf = (id: string): string | undefined => /^(.*\/act\/[^/]+)\/[^/]+$/.exec(id)?.[1]

/** The definition of the saga that an id of one of its commands, or its own, names. */
export const sagaOf = (id: string): string => id.slice(0, id.indexOf(':'))

export type Asked =
  | { readonly sagaId: string; readonly step: string; readonly direction: 'do' | 'undo'; readonly attempt: number }
  | { readonly sagaId: string; readonly end: 'confirm' | 'reject' }

const asking = /^([^/]+)\/(?:end\/(confirm|reject)|([^/]+)\/(do|undo)\/([1-9]\d*))$/

/** What a command's id asked; `undefined` when it is no id of ours. */
export const asked = (commandId: string): Asked | undefined => {
  const [, sagaId, end, step, direction, attempt] = asking.exec(commandId) ?? []
  if (!sagaId) return undefined
  if (end) return { sagaId, end: end as 'confirm' | 'reject' }
  return { sagaId, step: step!, direction: direction as 'do' | 'undo', attempt: Number(attempt) }
}
