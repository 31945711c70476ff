import { plant } from '../planting.ts'
import { bugs } from './bugs.ts'
import { deskBugs } from './desk-bugs.ts'
import { lifeBugs } from './life-bugs.ts'

/** Loaded before everything else (`node --import`). */
plant([...bugs, ...deskBugs, ...lifeBugs], process.env.NEVERSTOP_BUG)
