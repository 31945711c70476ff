import { Failure } from '../local/failure.ts'
import type { System } from './system.ts'

/**
 * The value of an output, in whichever stack of the stage it is.
 *
 * @throws Failure when no stack has it.
 *
 * @example
 * outputOf(system, 'StockTable') // the table's physical name
 */
export const outputOf = ({ outputs, stage }: System, key: string): string => {
  const value = Object.values(outputs).find((ofStack) => ofStack[key])?.[key]
  if (value) return value
  throw new Failure(`no stack of stage '${stage}' has the output ${key}`, {
    remedy: "'./neverstop deploy' brings it up to date",
  })
}
