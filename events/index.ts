import type { AnyContract, Kind } from './contract.ts'
import * as inventory from './inventory.ts'
import * as ordering from './ordering.ts'
import * as payments from './payments.ts'
import * as recovery from './recovery.ts'
import * as refund from './refund.ts'
import * as saga from './saga.ts'
import * as shipping from './shipping.ts'
import * as support from './support.ts'

const isContract = (value: unknown): value is AnyContract => typeof value === 'function' && 'contractName' in value

/** Every contract of the platform, in no particular order. */
export const contracts: readonly AnyContract[] = [
  inventory,
  ordering,
  payments,
  recovery,
  refund,
  saga,
  shipping,
  support,
]
  .flatMap((room) => Object.values(room) as unknown[])
  .filter(isContract)

export const contractsOf = (owner: string, kind: Kind): readonly AnyContract[] =>
  contracts.filter((contract) => contract.owner === owner && contract.kind === kind)

/** The EventBridge rule pattern that matches exactly these events and no other message on the bus. */
export const patternFor = (events: readonly AnyContract[]) => ({
  source: [...new Set(events.map(({ owner }) => `neverstop.${owner}`))],
  'detail-type': events.map(({ type }) => type),
})
