import { plant } from '../planting.ts'
import { bugs } from './bugs.ts'
import { deskBugs } from './desk-bugs.ts'

/** Loaded before everything else (`node --import`). */
plant([...bugs, ...deskBugs], process.env.NEVERSTOP_BUG)
