import type { EpochMs } from '../../reactive/time.ts'

export type Attributes = Record<string, { DataType?: string; StringValue?: string }>

export type Stored = {
  readonly id: number
  readonly body: string
  readonly attributes?: Attributes
  /** When it was meant to be there, whatever it met on its way. */
  readonly dueAt: EpochMs
  /** The second copy of a message: whoever is before it has overtaken nobody. */
  readonly again: boolean
  receives: number
  visibleAt: number
  receipt: number
  /** Whether its event source knows that it is there. */
  ready: boolean
}

export type Queue = {
  readonly name: string
  readonly arn: string
  readonly messages: Map<number, Stored>
  readonly deadLetters?: Queue
  /** Whether it is where dead letters wait for a person. */
  readonly dead: boolean
}
