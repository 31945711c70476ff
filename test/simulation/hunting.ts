import { hunted } from '../hunted.ts'

export type Found = { readonly seed: number; readonly violation: string }

/** Plants a bug in a process of its own and runs seeds there until one finds a violation; `undefined` when none does. */
export const huntFor = async (bug: string, most: number): Promise<Found | undefined> =>
  ((await hunted('./test/simulation/plant.ts', 'test/simulation/hunt.ts', bug, String(most))) as Found | null) ??
  undefined
