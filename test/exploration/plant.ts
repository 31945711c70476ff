import { plant } from '../planting.ts'
import { bugs } from './bugs.ts'

/** Loaded before everything else (`node --import`). */
plant(bugs, process.env.NEVERSTOP_BUG)
