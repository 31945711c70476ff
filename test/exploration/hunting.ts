import { hunted } from '../hunted.ts'
import type { Case } from './bugs.ts'
import type { Finding } from './search.ts'

export type Hunted = { readonly states: number; readonly found: Finding | null }

/** Plants a case in a process of its own and searches the configuration there that must find it. */
export const huntFor = async ({ name, foundIn }: Case): Promise<Hunted> =>
  (await hunted('./test/exploration/plant.ts', 'test/exploration/hunt.ts', name, foundIn)) as Hunted
