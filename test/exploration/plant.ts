import { plant } from '../planting.ts'
import { bugs, harmless } from './bugs.ts'

/** Loaded before everything else (`node --import`). */
plant([...bugs, ...harmless], process.env.NEVERSTOP_BUG)
