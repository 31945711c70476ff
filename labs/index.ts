import { failureDetection } from './failure-detection.ts'
import type { Lab } from './lab.ts'
import { regulation } from './regulation.ts'

/** Every lab, in the order of their concepts. A new one is a file beside this one and a line here. */
export const labs: readonly Lab[] = [failureDetection, regulation]
